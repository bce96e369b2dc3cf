import { describe, expect, it } from 'vitest';
import { priceBook } from './price-book.ts';
import { sampleFarm, sampleObserved, sampleRig } from './sample-farm.ts';
import { defaultSettings } from './settings.ts';
import { valueFarm } from './value-farm.ts';

const settings = defaultSettings('2026-11-25');

function rigWithDriver(rigId: string, nvidiaDriverVersion: string, ...names: readonly string[]) {
  const rig = sampleRig(
    rigId,
    32,
    names.map((name) => sampleObserved(name)),
  );
  return { ...rig, host: { ...rig.host, nvidiaDriverVersion } };
}

function valued(...rigs: readonly ReturnType<typeof rigWithDriver>[]) {
  return valueFarm(sampleFarm(...rigs), priceBook, settings);
}

describe('a card that its rig’s driver has dropped', () => {
  it('runs nothing, not even a miner, until the driver is another, and is sold at the price of a sound card', () => {
    const [card] = valued(rigWithDriver('r', '595.45', 'GTX 1080 Ti')).rigs[0]?.cards ?? [];
    const refused = card?.valuation.refused.filter(({ findingCode }) => findingCode === 'driver-dropped');
    expect(refused?.map(({ kind }) => kind).toSorted()).toEqual(['batch', 'mine', 'rent', 'serve']);
    expect(card?.valuation.options.find(({ kind }) => kind === 'sell-now')?.what).not.toMatch(/faulty/);
  });

  it('is repaired, at no cost, where it earns then what it would with the driver that drives it', () => {
    const dropped = valued(rigWithDriver('r', '595.45', 'GTX 1080 Ti')).rigs[0]?.cards[0]?.valuation;
    const driven = valued(rigWithDriver('r', '580.95', 'GTX 1080 Ti')).rigs[0]?.cards[0]?.valuation;
    expect(driven?.best?.kind).toMatch(/rent|serve/);
    expect(dropped).toMatchObject({ verdict: 'repair', best: { valueUsd: { mid: driven?.best?.valueUsd.mid } } });
    expect(dropped?.best?.what).toMatch(/^Install NVIDIA driver 580.*Then/);
  });

  it('is told from the cards beside it that the driver drives', () => {
    const { rigs, mends } = valued(rigWithDriver('r', '595.45', 'GTX 1080 Ti', 'RTX 3090'));
    const verdicts = rigs[0]?.cards.map(({ valuation }) => valuation.verdict);
    expect(verdicts?.[0]).toBe('repair');
    expect(verdicts?.[1]).not.toBe('repair');
    const mend = mends.find(({ findingCode }) => findingCode === 'driver-dropped');
    expect(mend?.unlockedCardIds).toEqual(['r/00:00.0']);
    expect(mend?.paysBackDays).toBe(0);
  });

  it('is not put in a rig whose driver drops it', () => {
    const small = {
      ...sampleRig(
        'small',
        4,
        [1, 2, 3, 4, 5].map(() => sampleObserved('GTX 1080 Ti')),
      ),
    };
    const { moves } = valued(
      { ...small, host: { ...small.host, nvidiaDriverVersion: '580.95' } },
      rigWithDriver('large', '595.45', 'RTX 2060', 'RTX 2060'),
    );
    expect(moves.filter(({ toRigId, modelName }) => toRigId === 'large' && modelName === 'GTX 1080 Ti')).toEqual([]);
  });
});

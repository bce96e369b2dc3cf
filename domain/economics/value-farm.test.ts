import { describe, expect, it } from 'vitest';
import type { Rig } from '../inventory.ts';
import { priceBook } from './price-book.ts';
import { sampleFarm, sampleObserved, sampleRig } from './sample-farm.ts';
import { defaultSettings, type OperatorSettings } from './settings.ts';
import { valueFarm } from './value-farm.ts';
import type { ValuedFarm } from './valued.ts';

const settings = defaultSettings('2026-11-25');
/** Coins come and go; what is tested here is what AI work brings. */
const noMining: OperatorSettings = { ...settings, excludedOptions: ['mine'] };

function cards(count: number, name: string, laneCount = 16) {
  const pcieLink = { generation: laneCount === 1 ? 1 : 3, laneCount };
  return Array.from({ length: count }, () => sampleObserved(name, { pcieLink }));
}

function valued(...rigs: readonly Rig[]): ValuedFarm {
  return valueFarm(sampleFarm(...rigs), priceBook, noMining);
}

describe('the plan of a farm', () => {
  it('converts first what gains the most a card, like cards together', () => {
    const { conversions } = valued(sampleRig('a', 32, [...cards(2, 'RTX 3090'), ...cards(3, 'RTX 3080 10GB')]));
    expect(conversions.map(({ rank, modelName, cardIds }) => [rank, modelName, cardIds.length])).toEqual([
      [1, 'RTX 3090', 2],
      [2, 'RTX 3080 10GB', 3],
    ]);
    for (const { gainUsdPerDay, gainUsdPerDayPerCard, cardIds } of conversions) {
      expect(gainUsdPerDay).toBeCloseTo(gainUsdPerDayPerCard * cardIds.length, 5);
      expect(gainUsdPerDayPerCard).toBeGreaterThan(0);
    }
  });

  it('serves with as many cards as the rig’s RAM holds, the best first', () => {
    const { rigs } = valued(sampleRig('a', 4, [...cards(3, 'GTX 1070'), ...cards(2, 'RTX 3090')]));
    const verdicts = rigs[0]?.cards.map(({ valuation }) => valuation.refused.some(({ kind }) => kind === 'serve'));
    expect(verdicts).toEqual([true, true, true, false, false]);
  });

  it('prices the RAM that would let more cards serve, and says after how many days it has paid', () => {
    const { mends } = valued(sampleRig('a', 4, cards(6, 'RTX 3090')));
    const ram = mends.find(({ findingCode }) => findingCode === 'ram-small');
    expect(ram?.unlockedCardIds).toHaveLength(4);
    expect(ram?.gainUsd).toBeCloseTo((ram?.gainUsdPerDay ?? 0) * 365 - (ram?.costUsd.mid ?? 0), 1);
    expect(ram?.paysBackDays).toBe(Math.ceil((ram?.costUsd.mid ?? 0) / (ram?.gainUsdPerDay ?? 1)));
  });

  it('prices a fan, and leaves out mends that bring no money', () => {
    const broken = sampleObserved('RTX 3090', { reading: { fanPercent: 0, temperatureCelsius: 80 } });
    const { mends } = valued(sampleRig('a', 16, [broken, ...cards(1, 'RTX 3080 10GB', 1)]));
    expect(mends.map(({ findingCode }) => findingCode)).toContain('fan-stopped');
    expect(mends.map(({ findingCode }) => findingCode)).not.toContain('link-narrow');
    const days = mends.map(({ paysBackDays }) => paysBackDays ?? Number.POSITIVE_INFINITY);
    expect(days).toEqual(days.toSorted((one, other) => one - other));
  });

  it('prices all faults of a card together, for nothing runs before the last of them is mended', () => {
    const reading = { fanPercent: 0, temperatureCelsius: 80, eccUncorrectedCount: 40 };
    const { mends, rigs } = valued(sampleRig('a', 16, [sampleObserved('RTX 3090', { reading })]));
    const faults = rigs[0]?.cards[0]?.assessed.findings.filter(({ severity }) => severity === 'blocking') ?? [];
    expect(faults.length).toBeGreaterThan(1);
    const [mend, ...others] = mends.filter(({ cardId }) => cardId !== undefined);
    expect(others).toEqual([]);
    for (const fault of faults) expect(mend?.mend).toContain(fault.mend);
    expect(mend?.gainUsd).toBeGreaterThan(0);
  });

  it('says that what a mend brings comes once, where the mended card is sold', () => {
    const reading = { fanPercent: 0, temperatureCelsius: 80 };
    const excludedOptions = ['mine', 'serve', 'batch', 'rent'] as const;
    const farm = sampleFarm(sampleRig('a', 16, [sampleObserved('RTX 3070', { reading })]));
    const [sold] = valueFarm(farm, priceBook, { ...settings, excludedOptions }).mends;
    expect(sold).toMatchObject({ comesOnce: true, paysBackDays: 0 });
    const [run] = valueFarm(farm, priceBook, { ...settings, electricityUsdPerKwh: 0 }).mends;
    expect(run).toMatchObject({ comesOnce: false });
    expect(run?.paysBackDays).toBeGreaterThan(0);
  });

  it('puts strong cards that lack RAM where weak ones have it to spare, and never the other way round', () => {
    const { moves } = valued(
      sampleRig('small', 4, cards(5, 'RTX 3090')),
      sampleRig('large', 32, [...cards(4, 'GTX 1060 3GB'), ...cards(1, 'RTX 3090')]),
    );
    expect(moves).toHaveLength(1);
    expect(moves[0]).toMatchObject({ fromRigId: 'small', toRigId: 'large', modelName: 'RTX 3090' });
    expect(moves[0]?.cardIds).toHaveLength(3);
    expect(moves[0]?.inExchangeModelNames).toEqual(Array.from({ length: 3 }, () => 'GTX 1060 3GB'));
    expect(moves[0]?.what).toMatch(/^Put the three RTX 3090 of small in large/);
    expect(moves[0]?.gainUsdPerDay).toBeGreaterThan(0);
  });

  it('puts cards that renters would pay more for into wide slots of cards that make nothing of them', () => {
    const noServing: OperatorSettings = { ...noMining, excludedOptions: ['mine', 'serve', 'batch'] };
    const farm = sampleFarm(
      sampleRig('risers', 32, cards(2, 'RTX 3090', 1)),
      sampleRig('wide', 32, cards(2, 'GTX 1060 3GB', 8)),
    );
    const { moves } = valueFarm(farm, priceBook, { ...noServing, utilisationPercent: { rent: 90 } });
    expect(moves[0]?.what).toMatch(/Put the two RTX 3090 of risers in the x8 slots of wide/);
    expect(moves[0]?.why).toMatch(/faster link/);
  });

  it('moves nothing where every card has what it needs', () => {
    expect(valued(sampleRig('a', 32, cards(3, 'RTX 3090')), sampleRig('b', 32, cards(3, 'RTX 3070'))).moves).toEqual(
      [],
    );
  });

  it('gains by its moves what the farm is worth more once they are made', () => {
    const strong = cards(5, 'RTX 3090');
    const weak = cards(5, 'GTX 1060 3GB');
    const before = valued(sampleRig('small', 4, strong), sampleRig('large', 32, weak));
    const after = valued(
      sampleRig('small', 4, [...strong.slice(0, 2), ...weak.slice(0, 3)]),
      sampleRig('large', 32, [...weak.slice(3), ...strong.slice(2)]),
    );
    const gainUsd = before.moves.reduce((sum, { gainUsdPerDay }) => sum + gainUsdPerDay * 365, 0);
    expect(after.totals.all.valueUsd.mid - before.totals.all.valueUsd.mid).toBeCloseTo(gainUsd, 1);
  });

  it('refuses in the words of the rig itself, though another with the same fault has been reckoned before', () => {
    const withCpu = (rigId: string, modelName: string): Rig => {
      const rig = sampleRig(rigId, 32, cards(1, 'RTX 3070'));
      return { ...rig, host: { ...rig.host, cpu: { modelName, coreCount: 2, vectorExtension: 'none' } } };
    };
    const { rigs } = valued(withCpu('a', 'Celeron J1800'), withCpu('b', 'Celeron G1840'));
    const whys = rigs.map((rig) => rig.cards[0]?.valuation.refused.find(({ kind }) => kind === 'rent')?.why);
    expect(whys).toEqual(['Celeron J1800 has no AVX.', 'Celeron G1840 has no AVX.']);
  });

  it('asks of a mend the same as of the farm once it is mended', () => {
    const broken = sampleObserved('RTX 3090', { reading: { fanPercent: 0, temperatureCelsius: 80 } });
    const mended = sampleObserved('RTX 3090', { reading: { fanPercent: 60, temperatureCelsius: 60 } });
    const before = valued(sampleRig('a', 16, [broken]));
    const after = valued(sampleRig('a', 16, [mended]));
    const sale = before.rigs[0]?.cards[0]?.valuation.options.find(({ kind }) => kind !== 'repair');
    const gainUsd = (after.totals.all.valueUsd.mid ?? 0) - (sale?.valueUsd.mid ?? 0);
    const fan = before.mends.find(({ findingCode }) => findingCode === 'fan-stopped');
    expect((fan?.gainUsd ?? 0) + (fan?.costUsd.mid ?? 0)).toBeCloseTo(gainUsd, 3);
  });

  it('of no rigs is empty', () => {
    expect(valued()).toMatchObject({ rigs: [], conversions: [], mends: [], moves: [], assumptions: [] });
  });

  it('lists every figure that a best option rests on, once', () => {
    const { assumptions } = valued(sampleRig('a', 32, [...cards(2, 'RTX 3090'), ...cards(2, 'RX 580 8GB')]));
    const ids = assumptions.map(({ figureId }) => figureId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(10);
  });
});

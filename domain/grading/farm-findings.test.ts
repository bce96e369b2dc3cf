import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ObservedCard, Rig } from '../inventory.ts';
import { farmFindings } from './farm-findings.ts';

const NOW_MS = Date.UTC(2026, 10, 25);
const UUID = 'GPU-5a1e2d3c-0000-0000-0000-175e802b1c74';

function rig(name: string, cards: readonly Partial<ObservedCard>[], fields: Partial<Rig> = {}): Rig {
  const own = cards.map((card, index): ObservedCard => ({ cardId: `${name}/${index}`, kind: 'gpu', ...card }));
  return { rigId: name, name, source: 'files', host: {}, cards: own, contradictions: [], ...fields };
}

function codesOf(rigs: readonly Rig[], options = {}): readonly string[] {
  return farmFindings(rigs, options).map(({ code }) => code);
}

describe('cards that are listed twice', () => {
  it('are told once for a pair of rigs, however many cards they share', () => {
    const cards = [1, 2, 3, 4, 5, 6, 7, 8].map((index) => ({ uuid: `${UUID}-${index}` }));
    const found = farmFindings([rig('one', cards), rig('two', cards)]);
    expect(found).toHaveLength(1);
    expect(found[0]?.what).toContain('8 cards are listed in one and in two: two/0, two/1');
  });

  it('are found by serial where there is no UUID, in one rig too, and whatever the case', () => {
    const twice = [{ serial: '0324216089A' }, { serial: '0324216089a' }];
    expect(codesOf([rig('one', twice)])).toEqual(['duplicate-id']);
  });

  it.each(['N/A', '[N/A]', '0', '000000000', 'REDACTED-SERIAL', 'GPU-00000000-0000-0000-0000-000000000000', 'Unknown'])(
    'are not told by %s, which many cards carry',
    (id) => {
      expect(codesOf([rig('one', [{ uuid: id, serial: id }]), rig('two', [{ uuid: id, serial: id }])])).toEqual([]);
    },
  );

  it('of more than twenty pairs of rigs are counted, not listed', () => {
    const rigs = Array.from({ length: 100 }, (_, index) => [
      rig(`a${index}`, [{ uuid: `${UUID}-${index}` }]),
      rig(`b${index}`, [{ uuid: `${UUID}-${index}` }]),
    ]).flat();
    const found = farmFindings(rigs);
    expect(found).toHaveLength(21);
    expect(found.at(-1)?.what).toContain('80 more pairs of rigs');
  });
});

describe('the age of readings', () => {
  it('is asked only where a time is given', () => {
    expect(codesOf([rig('one', [], { observedAt: '2022-06-05 17:54:03' })])).toEqual([]);
  });

  it('is that of the newest source, by the days that the caller chooses', () => {
    const reading = { observedAt: 'Fri Nov 20 11:54:37 2026' };
    const old = rig('one', [{ reading }], { observedAt: '2022-06-05 17:54:03' });
    expect(codesOf([old], { nowMs: NOW_MS })).toEqual([]);
    expect(codesOf([old], { nowMs: NOW_MS, staleAfterDays: 3 })).toEqual(['reading-stale']);
  });

  it('names the oldest rigs first, and how many more there are', () => {
    const rigs = [1, 2, 3, 4, 5, 6, 7].map((month) => rig(`rig ${month}`, [], { observedAt: `2026-0${month}-01` }));
    const [stale] = farmFindings(rigs, { nowMs: NOW_MS });
    expect(stale?.what).toContain('7 rigs were last read more than 30 days ago: rig 1 (328 days), rig 2');
    expect(stale?.what).toContain('and 2 more');
  });
});

describe('the laws of a farm’s findings', () => {
  const anyRig = fc
    .record({
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      uuid: fc.constantFrom(UUID, `${UUID}-2`, 'N/A'),
      observedAt: fc.constantFrom('2026-11-20', '2022-01-01', 'soon', '2031-01-01'),
      driver: fc.constantFrom('470.1', '580.2', 'none'),
    })
    .map(({ name, uuid, observedAt, driver }) =>
      rig(name, [{ uuid }], { observedAt, host: { nvidiaDriverVersion: driver } }),
    );

  it('are about the farm, never block it, and are the same twice', () => {
    fc.assert(
      fc.property(fc.array(anyRig, { maxLength: 12 }), (rigs) => {
        const found = farmFindings(rigs, { nowMs: NOW_MS });
        expect(farmFindings(rigs, { nowMs: NOW_MS })).toEqual(found);
        for (const { severity, what, why, mend } of found) {
          expect(severity).not.toBe('blocking');
          expect(`${what}${why}${mend}`).not.toMatch(/undefined|NaN/);
        }
      }),
    );
  });

  it('say nothing of a farm of different cards, read today, on one driver', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.uuid(), { maxLength: 20 }), (uuids) => {
        const rigs = uuids.map((uuid, index) =>
          rig(`rig ${index}`, [{ uuid: `GPU-${uuid}` }], {
            observedAt: '2026-11-24T10:00:00Z',
            host: { nvidiaDriverVersion: '580.95.05' },
          }),
        );
        expect(codesOf(rigs, { nowMs: NOW_MS })).toEqual([]);
      }),
    );
  });
});

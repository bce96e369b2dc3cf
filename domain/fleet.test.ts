import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardModels } from './cards.ts';
import {
  type AssessedFleet,
  assessFleet,
  type BarShare,
  barShare,
  type FleetEntry,
  fleetEntries,
  hardwareLadder,
  weightingNames,
} from './fleet.ts';
import { gradeCard } from './grading.ts';
import { GIB } from './quantity.ts';

const DATA = new URL('../../shared/data/', import.meta.url);
const hasData = existsSync(DATA);
const NEEDS_DATA = hasData ? '' : ' (skipped: needs ../shared/data)';

/** What the README of the collected data says of the same fleet, nanopool and HiveOS. */
const KNOWN_SHARES = [
  ['vram-8-gib', 81, 81],
  ['vram-10-gib-tensor-cores', 34, 23],
  ['vram-12-gib-tensor-cores', 14, 10],
  ['vram-24-gib', 2.2, 1.5],
] as const;

const ethereum = assessFleet();

function barOf({ bars }: AssessedFleet, barId: string): BarShare {
  return bars.find((bar) => bar.barId === barId) ?? expect.fail(`no bar ${barId}`);
}

/** As the README rounds: one decimal below 5. */
function rounded(percent: number): number {
  return Number(percent.toFixed(percent < 5 ? 1 : 0));
}

function rowsOf(file: string): readonly (readonly string[])[] {
  const [, ...lines] = readFileSync(new URL(file, DATA), 'utf8').trim().split('\n');
  return lines.map((line) => line.split(','));
}

const percents = fc.oneof(fc.constant(0), fc.double({ min: 0.001, max: 100, noNaN: true }));

const vrams = fc.record({
  vramBytes: fc.constantFrom(2, 4, 6, 8, 10, 12, 24).map((gib) => gib * GIB),
  ofNamePercent: percents,
});

const entries: fc.Arbitrary<FleetEntry> = fc.record({
  name: fc.oneof(fc.constantFrom(...cardModels.map(({ name }) => name)), fc.string()),
  term: fc.constantFrom('3080', 'rx580', 'p106'),
  vram: fc.tuple(vrams, fc.array(vrams, { maxLength: 2 })).map(([first, others]) => [first, ...others] as const),
  sharePercent: fc.record({ nanopool: percents, hiveos: percents }),
  trust: fc.constantFrom('low' as const, 'medium' as const),
});
const fleets = fc.array(entries, { maxLength: 12 });

describe('fleetEntries', () => {
  it.each(weightingNames)('sum to a hundred percent by %s', (weighting) => {
    const sum = fleetEntries.reduce((total, { sharePercent }) => total + sharePercent[weighting], 0);
    expect(sum).toBeCloseTo(100, 9);
  });

  it('keep what HiveOS said: 55 % NVIDIA, 17 % of those 3070, 33 % of AMD RX 580', () => {
    const sumOf = (isWanted: (entry: FleetEntry) => boolean) =>
      fleetEntries.filter(isWanted).reduce((total, { sharePercent }) => total + sharePercent.hiveos, 0);
    expect(sumOf(({ name }) => !/^(RX|Radeon)/.test(name))).toBeCloseTo(55, 9);
    expect(sumOf(({ term }) => term === '3070')).toBeCloseTo(55 * 0.17, 9);
    expect(sumOf(({ term }) => term === 'rx580')).toBeCloseTo(45 * 0.33, 9);
  });

  it.each(fleetEntries)(
    'has $name once, its parts by VRAM sum to 100, and the catalogue knows it',
    ({ name, vram }) => {
      expect(fleetEntries.filter((other) => other.name === name)).toHaveLength(1);
      expect(vram.reduce((sum, { ofNamePercent }) => sum + ofNamePercent, 0)).toBe(100);
      const graded = ethereum.entries.find(({ entry }) => entry.name === name)?.cards ?? [];
      for (const { models, vramBytes } of graded) expect(models.map((model) => model.vramBytes)).toEqual([vramBytes]);
    },
  );

  it.skipIf(!hasData)(`are those of fleet-reconstructed.csv, to a hundredth of a percent${NEEDS_DATA}`, () => {
    const rows = rowsOf('fleet-reconstructed.csv');
    expect(rows.map(([name]) => name).toSorted()).toEqual(fleetEntries.map(({ name }) => name).toSorted());
    for (const [name, term, nanopool, hiveos, , vramGib, ofName, otherGib] of rows) {
      const entry = fleetEntries.find((one) => one.name === name) ?? expect.fail(`no ${name}`);
      expect(entry.term).toBe(term);
      expect(Math.abs(entry.sharePercent.nanopool - Number(nanopool)), name).toBeLessThan(0.01);
      expect(Math.abs(entry.sharePercent.hiveos - Number(hiveos)), name).toBeLessThan(0.01);
      expect(entry.vram[0], name).toEqual({ vramBytes: Number(vramGib) * GIB, ofNamePercent: 100 * Number(ofName) });
      expect(entry.vram[1]?.vramBytes ?? 0, name).toBe(Number(otherGib) * GIB);
    }
  });
});

describe('assessFleet', () => {
  it.each(KNOWN_SHARES)('gives %s as the collected data has it: %s and %s percent', (barId, nanopool, hiveos) => {
    const { byWeighting } = barOf(ethereum, barId);
    expect([rounded(byWeighting.nanopool.midPercent), rounded(byWeighting.hiveos.midPercent)]).toEqual([
      nanopool,
      hiveos,
    ]);
  });

  it.skipIf(!hasData)(`holds those shares against the table in the data's own README${NEEDS_DATA}`, () => {
    const table = readFileSync(new URL('README.md', DATA), 'utf8').matchAll(
      /^\| at least .* \| ([\d.]+) % \/ ([\d.]+) %/gm,
    );
    expect([...table].map(([, nanopool, hiveos]) => [Number(nanopool), Number(hiveos)])).toEqual(
      KNOWN_SHARES.map(([, nanopool, hiveos]) => [nanopool, hiveos]),
    );
  });

  it('reads the press’s 20 % as a bar between 10 and 12 GB with tensor cores, and miners’ 5 to 15 % as 12 GB', () => {
    const [press, miners] = ethereum.claims;
    expect(press?.within).toEqual([]);
    expect(press?.looser?.barId).toBe('vram-10-gib-tensor-cores');
    expect(press?.stricter?.barId).toBe('vram-12-gib-tensor-cores');
    expect(miners?.within.map(({ barId }) => barId)).toEqual(['vram-12-gib-tensor-cores']);
  });

  it('gives each card the grade that it has in a farm, and the same grade at the middle of its speeds', () => {
    for (const { entry, cards } of ethereum.entries) {
      for (const { vramBytes, assessed, grades } of cards) {
        const alone = gradeCard({ cardId: 'farm/1', kind: 'gpu', name: entry.name, vramBytes });
        expect([assessed.grade, grades.mid], entry.name).toEqual([alone.grade, alone.grade]);
      }
    }
  });

  it('carries both ends where a name has two amounts of VRAM: of RX 580 8 GB all or none', () => {
    const fleet = assessFleet(fleetEntries.filter(({ name }) => name === 'RX 580'));
    const { byWeighting, range } = barOf(fleet, 'vram-8-gib');
    expect(byWeighting.nanopool).toEqual({ lowPercent: 0, midPercent: 85, highPercent: 100 });
    expect(range).toEqual({ lowPercent: 0, highPercent: 100 });
  });

  it('says how wide a share is where nothing is known of how a term splits over names', () => {
    const { range, rangeIfSplitsUnknown } = barOf(
      assessFleet(fleetEntries.filter(({ term }) => term === '3060')),
      'vram-12-gib-tensor-cores',
    );
    expect(range.lowPercent).toBeCloseTo(40, 9);
    expect(range.highPercent).toBeCloseTo(40, 9);
    expect(rangeIfSplitsUnknown).toEqual({ lowPercent: 0, highPercent: 100 });
  });

  it('keeps a card that no catalogue has in every denominator, and shows its share', () => {
    const unknown: FleetEntry = {
      ...{ name: 'Voodoo 9000', term: 'voodoo', trust: 'low' },
      vram: [{ vramBytes: 24 * GIB, ofNamePercent: 100 }],
      sharePercent: { nanopool: 100, hiveos: 100 },
    };
    const fleet = assessFleet([...fleetEntries, unknown]);
    expect(barOf(fleet, 'unmatched').byWeighting.nanopool.midPercent).toBeCloseTo(50, 6);
    expect(barOf(fleet, 'ungraded').byWeighting.hiveos.midPercent).toBeCloseTo(50, 6);
    const serving = 'serves-1b-4-bit-5-tokens-per-second';
    const halved = barOf(ethereum, serving).byWeighting.nanopool.midPercent / 2;
    expect(barOf(fleet, serving).byWeighting.nanopool.midPercent).toBeCloseTo(halved, 6);
  });

  it('has low ≤ mid ≤ high, from 0 to 100, whatever the fleet', () => {
    fc.assert(
      fc.property(fleets, (fleet) => {
        for (const { byWeighting, range, rangeIfSplitsUnknown } of assessFleet(fleet).bars) {
          for (const { lowPercent, midPercent, highPercent } of Object.values(byWeighting)) {
            const ends = [0, lowPercent, midPercent, highPercent, 100];
            expect(ends.every((end, index) => index === 0 || end >= (ends[index - 1] ?? 0) - 1e-9)).toBe(true);
            expect(range.lowPercent).toBeLessThanOrEqual(midPercent + 1e-9);
            expect(range.highPercent).toBeGreaterThanOrEqual(midPercent - 1e-9);
          }
          expect(rangeIfSplitsUnknown.lowPercent).toBeLessThanOrEqual(range.lowPercent + 1e-9);
          expect(rangeIfSplitsUnknown.highPercent).toBeGreaterThanOrEqual(range.highPercent - 1e-9);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('has grades and no grade sum to 100 %, whatever the fleet', () => {
    fc.assert(
      fc.property(fleets, (fleet) => {
        const { bars } = assessFleet(fleet);
        for (const weighting of weightingNames) {
          const grades = bars.filter(({ kind }) => kind === 'grade');
          const sum = grades.reduce((total, { byWeighting }) => total + byWeighting[weighting].midPercent, 0);
          const isEmpty = fleet.every(({ sharePercent }) => sharePercent[weighting] === 0);
          expect(sum).toBeCloseTo(isEmpty ? 0 : 100, 6);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('never gives more by a stricter bar, whatever the fleet', () => {
    fc.assert(
      fc.property(fleets, (fleet) => {
        const assessed = assessFleet(fleet);
        const chains = [
          hardwareLadder.map((bar) => barShare(assessed.entries, bar)),
          ['vram-8-gib', 'vram-10-gib-tensor-cores', 'vram-12-gib-tensor-cores'].map((id) => barOf(assessed, id)),
          ['vram-8-gib', 'vram-24-gib'].map((id) => barOf(assessed, id)),
          ['serves-1b-4-bit-5-tokens-per-second', 'serves-8b-4-bit-15-tokens-per-second', 'refused-yet-serves-8b'].map(
            (id) => barOf(assessed, id),
          ),
        ];
        for (const chain of chains) {
          for (const [index, stricter] of chain.entries()) {
            const looser = chain[index - 1];
            if (looser === undefined) continue;
            for (const weighting of weightingNames) {
              const [most, least] = [looser.byWeighting[weighting], stricter.byWeighting[weighting]];
              for (const end of ['lowPercent', 'midPercent', 'highPercent'] as const)
                expect(least[end], stricter.barId).toBeLessThanOrEqual(most[end] + 1e-9);
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is the same whatever the order of its entries and the unit of their shares', () => {
    fc.assert(
      fc.property(fleets, fc.double({ min: 0.1, max: 10, noNaN: true }), (fleet, factor) => {
        const scaled = fleet.toReversed().map((entry) => ({
          ...entry,
          sharePercent: { nanopool: entry.sharePercent.nanopool * factor, hiveos: entry.sharePercent.hiveos * factor },
        }));
        const shares = (assessed: AssessedFleet) => assessed.bars.map(({ byWeighting }) => byWeighting);
        const [one, other] = [shares(assessFleet(fleet)), shares(assessFleet(scaled))];
        for (const [index, byWeighting] of one.entries()) {
          for (const weighting of weightingNames)
            expect(other[index]?.[weighting].midPercent).toBeCloseTo(byWeighting[weighting].midPercent, 6);
        }
      }),
      { numRuns: 30 },
    );
  });
});

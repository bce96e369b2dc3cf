import { defaultSettings, priceBook } from '@rerig/domain/economics';
import { gradeFarm } from '@rerig/domain/grading';
import { exampleFarmFiles, type Farm, type ObservedCard, type Rig, readInventory } from '@rerig/domain/inventory';
import { GIB } from '@rerig/domain/quantity';
import fc from 'fast-check';
import { usDollar } from './currency.ts';
import { type FarmReport, farmReport, type Reckoning } from './farm-report.ts';

/** The book that ships, on the day that it was gathered. */
export const sampleReckoning: Reckoning = {
  book: priceBook,
  settings: defaultSettings('2026-11-25'),
  currency: usDollar,
};

/** The report of a farm as the book that ships values it. */
export function sampleReport(farm: Farm, reckoning = sampleReckoning): FarmReport {
  const assessed = gradeFarm(farm, { nowMs: Date.UTC(2026, 10, 25) });
  return farmReport(assessed, reckoning, { files: [], faults: [], isExample: false });
}

/** The report of the example farm. */
export function exampleReport(reckoning = sampleReckoning): FarmReport {
  return { ...sampleReport(readInventory(exampleFarmFiles).farm, reckoning), isExample: true };
}

/** Names that drivers print, names that nobody prints, and names that try to be markup, a formula or an escape code. */
const names = fc.oneof(
  fc.constantFrom('GeForce RTX 3090', 'Radeon RX 580', 'GeForce GTX 1070', 'CMP 40HX', 'P104-100', 'Radeon VII'),
  fc.constantFrom('<script>alert(1)</script>', '=HYPERLINK("http://x")', '\u001b[2J\u202egnp', 'a"b,c\r\nd', ''),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
);

const vram = fc.option(fc.integer({ min: 1, max: 48 }), { nil: undefined });
const power = fc.option(fc.integer({ min: 0, max: 450 }), { nil: undefined });
const rate = fc.option(fc.integer({ min: 0, max: 130 }), { nil: undefined });

function cardOf(name: string, gib?: number, watts?: number, megahashes?: number): Omit<ObservedCard, 'cardId'> {
  return {
    kind: 'gpu',
    name,
    ...(gib === undefined ? {} : { vramBytes: gib * GIB }),
    reading: {
      ...(watts === undefined ? {} : { powerWatts: watts }),
      ...(megahashes === undefined ? {} : { hashesPerSecond: megahashes * 1e6, algorithm: 'ethash' }),
    },
  };
}

const rigs = fc.record({
  name: names,
  ramGib: fc.integer({ min: 1, max: 64 }),
  cards: fc.array(fc.tuple(names, vram, power, rate), { maxLength: 6 }),
});

/** Farms that nobody has. */
export const farms: fc.Arbitrary<Farm> = fc.array(rigs, { maxLength: 5 }).map((drawn) => ({
  rigs: drawn.map(({ name, ramGib, cards }, number): Rig => {
    const rigId = `rig-${number} ${name}`;
    return {
      ...{ rigId, name: name === '' ? rigId : name, source: 'files', contradictions: [] },
      host: { ram: { bytes: ramGib * GIB, basis: 'reported', source: 'a test' } },
      cards: cards.map((card, index) => ({ ...cardOf(...card), cardId: `${rigId}/0${index}:00.0` })),
    };
  }),
}));

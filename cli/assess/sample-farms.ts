import { defaultSettings, priceBook } from '@rerig/domain/economics';
import { gradeFarm } from '@rerig/domain/grading';
import { exampleFarmFiles, type Farm, readInventory } from '@rerig/domain/inventory';
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

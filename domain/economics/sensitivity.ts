import type { AssessedFarm } from '../grading.ts';
import type { PriceBook } from './price-book.ts';
import { pricingOf } from './pricing.ts';
import { reckonedRig } from './reckoned-rig.ts';
import type { OperatorSettings } from './settings.ts';
import { moneyTotals } from './totals.ts';
import type { MoneyTotals } from './valued.ts';

/** What verdicts a farm has, and what they come to, where one thing is other than it is. */
export interface SensitivityPoint {
  /** US dollars for a kilowatt-hour as billed, its mean over the day; or percent of the day with work. */
  readonly value: number;
  readonly totals: MoneyTotals;
}

/** The same farm at other prices of electricity: a tariff by the hour is scaled so that its mean is each of them. */
export function electricitySensitivity(
  assessed: AssessedFarm,
  book: PriceBook,
  settings: OperatorSettings,
  pricesUsdPerKwh: readonly number[],
): readonly SensitivityPoint[] {
  const billed = settings.electricityUsdPerKwh;
  return pricesUsdPerKwh.map((value) => {
    const electricityUsdPerKwh = typeof billed === 'object' ? scaledTo(billed, value) : value;
    return { value, totals: totalsAt(assessed, book, { ...settings, electricityUsdPerKwh }) };
  });
}

function scaledTo(hourlyUsd: readonly number[], meanUsd: number): number | readonly number[] {
  const mean = hourlyUsd.reduce((sum, price) => sum + price, 0) / hourlyUsd.length;
  return mean > 0 ? hourlyUsd.map((price) => (price * meanUsd) / mean) : meanUsd;
}

/** The same farm where serving, renting and batches each find work in so much of the day. */
export function utilisationSensitivity(
  assessed: AssessedFarm,
  book: PriceBook,
  settings: OperatorSettings,
  percents: readonly number[],
): readonly SensitivityPoint[] {
  return percents.map((value) => {
    const utilisationPercent = { serve: value, rent: value, batch: value };
    return { value, totals: totalsAt(assessed, book, { ...settings, utilisationPercent }) };
  });
}

function totalsAt(assessed: AssessedFarm, book: PriceBook, settings: OperatorSettings): MoneyTotals {
  const pricing = pricingOf(book, settings);
  return moneyTotals(assessed.rigs.flatMap((rig) => reckonedRig(pricing, rig).rig.cards));
}

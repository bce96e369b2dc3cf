import type { VatSettings } from './settings.ts';

/** What a kilowatt-hour costs in each hour of a day, as the operator bears it. */
export interface Tariff {
  /** 24, cheapest first: which hours those are matters to nobody but the rig. */
  readonly cheapestFirstUsdPerKwh: readonly number[];
  readonly meanUsdPerKwh: number;
  readonly isFlat: boolean;
}

/** Hours of a day. */
export const HOURS_PER_DAY = 24;

/**
 * A tariff of one price, or of 24. An operator who is registered for VAT gets back what is paid on electricity; one who
 * is not bears it, on top where the tariff is quoted without.
 */
export function tariffOf(usdPerKwh: number | readonly number[], vat?: VatSettings): Tariff {
  const factor = vatFactor(vat);
  const given = typeof usdPerKwh === 'number' ? Array.from({ length: HOURS_PER_DAY }, () => usdPerKwh) : usdPerKwh;
  const hourly = given.map((price) => price * factor);
  const cheapestFirst = hourly.toSorted((one, other) => one - other);
  const isFlat = cheapestFirst[0] === cheapestFirst[HOURS_PER_DAY - 1];
  const mean = hourly.reduce((sum, price) => sum + price, 0) / HOURS_PER_DAY;
  return {
    cheapestFirstUsdPerKwh: cheapestFirst,
    meanUsdPerKwh: isFlat ? (hourly[0] ?? 0) : mean,
    isFlat,
  };
}

function vatFactor(vat: VatSettings | undefined): number {
  if (vat === undefined) return 1;
  const withVat = 1 + vat.percent / 100;
  if (vat.isRegistered) return vat.isInTariff ? 1 / withVat : 1;
  return vat.isInTariff ? 1 : withVat;
}

/** What a load of `kilowatts` through the cheapest `hours` of a day costs, a broken hour in part. */
export function cheapestHoursUsd(tariff: Tariff, kilowatts: number, hours: number): number {
  let sum = 0;
  for (let index = 0; index < HOURS_PER_DAY && index < hours; index += 1) {
    sum += (tariff.cheapestFirstUsdPerKwh[index] ?? 0) * Math.min(1, hours - index);
  }
  return sum * kilowatts;
}

/** How many hours of a day, the cheapest, cost less than `incomeUsdPerHour` at a load of `kilowatts`. */
export function payingHourCount(tariff: Tariff, kilowatts: number, incomeUsdPerHour: number): number {
  let count = 0;
  for (const usdPerKwh of tariff.cheapestFirstUsdPerKwh) {
    if (usdPerKwh * kilowatts >= incomeUsdPerHour) break;
    count += 1;
  }
  return count;
}

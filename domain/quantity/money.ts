/** Whole micro-units of US dollars: 1 USD = 1,000,000. Signed; a `bigint`, so that no sum is ever rounded. */
export type MicroUsd = bigint;

/** The currencies that accounts may be kept in. They are never mixed in one transfer. */
export type Currency = 'USD';

/** Micro-units in one unit of any currency. */
export const MICRO_PER_UNIT = 1_000_000n;

/** Writes money for a person, exact to the micro-unit and with at least two decimals: `$5.00`, `-$0.000123`. */
export function formatMicroUsd(amountMicroUsd: MicroUsd): string {
  const sign = amountMicroUsd < 0n ? '-' : '';
  const magnitude = amountMicroUsd < 0n ? -amountMicroUsd : amountMicroUsd;
  const whole = magnitude / MICRO_PER_UNIT;
  const decimals = (magnitude % MICRO_PER_UNIT)
    .toString()
    .padStart(6, '0')
    .replace(/0{1,4}$/, '');
  return `${sign}$${whole.toString().replace(/\B(?=(\d{3})+$)/g, ',')}.${decimals}`;
}

/** The least of amounts. */
export function leastMicroUsd(first: MicroUsd, ...others: readonly MicroUsd[]): MicroUsd {
  let least = first;
  for (const amount of others) if (amount < least) least = amount;
  return least;
}

/** The greatest of amounts. */
export function greatestMicroUsd(first: MicroUsd, ...others: readonly MicroUsd[]): MicroUsd {
  let greatest = first;
  for (const amount of others) if (amount > greatest) greatest = amount;
  return greatest;
}

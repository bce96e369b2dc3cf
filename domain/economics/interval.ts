import type { Interval } from '../grading.ts';

export type { Interval };

/** Nothing, for certain. */
export const ZERO: Interval = { low: 0, mid: 0, high: 0 };

/** A figure without a spread. */
export function exactly(value: number): Interval {
  return { low: value, mid: value, high: value };
}

/**
 * The product of factors ≥ 0 that do not depend on one another: their relative spreads are added as squares, so that
 * 90 % intervals give one of about 90 %, where lows times lows would give a case that never comes.
 */
export function product(...factors: readonly Interval[]): Interval {
  let mid = 1;
  let below = 0;
  let above = 0;
  for (const factor of factors) {
    mid *= factor.mid;
    below += square(ratioLog(factor.mid, factor.low));
    above += square(ratioLog(factor.high, factor.mid));
  }
  return { low: mid * Math.exp(-Math.sqrt(below)), mid, high: mid * Math.exp(Math.sqrt(above)) };
}

/** The sum of terms, each taken `+1` or `-1` times, that do not depend on one another: spreads are added as squares. */
export function sumOf(...terms: readonly (readonly [sign: 1 | -1, term: Interval])[]): Interval {
  let mid = 0;
  let below = 0;
  let above = 0;
  for (const [sign, term] of terms) {
    mid += sign * term.mid;
    below += square(sign === 1 ? term.mid - term.low : term.high - term.mid);
    above += square(sign === 1 ? term.high - term.mid : term.mid - term.low);
  }
  return { low: mid - Math.sqrt(below), mid, high: mid + Math.sqrt(above) };
}

/** An interval times a number; a negative one turns it over. */
export function times({ low, mid, high }: Interval, factor: number): Interval {
  return factor >= 0
    ? { low: low * factor, mid: mid * factor, high: high * factor }
    : { low: high * factor, mid: mid * factor, high: low * factor };
}

/** Rounded to whole micro-dollars, so that sums of what is shown are what is shown. Never changes an order. */
export function roundedUsd({ low, mid, high }: Interval): Interval {
  return { low: roundUsd(low), mid: roundUsd(mid), high: roundUsd(high) };
}

/** Rounded to a whole micro-dollar; −0 is 0. */
export function roundUsd(amountUsd: number): number {
  return Math.round(amountUsd * 1e6) / 1e6 + 0;
}

function square(value: number): number {
  return value * value;
}

/** ln(upper ÷ lower), bounded: a factor whose low is 0 leaves a product's low near 0, not undefined. */
function ratioLog(upper: number, lower: number): number {
  if (upper <= lower) return 0;
  return lower <= 0 ? LARGEST_LOG : Math.min(LARGEST_LOG, Math.log(upper / lower));
}

/** A factor of about 1,000 either way. */
const LARGEST_LOG = 7;

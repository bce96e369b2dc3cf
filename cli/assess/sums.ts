import type { Interval } from '@rerig/domain/economics';

/** Amounts added in whole micro-dollars, as the farm's totals are: so that whoever adds the rows gets the same. */
export function roundedSum(amountsUsd: readonly number[]): number {
  return amountsUsd.reduce((sum, amount) => sum + Math.round(amount * 1e6), 0) / 1e6;
}

/** Lows added to lows, and so on. */
export function sumOfIntervals(intervals: readonly Interval[]): Interval {
  return {
    low: roundedSum(intervals.map(({ low }) => low)),
    mid: roundedSum(intervals.map(({ mid }) => mid)),
    high: roundedSum(intervals.map(({ high }) => high)),
  };
}

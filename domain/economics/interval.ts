/** A figure with its uncertainty: `low` ≤ `mid` ≤ `high`. Where nothing is said of a spread, all three are the same. */
export interface Interval {
  readonly low: number;
  readonly mid: number;
  readonly high: number;
}

import type { Evidence } from './assessed.ts';

/** A figure with its uncertainty: `low` to `high` is a 90 % interval, `mid` its median. */
export interface Interval {
  readonly low: number;
  readonly mid: number;
  readonly high: number;
}

/** How fast a card runs a language model, one stream. */
export interface ModelSpeed {
  readonly generateTokensPerSecond: Interval;
  readonly promptTokensPerSecond: Interval;
  readonly evidence: Evidence;
  /** In words: by which figures, and how sure. */
  readonly why: string;
}

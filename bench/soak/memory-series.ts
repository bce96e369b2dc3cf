import { medianOf } from '../report.ts';

/** Memory of one kind of process over a run: median of its third minute and of its last, and what lies between. */
export interface Drift {
  readonly thirdMinuteBytes: number;
  readonly lastMinuteBytes: number;
  /** Of the third minute's; below 0 where it shrank. */
  readonly driftPercent: number;
}

const MINUTE_MS = 60_000;

/** A reading of memory and when it was taken, in ms from the start. */
export interface Reading {
  readonly atMs: number;
  readonly totalBytes: number;
}

/** Compares the minutes of a run of `durationMs`, which must be three minutes or more. */
export function driftOf(readings: readonly Reading[], durationMs: number): Drift {
  const within = (fromMs: number) =>
    medianOf(
      readings.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + MINUTE_MS).map(({ totalBytes }) => totalBytes),
    );
  const thirdMinuteBytes = within(2 * MINUTE_MS);
  const lastMinuteBytes = within(durationMs - MINUTE_MS);
  return {
    thirdMinuteBytes,
    lastMinuteBytes,
    driftPercent: (lastMinuteBytes / thirdMinuteBytes - 1) * 100,
  };
}

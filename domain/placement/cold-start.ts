import type { Bytes } from '../quantity.ts';

/** Starts of a model on one kind of card whose times are remembered; their median is what is stated. */
export const COLD_STARTS_KEPT = 9;

/**
 * A process, its libraries and the check of its first answers: twice the 0.5 s measured for the shipped model on two cores
 * of an EPYC, as a rig's processor is slower.
 */
const START_MS = 1000;
/**
 * An assumption, not a measurement: a SATA SSD's sequential reading, as makers state it (500 MB/s and more), less what
 * the rest of a farm's rig takes.
 */
const READ_BYTES_PER_MS = 400_000;

/** The stated time of a cold start in ms: the median of the last ones, or an estimate from the file where there is none. */
export function statedColdStartMs(lastStartsMs: readonly number[], fileBytes: Bytes): number {
  const sorted = lastStartsMs.slice(-COLD_STARTS_KEPT).toSorted((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)];
  return Math.round(median ?? START_MS + fileBytes / READ_BYTES_PER_MS);
}

/** What is known of a model's replicas when it is asked whether a batch may send more. Whole, ≥ 0. */
export interface PaceFacts {
  /** Requests that its replicas answer at once. */
  readonly slotCount: number;
  /** Live requests that are on their way, or wait. */
  readonly liveCount: number;
  /** Of batches, on their way. */
  readonly batchCount: number;
  /** How many of batches may be on their way, by what came of the last ones. */
  readonly limitCount: number;
}

/** Of batches, on their way at once in one server: what bounds its memory, at up to 4 MiB a body. */
export const BATCH_RUNNING_MAX = 256;
/** Where a model begins: low enough not to be felt, and doubled within some answers. */
export const BATCH_LIMIT_START = 4;

/** How many more lines may be sent: only into slots that no live request needs. */
export function batchRoom({ slotCount, liveCount, batchCount, limitCount }: PaceFacts): number {
  return Math.max(0, Math.min(limitCount, slotCount - liveCount) - batchCount);
}

/** The limit after an answer: one more for each that came, half where a replica was too busy. */
export function nextLimitCount(limitCount: number, ending: 'answered' | 'busy'): number {
  return ending === 'answered' ? Math.min(BATCH_RUNNING_MAX, limitCount + 1) : Math.max(1, limitCount >> 1);
}

/** A line that waits for its next round waits so long, in ms: doubled each time, up to five minutes. `random`: 0 to 1. */
export function waitBeforeRoundMs(roundCount: number, random: number): number {
  const mostMs = Math.min(300_000, 1_000 * 2 ** Math.min(roundCount, 10));
  return Math.round(mostMs * (0.5 + random / 2));
}

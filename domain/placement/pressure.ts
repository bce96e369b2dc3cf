/** Requests that queue for each slot, past which a model is pressed. */
const QUEUED_PER_SLOT_MAX = 0.25;

/**
 * Since when a model is pressed, in the caller's ms: more requests queue than its replicas' slots bear. Null where it is
 * not. `before` is what this function gave the last time.
 */
export function pressedSinceAtMs(
  before: number | null,
  queuedCount: number,
  slotCount: number,
  nowMs: number,
): number | null {
  if (slotCount === 0 || queuedCount <= slotCount * QUEUED_PER_SLOT_MAX) return null;
  return before ?? nowMs;
}

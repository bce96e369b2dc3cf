/** Starts within `RESTART_WINDOW_MS` after which a workload is given up. */
export const RESTART_TRIES_MAX = 5;
/** Ten minutes, in ms: failures before them are forgotten, so that one failure a day is restarted for ever. */
export const RESTART_WINDOW_MS = 600_000;

/** The wait before the first restart, doubled for each further one. */
const FIRST_WAIT_MS = 1000;
const WAIT_MS_MAX = 60_000;

/** What becomes of a workload that has failed: `restart` after a wait in ms, or `give-up`. */
export type RestartDecision =
  | { readonly kind: 'restart'; readonly waitMs: number }
  | { readonly kind: 'give-up'; readonly failureCount: number };

/**
 * Decides on a restart by the times of all its failures, the newest included, in ms since the epoch and in any order.
 * Waits 1, 2, 4, 8 s; the fifth failure within the window is the last.
 */
export function decideRestart(failedAtMs: readonly number[], nowMs: number): RestartDecision {
  const failureCount = failedAtMs.filter((atMs) => nowMs - atMs < RESTART_WINDOW_MS).length;
  if (failureCount >= RESTART_TRIES_MAX) return { kind: 'give-up', failureCount };
  return { kind: 'restart', waitMs: Math.min(WAIT_MS_MAX, FIRST_WAIT_MS * 2 ** Math.max(0, failureCount - 1)) };
}

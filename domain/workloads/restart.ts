/** Failures in a row after which a workload is given up. */
export const RESTART_TRIES_MAX = 5;
/** Ten minutes, in ms: failures before them are forgotten, so that one failure a day is restarted for ever. */
export const RESTART_WINDOW_MS = 600_000;
/** Ten seconds, in ms: what was ready for so long has shown that it can run, and what failed before it is forgotten. */
export const PROVEN_MS = 10_000;

/** The wait before a restart, doubled for each further one in a row. */
const FIRST_WAIT_MS = 1000;
const WAIT_MS_MAX = 60_000;

/** An end that nobody asked for. */
export interface WorkloadFailure {
  /** In ms since the epoch. */
  readonly atMs: number;
  /** How long it had been ready by then, in ms; 0 where it never was. */
  readonly readyForMs: number;
}

/** What becomes of a workload that has failed: `restart` after a wait in ms, or `give-up`. */
export type RestartDecision =
  | { readonly kind: 'restart'; readonly waitMs: number }
  | { readonly kind: 'give-up'; readonly failureCount: number };

/**
 * Decides on a restart by the failures of a workload, in their order, the newest last. What was ready is started again at
 * once the first time, for somebody is waiting for it, and after 1, 2 and 4 s then; what never was, after 1, 2, 4 and
 * 8 s. The fifth failure within the window is the last, but a run that was ready for `PROVEN_MS` forgives those before.
 */
export function decideRestart(failures: readonly WorkloadFailure[], nowMs: number): RestartDecision {
  const proven = failures.findLastIndex(({ readyForMs }) => readyForMs >= PROVEN_MS);
  const inRow = failures.slice(Math.max(0, proven)).filter(({ atMs }) => nowMs - atMs < RESTART_WINDOW_MS);
  const failureCount = inRow.length;
  if (failureCount >= RESTART_TRIES_MAX) return { kind: 'give-up', failureCount };
  const isFreeOfWait = (inRow[0]?.readyForMs ?? 0) > 0;
  const waitCount = isFreeOfWait ? failureCount - 1 : failureCount;
  if (waitCount <= 0) return { kind: 'restart', waitMs: isFreeOfWait ? 0 : FIRST_WAIT_MS };
  return { kind: 'restart', waitMs: Math.min(WAIT_MS_MAX, FIRST_WAIT_MS * 2 ** (waitCount - 1)) };
}

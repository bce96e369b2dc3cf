/** Failures in a row after which a replica is passed over. */
const FAILURES_MAX = 3;
/** How long it is passed over at first, in ms, doubled with each probe that fails, up to the longest. */
const OPEN_MS_FIRST = 1_000;
const OPEN_MS_MAX = 30_000;

/**
 * Whether a replica may be asked. `closed`: yes, with so many failures in a row; `open`: not before a moment, then by
 * one request as a probe; `probing`: that request is under way, and no other is sent.
 */
export type Breaker =
  | { readonly status: 'closed'; readonly failureCount: number }
  | { readonly status: 'open'; readonly untilMs: number; readonly openMs: number }
  | { readonly status: 'probing'; readonly openMs: number };

/** A breaker of a replica that nothing is known against. */
export const closedBreaker: Breaker = { status: 'closed', failureCount: 0 };

/** Whether a request may be sent now. */
export function admits(breaker: Breaker, nowMs: number): boolean {
  return breaker.status === 'closed' || (breaker.status === 'open' && nowMs >= breaker.untilMs);
}

/** The breaker once a request that it admitted is sent. */
export function afterSending(breaker: Breaker): Breaker {
  return breaker.status === 'open' ? { status: 'probing', openMs: breaker.openMs } : breaker;
}

/** The breaker after an answer. */
export function afterSuccess(): Breaker {
  return closedBreaker;
}

/** The breaker after a failure: reset, refused connection, no first byte in time, or what is not our wire. */
export function afterFailure(breaker: Breaker, nowMs: number): Breaker {
  switch (breaker.status) {
    case 'closed': {
      const failureCount = breaker.failureCount + 1;
      if (failureCount < FAILURES_MAX) return { status: 'closed', failureCount };
      return { status: 'open', untilMs: nowMs + OPEN_MS_FIRST, openMs: OPEN_MS_FIRST };
    }
    case 'open':
      return breaker;
    case 'probing': {
      const openMs = Math.min(OPEN_MS_MAX, breaker.openMs * 2);
      return { status: 'open', untilMs: nowMs + openMs, openMs };
    }
  }
}

/** The breaker after a request that told nothing, as its client left: a probe is given to the next. */
export function afterNothing(breaker: Breaker, nowMs: number): Breaker {
  return breaker.status === 'probing' ? { status: 'open', untilMs: nowMs, openMs: breaker.openMs } : breaker;
}

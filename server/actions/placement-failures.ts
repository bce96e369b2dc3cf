import type { Fault } from '@rerig/domain/fault';
import type { PlacementFailure } from '@rerig/domain/placement';

/** A fault that waiting mends is waited for so long, in ms; twice so long after each further one, up to an hour. */
const RETRY_LATER_MS = 60_000;
const RETRY_LATER_MS_MAX = 3_600_000;
/** Pairs of model and card that are remembered; the one that was heard of first goes. */
const FAILURES_MAX = 10_000;

/** A replica that failed, or was refused. */
export interface FailedReplica {
  readonly replicaId: string;
  readonly model: string;
  readonly cardId: string;
  readonly fault: Fault | null;
  readonly nowMs: number;
}

interface KnownFailure extends PlacementFailure {
  readonly replicaId: string;
  readonly fault: Fault | null;
  /** Failures of this pair in a row. */
  readonly inRowCount: number;
}

/** Which cards failed which models, and when each may be tried again: as the fault says. */
export class PlacementFailures {
  readonly #failures = new Map<string, KnownFailure>();

  /** Takes a failure; false where it was taken before. */
  add({ replicaId, model, cardId, fault, nowMs }: FailedReplica): boolean {
    const key = `${model}\n${cardId}`;
    const before = this.#failures.get(key);
    if (before?.replicaId === replicaId) return false;
    const inRowCount = (before?.inRowCount ?? 0) + 1;
    const waitMs = Math.min(RETRY_LATER_MS_MAX, RETRY_LATER_MS * 2 ** (inRowCount - 1));
    const retryAtMs = fault?.retry === 'later' ? nowMs + waitMs : null;
    this.#failures.delete(key);
    this.#failures.set(key, { replicaId, model, cardId, retryAtMs, fault, inRowCount });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > FAILURES_MAX && oldest !== undefined) this.#failures.delete(oldest);
    return true;
  }

  /** The model runs on the card. */
  forget(model: string, cardId: string): void {
    this.#failures.delete(`${model}\n${cardId}`);
  }

  all(): readonly PlacementFailure[] {
    return [...this.#failures.values()];
  }

  /** The last fault of a model; null where it has none. */
  lastFault(model: string): Fault | null {
    return [...this.#failures.values()].findLast((failure) => failure.model === model)?.fault ?? null;
  }

  /** Forgets what a model was failed by. */
  forgive(model: string): void {
    for (const [key, failure] of this.#failures) if (failure.model === model) this.#failures.delete(key);
  }
}

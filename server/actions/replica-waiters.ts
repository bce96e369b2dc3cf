import type { Fault } from '@rerig/domain/fault';
import { formatDurationMs } from '@rerig/domain/quantity';
import { gatewayFault } from '@rerig/gateway/gateway';

/** Requests that may wait for replicas at once; those past it are refused. */
const WAITING_MAX = 10_000;
const WAIT_MS_MIN = 30_000;
const WAIT_MS_MAX = 600_000;
/** A start may take so many times what is stated. */
const STATED_TIMES_MAX = 3;

/** What is waited for. */
export interface WaitedFor {
  readonly model: string;
  readonly priority: 'live' | 'batch';
  readonly coldStartMs: number;
}

/** What of a model is waited for now. */
export interface WaitingDemand {
  readonly model: string;
  readonly waitingCount: number;
  readonly batchWaitingCount: number;
  readonly oldestWaitMs: number;
}

interface Waiter extends WaitedFor {
  readonly sinceAtMs: number;
  readonly conclude: (fault: Fault | null) => void;
}

/** Requests that wait for a replica of their model, each for a bounded time. */
export class ReplicaWaiters {
  readonly #waiters = new Set<Waiter>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Waits until `release` or `refuse` is called for the model, its time is over, or the signal comes. */
  async wait(waitedFor: WaitedFor, signal: AbortSignal): Promise<Fault | null> {
    const { model, coldStartMs } = waitedFor;
    if (this.#waiters.size >= WAITING_MAX) return this.refusal(model, `${WAITING_MAX} requests wait for replicas.`);
    const { promise, resolve } = Promise.withResolvers<Fault | null>();
    const waiter: Waiter = { ...waitedFor, sinceAtMs: this.#nowMs(), conclude: resolve };
    const limitMs = Math.min(WAIT_MS_MAX, Math.max(WAIT_MS_MIN, STATED_TIMES_MAX * coldStartMs));
    const late = `None became ready within ${formatDurationMs(limitMs)}.`;
    const timer = setTimeout(() => resolve(this.refusal(model, late)), limitMs);
    const leave = () => resolve(this.refusal(model, 'Its client left.'));
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    this.#waiters.add(waiter);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
      this.#waiters.delete(waiter);
    }
  }

  demands(): readonly WaitingDemand[] {
    const nowMs = this.#nowMs();
    const byModel = Map.groupBy(this.#waiters, ({ model }) => model);
    return [...byModel].map(([model, waiters]) => ({
      model,
      waitingCount: waiters.filter(({ priority }) => priority === 'live').length,
      batchWaitingCount: waiters.filter(({ priority }) => priority === 'batch').length,
      oldestWaitMs: Math.max(...waiters.map(({ sinceAtMs }) => nowMs - sinceAtMs)),
    }));
  }

  /** A replica of the model may be tried. */
  release(model: string): void {
    for (const waiter of this.#waiters) if (waiter.model === model) waiter.conclude(null);
  }

  /** No replica of the model will come. */
  refuse(model: string, why: string): void {
    for (const waiter of this.#waiters) if (waiter.model === model) waiter.conclude(this.refusal(model, why));
  }

  refuseAll(why: string): void {
    for (const waiter of this.#waiters) waiter.conclude(this.refusal(waiter.model, why));
  }

  refusal(model: string, why: string): Fault {
    return gatewayFault('no_replica', {
      what: `"${model}" can't answer now.`,
      why,
      mend: 'Send the request again later; GET /v1/models says which models answer. Nothing was charged.',
    });
  }
}

import type { CardWish } from '@rerig/domain/placement';
import { type WorkloadPriority, workloadPriorities } from '@rerig/domain/workloads';
import type { WorkloadSpec } from './port.ts';

/** A workload that waits for cards. */
export interface Waiting {
  readonly spec: WorkloadSpec;
  readonly enteredAtMs: number;
  /** Runs before the one that it waits for. */
  readonly restartCount: number;
  readonly failureCount: number;
}

/** Workloads that may wait at once: more are refused. */
export const WAITING_MAX = 10_000;

/** The line of those that wait: the highest priority first, then the oldest. */
export class WaitLine {
  readonly #waiting = new Map<string, Waiting>();

  get count(): number {
    return this.#waiting.size;
  }

  add(waiting: Waiting): void {
    this.#waiting.set(waiting.spec.workloadId, waiting);
  }

  /** Takes one out of the line; undefined where it is not in it. */
  take(workloadId: string): Waiting | undefined {
    const waiting = this.#waiting.get(workloadId);
    this.#waiting.delete(workloadId);
    return waiting;
  }

  has(workloadId: string): boolean {
    return this.#waiting.has(workloadId);
  }

  inOrder(): readonly Waiting[] {
    return [...this.#waiting.values()].toSorted(compare);
  }
}

/** The priority of a workload that asks for none, too. */
export function priorityOf({ priority = 'guaranteed' }: WorkloadSpec): WorkloadPriority {
  return priority;
}

/** Whether one goes before another; the one that came first, where they are alike. */
export function isBefore(one: Waiting, other: Waiting): boolean {
  return compare(one, other) <= 0;
}

/** What a workload wants of cards. */
export function wishOf(spec: WorkloadSpec): CardWish {
  const { cards, rankCount = 1 } = spec;
  return { demand: cards, rankCount, priority: priorityOf(spec) };
}

function compare(a: Waiting, b: Waiting): number {
  return rankOf(b.spec) - rankOf(a.spec) || a.enteredAtMs - b.enteredAtMs;
}

function rankOf(spec: WorkloadSpec): number {
  return workloadPriorities.indexOf(priorityOf(spec));
}

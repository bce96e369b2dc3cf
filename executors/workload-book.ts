import { InvariantError } from '@rerig/domain/fault';
import { holdsCards, isFinal, nextState, type WorkloadEvent } from '@rerig/domain/workloads';
import type { CardArbiter } from './card-arbiter.ts';
import { type ExecutorFault, executorFault } from './faults.ts';
import { LogTail } from './log-tail.ts';
import type { LogPart, Unsubscribe, Workload, WorkloadChange } from './port.ts';

/** Workloads that have ended and are still listed; the oldest are forgotten first. */
const ENDED_MAX = 200;

/** What an event adds to what is known of a workload. */
export type News = Pick<Workload, 'announced' | 'fault'>;

/** Every workload as it stands, moved on by the lifecycle alone; gives cards back when a state holds them no more. */
export class WorkloadBook {
  readonly #workloads = new Map<string, Workload>();
  readonly #logs = new Map<string, LogTail>();
  readonly #listeners = new Set<(change: WorkloadChange) => void>();
  readonly #arbiter: CardArbiter;
  readonly #bootId: string;
  #changeCount = 0;

  /** `bootId` is new for each start of an executor: changes are numbered behind it. */
  constructor(arbiter: CardArbiter, bootId: string) {
    this.#arbiter = arbiter;
    this.#bootId = bootId;
  }

  /** Writes a new workload in, as it stands, without telling anybody. */
  enter(workload: Workload): void {
    if (this.#workloads.has(workload.workloadId)) throw new InvariantError(`${workload.workloadId} is entered twice`);
    this.#workloads.set(workload.workloadId, workload);
    this.#logs.set(workload.workloadId, new LogTail());
  }

  /** Applies an event and tells the watchers; gives the workload as it stands then. Ignored events tell nothing. */
  apply(workloadId: string, event: WorkloadEvent, news: News = {}): Workload {
    const before = this.#workloads.get(workloadId);
    if (before === undefined) throw new InvariantError(`${workloadId} is not in the book`);
    const state = nextState(before.state, event);
    if (state === 'ignored') return before;
    const workload = { ...before, ...news, state };
    this.#workloads.set(workloadId, workload);
    if (!holdsCards(state)) this.#arbiter.release(workloadId);
    this.#forgetOldest();
    this.#tell(workload);
    return workload;
  }

  get(workloadId: string): Workload | undefined {
    return this.#workloads.get(workloadId);
  }

  /** The workload, or the Fault that nobody knows it. */
  find(workloadId: string): Workload | ExecutorFault {
    return this.#workloads.get(workloadId) ?? unknownWorkload(workloadId);
  }

  /** Adds a line to the log of a workload; one that was forgotten meanwhile has none. */
  write(workloadId: string, line: string): void {
    this.#logs.get(workloadId)?.add(line);
  }

  /** What a workload wrote from a line on, or the Fault that nobody knows it. */
  logs(workloadId: string, fromLine?: number): LogPart | ExecutorFault {
    return this.#logs.get(workloadId)?.part(fromLine) ?? unknownWorkload(workloadId);
  }

  /** The last lines of a workload; none where nobody knows it. */
  lines(workloadId: string): readonly string[] {
    return this.#logs.get(workloadId)?.lines() ?? [];
  }

  all(): readonly Workload[] {
    return [...this.#workloads.values()];
  }

  watch(listener: (change: WorkloadChange) => void): Unsubscribe {
    // Wrapped, so that one function that watches twice is told twice and can leave once.
    const own = (change: WorkloadChange) => listener(change);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  #tell(workload: Workload): void {
    this.#changeCount += 1;
    const change = { changeId: `${this.#bootId}-${this.#changeCount}`, workload };
    for (const listener of this.#listeners) listener(change);
  }

  #forgetOldest(): void {
    const ended = this.all().filter(({ state }) => isFinal(state) && !holdsCards(state));
    for (const { workloadId } of ended.slice(0, Math.max(0, ended.length - ENDED_MAX))) {
      this.#workloads.delete(workloadId);
      this.#logs.delete(workloadId);
    }
  }
}

/** The refusal of a start under an id that was used already. */
export function existingWorkload(workloadId: string): ExecutorFault {
  return executorFault('workload-exists', {
    what: `The workload ${workloadId} is not started again.`,
    why: 'A workload of this id was started here already.',
    mend: 'Start it under a new id.',
  });
}

/** The refusal of a start after the executor was closed. */
export function closedExecutor(workloadId: string): ExecutorFault {
  return executorFault('executor-closed', {
    what: `The workload ${workloadId} is not started.`,
    why: 'The executor is closed.',
    mend: 'Start Rerig again.',
  });
}

function unknownWorkload(workloadId: string): ExecutorFault {
  return executorFault('workload-unknown', {
    what: `There is no workload ${workloadId}.`,
    why: 'It was never started here, or it ended long ago.',
    mend: 'Ask for the list of workloads.',
  });
}

import { InvariantError } from '@rerig/domain/fault';
import { holdsCards, isFinal, nextState, type WorkloadEvent, type WorkloadState } from '@rerig/domain/workloads';
import type { CardArbiter } from './card-arbiter.ts';
import { type ExecutorFault, executorFault } from './faults.ts';
import { LogTail } from './log-tail.ts';
import type { LogPart, Unsubscribe, Workload, WorkloadChange } from './port.ts';

/** Workloads that have ended and are still listed; the oldest are forgotten first. */
const ENDED_MAX = 200;

/** What an event adds to what is known of a workload. */
export type News = Partial<Pick<Workload, 'announced' | 'fault' | 'exitCode' | 'cardIds' | 'places' | 'restartCount'>>;

/** Every workload as it stands, moved on by the lifecycle alone; gives cards back when a state holds them no more. */
export class WorkloadBook {
  readonly #workloads = new Map<string, Workload>();
  readonly #logs = new Map<string, LogTail>();
  readonly #listeners = new Set<(change: WorkloadChange) => void>();
  readonly #arbiter: CardArbiter;
  readonly #bootId: string;
  readonly #onForget: (workloadId: string) => void;
  #changeCount = 0;

  /** `bootId` is new for each start of an executor: changes are numbered behind it. */
  constructor(arbiter: CardArbiter, bootId: string, onForget: (workloadId: string) => void = () => undefined) {
    this.#arbiter = arbiter;
    this.#bootId = bootId;
    this.#onForget = onForget;
  }

  /** Writes a workload in, as it stands, without telling anybody. `log`: what was kept of it. */
  enter(workload: Workload, log: LogTail = new LogTail()): void {
    if (this.#workloads.has(workload.workloadId)) throw new InvariantError(`${workload.workloadId} is entered twice`);
    this.#workloads.set(workload.workloadId, workload);
    this.#logs.set(workload.workloadId, log);
  }

  /** Takes out a workload whose start was refused, as if it had never been asked for. */
  strike(workloadId: string): void {
    this.#workloads.delete(workloadId);
    this.#logs.delete(workloadId);
    this.#arbiter.release(workloadId);
  }

  /**
   * Applies an event and tells the watchers; gives the workload as it stands then. Ignored events tell nothing. `keep`
   * makes it last before anybody is told: nobody is told what a crash could take back.
   */
  apply(
    workloadId: string,
    event: WorkloadEvent,
    news: News = {},
    keep: (workload: Workload) => void = () => undefined,
  ): Workload {
    const before = this.#workloads.get(workloadId);
    if (before === undefined) throw new InvariantError(`${workloadId} is not in the book`);
    const state = nextState(before.state, event);
    if (state === 'ignored') return before;
    const workload = { ...keptOf(before, event, state), ...news, state };
    this.#workloads.set(workloadId, workload);
    if (!holdsCards(state)) this.#arbiter.release(workloadId);
    keep(workload);
    this.#tell(workload);
    this.#forgetOldest();
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

  /** Counts lines of its log that nobody keeps. */
  skip(workloadId: string, lineCount: number): void {
    this.#logs.get(workloadId)?.skip(lineCount);
  }

  /** Whether who follows its log should be waited for before more is written to it. */
  isFollowerBehind(workloadId: string): boolean {
    return this.#logs.get(workloadId)?.isFollowerBehind ?? false;
  }

  /** How many lines a workload has written. */
  lineCount(workloadId: string): number {
    return this.#logs.get(workloadId)?.lineCount ?? 0;
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
      this.#onForget(workloadId);
    }
  }
}

/** What stays true of a workload after an event: of an earlier run, a later one keeps neither its cards nor its words. */
function keptOf(before: Workload, event: WorkloadEvent, state: WorkloadState): Workload {
  const { announced, exitCode, fault, ...lasting } = before;
  if (event === 'placed') return lasting;
  if (state === 'queued' || state === 'preempted') return { ...lasting, cardIds: [], places: [] };
  return before;
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

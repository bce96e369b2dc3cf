import type { Fault } from '@rerig/domain/fault';
import type { WorkloadState } from '@rerig/domain/workloads';

/** What is to run, on which cards, and for how long it is waited for. */
export interface WorkloadSpec {
  /** Made by the caller, new for each start: 1 to 100 letters, digits, `.`, `_` and `-`. */
  readonly workloadId: string;
  readonly kind: 'replica';
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly string[];
  /** Added to the little that every workload gets (PATH, HOME, …). What assigns cards is set by the executor, last. */
  readonly environment: Readonly<Record<string, string>>;
  /** All are held, or none. Empty for what computes elsewhere and is only watched from here. */
  readonly cardIds: readonly string[];
  /** How long it may take until it says that it is ready: 1 ms to 24 h. Past it, it is ended and has failed. */
  readonly readyWithinMs: number;
  /** How long it gets to end by itself when stopped: 0 to 10 min. Past it, it is killed with all that it started. */
  readonly stopWithinMs: number;
  /** A folder that exists. */
  readonly workingFolder: string;
}

/** A workload as it stands. */
export interface Workload {
  readonly workloadId: string;
  readonly kind: WorkloadSpec['kind'];
  readonly cardIds: readonly string[];
  readonly state: WorkloadState;
  /** What it said of itself when it became ready (`listen`, `model`, …): unchecked, for the caller to parse. */
  readonly announced?: Readonly<Record<string, unknown>>;
  /** Why it failed or is lost; its own words, where it gave some. */
  readonly fault?: Fault;
}

/** Word of a change. Each change has one, in order; the same workload as after the change. */
export interface WorkloadChange {
  /** Unique over all executors and starts of them: applying it twice can be told by it. */
  readonly changeId: string;
  readonly workload: Workload;
}

/** Ends a watch; calling it again does nothing. */
export type Unsubscribe = () => void;

/** Who runs on a card now, `null` for nobody. */
export interface CardHolding {
  readonly cardId: string;
  readonly workloadId: string | null;
}

/** What an executor can do. Callers ask this, never which adapter it is. */
export interface ExecutorCapabilities {
  /** What stands between a workload and the machine. A stranger's code never runs at `process`. */
  readonly isolation: 'process' | 'container' | 'vm';
  readonly kinds: readonly WorkloadSpec['kind'][];
  /** Whether a workload may be ended for one of higher priority, and goes on after it. */
  readonly canPreempt: boolean;
  /** Whether workloads wait in a queue while their cards are held; else the start is refused. */
  readonly canQueue: boolean;
}

/** What starts workloads on cards: the only thing that does. Refusals are Faults; nothing throws but broken code. */
export interface Executor {
  readonly capabilities: ExecutorCapabilities;
  /**
   * Starts a workload and gives it as it stands then, `starting` or `queued`: that it is ready, or has failed, is told
   * to those who watch. Refuses with a Fault, and without a trace, what can't start: `card-busy`, `card-unknown`,
   * `workload-exists`, `workload-invalid`, `start-failed`, `executor-closed`.
   */
  start(spec: WorkloadSpec): Promise<Workload | Fault>;
  /**
   * Stops a workload and gives it once it has ended: within `stopWithinMs` and a few seconds. As often as one likes: one
   * that has ended already is given as it stands. A Fault, `workload-unknown`, for one that was never started here.
   */
  stop(workloadId: string): Promise<Workload | Fault>;
  /** All that hold cards, and the last of those that have ended. */
  list(): Promise<readonly Workload[]>;
  /** Tells each change from now on. The listener must not throw. */
  watch(listener: (change: WorkloadChange) => void): Unsubscribe;
  /** The last lines that it wrote, oldest first: a bounded tail. */
  logs(workloadId: string): Promise<readonly string[] | Fault>;
  /** Every card, and who holds it. */
  cards(): Promise<readonly CardHolding[]>;
  /** Stops every workload, then starts nothing more. As often as one likes. */
  close(): Promise<void>;
}

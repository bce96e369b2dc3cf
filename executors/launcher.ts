import type { Fault } from '@rerig/domain/fault';
import type { ExecutorFault } from './faults.ts';
import type { RankPlace, WorkloadSpec } from './port.ts';

/** One run of a workload: what is started, and where. */
export interface LaunchOrder {
  readonly spec: WorkloadSpec;
  readonly places: readonly RankPlace[];
  /** Runs before this one. */
  readonly restartCount: number;
  /** One for each rank, new for each run. */
  readonly runIds: readonly string[];
}

/** How a run has ended, with all its ranks. */
export interface LaunchEnd {
  /** Absent: not known. */
  readonly exitCode?: number;
  /** Why it ended in an error; absent: it ended without one. */
  readonly fault?: Fault;
  /**
   * Who ended it. `itself`: another try may do better. `limit`: another try ends the same. `unseen`: it ended, or was never
   * begun, while nobody watched, as when the machine lost its power.
   */
  readonly by: 'itself' | 'limit' | 'unseen';
}

/** What hears a run. Nothing is told after `ended`. */
export interface LaunchListener {
  /** A line for its log. */
  line(text: string): void;
  /** Lines that it wrote and nobody keeps any longer. */
  skipped(lineCount: number): void;
  /** Whether lines that can wait, as they are kept elsewhere, should. */
  isBehind(): boolean;
  /** It says that it is ready. */
  ready(announced: Readonly<Record<string, unknown>>): void;
  /** It says that it has failed, and will end. */
  failed(fault: Fault | undefined): void;
  /** All its ranks, and all that they started, have ended. */
  ended(end: LaunchEnd): void;
  /** Nobody can say any longer whether it runs. */
  lost(fault: Fault): void;
}

/** A run that goes on. */
export interface LaunchedRun {
  /** Tells it that it is to make room until then, and asks it to end once it can read that. */
  giveNotice(endsAtMs: number): Promise<void>;
  /** Asks it to end, by SIGTERM to the first process of each rank. */
  askToEnd(): void;
  /** Ends it and all that it started; false where something of it runs on. */
  kill(): Promise<boolean>;
  /** Stops hearing it, and leaves it running. */
  letGo(): void;
}

/** What starts the ranks of a workload on cards that are claimed for it. */
export interface Launcher {
  /** Starts all ranks or none; a Fault where it can't. */
  launch(order: LaunchOrder, listener: LaunchListener): Promise<LaunchedRun | ExecutorFault>;
  /** Takes up a run of an earlier start of us; one that has ended meanwhile is told to have ended, soon. */
  attach(order: LaunchOrder, listener: LaunchListener): Promise<LaunchedRun>;
  /** Removes what is left of a run that has ended. */
  clean(order: LaunchOrder): void;
}

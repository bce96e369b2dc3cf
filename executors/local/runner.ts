import type { ObservedCard } from '@rerig/domain/inventory';
import type { ExecutorFault } from '../faults.ts';
import type { Confinement, WorkloadLimits } from '../port.ts';

/** One rank's run: what a runner starts. */
export interface RunOrder {
  /** New for each run of each rank, 16 characters and more: all that the run starts is marked by it, so that it is found again. */
  readonly runId: string;
  readonly workloadId: string;
  readonly rank: number;
  readonly command: readonly string[];
  /** Whole: cards and ranks are in it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly cards: readonly ObservedCard[];
  readonly confinement: Confinement;
  readonly limits: WorkloadLimits;
  readonly workingFolder: string;
  /** Folders beside the working folder that it may write: its output, its notice. They exist. */
  readonly writableFolders: readonly string[];
  /** Where the runner keeps what outlives us: the log, the exit status. It exists, and is this run's own. */
  readonly runFolder: string;
  /** Whether it goes on when we are gone; else it ends with us. */
  readonly survivesUs: boolean;
}

/** How a run has ended. `unknown`: while nobody watched, and nothing has kept it. */
export type RunEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'limit'; readonly limit: keyof WorkloadLimits }
  | { readonly kind: 'unknown' };

/** What hears a run. Both streams are told by lines without their end, bounded in length. */
export interface RunListener {
  output(line: string): void;
  error(line: string): void;
  /** So many lines were written before the next one, and are no longer kept anywhere. */
  skipped(lineCount: number): void;
  /** Whether lines that can wait, as they are kept elsewhere, should. Absent: never. */
  isBehind?(): boolean;
}

/** A run that was started, or found again. */
export interface Run {
  readonly runId: string;
  /** Asks it to end, by SIGTERM to its first process. */
  askToEnd(): void;
  /** Ends it and all that it started; false where something of it still runs 5 s later. */
  kill(): Promise<boolean>;
  /** Resolves once it and all that it started have ended. */
  readonly ended: Promise<RunEnd>;
  /** Stops hearing it, and leaves it running. */
  letGo(): void;
}

/** Starts runs of one tier on this machine, and finds them again by their identity, never by a name. */
export interface Runner {
  /** Gives a Fault, and leaves nothing behind, where it can't start: `tier-missing`, `image-missing`, `start-failed`. */
  start(order: RunOrder, listener: RunListener): Promise<Run | ExecutorFault>;
  /**
   * Takes up a run that an earlier start of us began. What it has written is told again from the first line that is kept,
   * so that whoever listens counts lines as before. `RunEnd` where it has ended, once the kept lines are told: `unknown`
   * also for a run that never began. A Fault where nobody can say: it may run.
   */
  attach(order: RunOrder, listener: RunListener): Promise<Run | RunEnd | ExecutorFault>;
  /** Removes what is left of a run that has ended, but for its run folder. A run that never began: does nothing. */
  forget(order: RunOrder): Promise<void>;
}

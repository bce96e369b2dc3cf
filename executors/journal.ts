import type { Fault } from '@rerig/domain/fault';
import type { ExecutorFault } from './faults.ts';
import type { LogPart, Workload, WorkloadSpec } from './port.ts';

/** Who wants the end of a run. The first of these decides what is said of it; a stop comes before all. */
export type EndReason =
  | { readonly kind: 'stop' }
  | { readonly kind: 'preempt' }
  | { readonly kind: 'fault'; readonly fault: Fault; readonly mayRestart: boolean };

/** What is kept of a workload, so that another start of the executor takes it up where this one left it. */
export interface JournalEntry {
  readonly spec: WorkloadSpec;
  readonly workload: Workload;
  /** When it was first asked for, ms since the epoch: of two of one priority, the older goes first. */
  readonly enteredAtMs: number;
  /** When its current run was running or ready; null where it is not. */
  readonly beganAtMs: number | null;
  /** How often it ended in an error by itself, and was started again. */
  readonly failureCount: number;
  /** Of its current run, by rank. */
  readonly runIds: readonly string[];
  /** Why its current run is being ended; absent where it is not. */
  readonly ending?: EndReason;
  /** Lines of its log before its current run. */
  readonly linesBefore: number;
  /** The last lines of its log, once it has ended. */
  readonly log?: LogPart;
}

/** Where entries are kept. */
export interface Journal {
  /** Keeps an entry before what it tells of is done. A Fault where it can't be kept. */
  keep(entry: JournalEntry): ExecutorFault | null;
  forget(workloadId: string): void;
}

/** Keeps nothing: for executors whose workloads end with them. */
export const emptyJournal: Journal = { keep: () => null, forget: () => undefined };

import type { Executor } from '@rerig/executors/port';

/** What a door is made of. */
export interface DoorOptions {
  readonly executor: Executor;
  readonly executorKind: 'local' | 'slurm' | 'fake';
  /** Where it listens: a unix socket, 103 bytes at most, in a folder that this user alone enters. */
  readonly socketPath: string;
  /** Where what was asked for is kept. */
  readonly askedFolder: string;
  /** Of the program, as it is shown. */
  readonly version: string;
  /**
   * Ends what stands behind the door, all but what survives its executor, and resolves once another program may open the
   * executor. Absent: the door is not given up.
   */
  readonly giveUp?: () => Promise<void>;
  /** The machine's own where absent. */
  readonly nowMs?: () => number;
}

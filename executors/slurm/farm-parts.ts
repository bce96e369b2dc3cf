import type { CardHolds } from './card-holds.ts';
import type { FarmPoll } from './farm-poll.ts';
import type { JobKeeper } from './job-keeper.ts';
import type { RecordBook } from './record-book.ts';
import type { RigWatch } from './rig-watch.ts';
import type { RunLogs } from './run-logs.ts';
import type { Strays } from './strays.ts';
import type { SubmitParts } from './submit-job.ts';

/** All that an open executor is made of. */
export interface FarmParts extends SubmitParts {
  readonly book: RecordBook;
  readonly logs: RunLogs;
  readonly keeper: JobKeeper;
  readonly rigWatch: RigWatch;
  readonly strays: Strays;
  readonly holds: CardHolds;
  readonly poll: FarmPoll;
  /** Lets go of everything; workloads go on. */
  close(): Promise<void>;
}

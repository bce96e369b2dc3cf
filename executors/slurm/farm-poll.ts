import { isFault } from '@rerig/domain/fault';
import { holdsCards } from '@rerig/domain/workloads';
import type { CardHolds } from './card-holds.ts';
import { HeldJobs } from './held-jobs.ts';
import type { JobKeeper } from './job-keeper.ts';
import type { RecordBook } from './record-book.ts';
import type { RigWatch } from './rig-watch.ts';
import type { RunLogs } from './run-logs.ts';
import type { SlurmCommands } from './slurm-commands.ts';
import type { Strays } from './strays.ts';

/** Events are pushed; what was missed is found by asking for the list of jobs: 62 ms for 2,500 of them. */
const POLL_EVERY_MS = 2000;
/** Rigs are asked for at every second poll. */
const RIGS_EVERY = 2;
/** How long a workload that waits is thought to get the cards that were free when it came. */
const EXPECTED_MS = 10_000;

/** What a poll works with. */
export interface PollParts {
  readonly book: RecordBook;
  readonly logs: RunLogs;
  readonly commands: SlurmCommands;
  readonly keeper: JobKeeper;
  readonly rigWatch: RigWatch;
  readonly strays: Strays;
  readonly holds: CardHolds;
}

/** The safety net below the pushed events: looks at the jobs whose state has changed since it looked last. One at a time. */
export class FarmPoll {
  readonly #parts: PollParts;
  readonly #timer: NodeJS.Timeout;
  readonly #held: HeldJobs;
  #seen: ReadonlyMap<number, string> = new Map();
  #running: Promise<void> | undefined;
  #count = 0;

  constructor(parts: PollParts) {
    this.#parts = parts;
    this.#held = new HeldJobs(parts.book, parts.commands, parts.strays);
    this.#timer = setInterval(() => void this.poll(), POLL_EVERY_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  poll(): Promise<void> {
    this.#running ??= this.#poll().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #poll(): Promise<void> {
    const { book, logs, rigWatch } = this.#parts;
    this.#count += 1;
    book.saveAgain();
    logs.save();
    logs.forgetOthers((workloadId) => book.get(workloadId) !== undefined);
    this.#endExpectations();
    if (this.#count % RIGS_EVERY === 0) await rigWatch.refresh();
    await this.#pollJobs();
  }

  async #pollJobs(): Promise<void> {
    const { book, commands, keeper, strays, holds } = this.#parts;
    const asked = book.open().filter(({ jobId }) => jobId !== null);
    const jobs = await commands.jobs();
    if (isFault(jobs)) return;
    const listed = new Map(jobs.map(({ jobId, state, startedAt }) => [jobId, `${state} ${startedAt}`]));
    const changed = asked.filter(({ jobId, workload }) => {
      if (jobId === null || isSame(this.#seen.get(jobId), listed.get(jobId))) return false;
      return holdsCards(workload.state) || listed.get(jobId)?.startsWith('PENDING ') !== true;
    });
    this.#seen = listed;
    for (const { workload } of changed) await keeper.look(workload.workloadId);
    await this.#held.release(jobs);
    await strays.sweep(jobs);
    await holds.follow(jobs);
  }

  #endExpectations(): void {
    const { book } = this.#parts;
    for (const { workload, expected, enteredAtMs } of book.open()) {
      if (expected.length > 0 && Date.now() - enteredAtMs > EXPECTED_MS)
        book.note(workload.workloadId, { expected: [] });
    }
  }
}

/** A job that is in neither list has been forgotten by Slurm: that is a change as long as its workload has not ended. */
function isSame(before: string | undefined, after: string | undefined): boolean {
  return after !== undefined && before === after;
}

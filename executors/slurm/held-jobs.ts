import { isFault } from '@rerig/domain/fault';
import { launchFailedFault } from './end-faults.ts';
import type { RecordBook } from './record-book.ts';
import type { ListedJob, SlurmCommands } from './slurm-commands.ts';
import type { Strays } from './strays.ts';

/** Slurm's word for a job that a rig could not start, as where the disk of its slurmd is full: held until somebody releases it. */
const HELD_REASON = 'launch failed requeued held';
/** Slurm takes a rig out whose disk is full; one that stays in for another reason is tried no more often. */
const RELEASES_MAX = 5;

/** Jobs of ours that Slurm holds because a rig could not start them: they are let go, to other rigs, and given up in the end. */
export class HeldJobs {
  readonly #book: RecordBook;
  readonly #commands: SlurmCommands;
  readonly #strays: Strays;
  readonly #releaseCounts = new Map<number, number>();

  constructor(book: RecordBook, commands: SlurmCommands, strays: Strays) {
    this.#book = book;
    this.#commands = commands;
    this.#strays = strays;
  }

  async release(jobs: readonly ListedJob[]): Promise<void> {
    const listed = new Set(jobs.map(({ jobId }) => jobId));
    for (const jobId of this.#releaseCounts.keys()) if (!listed.has(jobId)) this.#releaseCounts.delete(jobId);
    for (const { jobId, reason } of jobs) if (reason === HELD_REASON) await this.#release(jobId);
  }

  async #release(jobId: number): Promise<void> {
    const workloadId = this.#book.byJob(jobId)?.workload.workloadId;
    if (workloadId === undefined) return;
    const count = this.#releaseCounts.get(jobId) ?? 0;
    if (count < RELEASES_MAX) {
      if (!isFault(await this.#commands.release(jobId))) this.#releaseCounts.set(jobId, count + 1);
      return;
    }
    this.#book.apply(workloadId, 'failed', { fault: launchFailedFault(workloadId, count + 1) });
    this.#strays.add(jobId, workloadId);
  }
}

import { isFinal } from '@rerig/domain/workloads';
import type { RecordBook } from './record-book.ts';
import type { SlurmRest } from './rest/slurm-rest.ts';
import type { ListedJob } from './slurm-commands.ts';
import { jobNameOf } from './submit-job.ts';

/** Jobs seen so often without a workload of ours are strays: one seen once may be in the middle of its submission. */
const SEEN_MIN = 3;

/** Jobs in Slurm that carry our name and whose workload has ended, or that nobody knows: they are cancelled. */
export class Strays {
  readonly #rest: SlurmRest;
  readonly #book: RecordBook;
  readonly #prefix: string;
  readonly #seenCounts = new Map<number, number>();

  constructor(rest: SlurmRest, book: RecordBook, executorId: string) {
    this.#rest = rest;
    this.#book = book;
    this.#prefix = jobNameOf(executorId, '');
  }

  /** One that is known to be none of ours any more: cancelled at the next look. */
  add(jobId: number, _workloadId: string): void {
    this.#seenCounts.set(jobId, SEEN_MIN);
  }

  async sweep(jobs: readonly ListedJob[]): Promise<void> {
    const open = jobs.filter(({ name, state }) => name.startsWith(this.#prefix) && !ENDED.test(state));
    const listed = new Set(open.map(({ jobId }) => jobId));
    for (const jobId of this.#seenCounts.keys()) if (!listed.has(jobId)) this.#seenCounts.delete(jobId);
    for (const { jobId, name } of open) {
      const record = this.#book.get(name.slice(this.#prefix.length));
      const isOurs = record !== undefined && !isFinal(record.workload.state) && (record.jobId ?? jobId) === jobId;
      if (isOurs) this.#seenCounts.delete(jobId);
      else {
        const seenCount = (this.#seenCounts.get(jobId) ?? 0) + 1;
        this.#seenCounts.set(jobId, seenCount);
        if (seenCount >= SEEN_MIN) await this.#rest.cancel(jobId);
      }
    }
  }
}

const ENDED = /^(COMPLETED|COMPLETING|FAILED|CANCELLED|TIMEOUT|NODE_FAIL|OUT_OF_MEMORY|BOOT_FAIL|DEADLINE|PREEMPTED)$/;

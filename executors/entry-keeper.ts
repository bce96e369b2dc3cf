import { isFault } from '@rerig/domain/fault';
import type { ExecutorFault } from './faults.ts';
import type { EndReason, Journal, JournalEntry } from './journal.ts';
import type { WorkloadBook } from './workload-book.ts';

/** Keeps the journal's entry of each workload that has not ended at what the book says of it. */
export class EntryKeeper {
  readonly #journal: Journal;
  readonly #book: WorkloadBook;
  readonly #entries = new Map<string, JournalEntry>();

  constructor(journal: Journal, book: WorkloadBook) {
    this.#journal = journal;
    this.#book = book;
  }

  get(workloadId: string): JournalEntry | undefined {
    return this.#entries.get(workloadId);
  }

  /** Takes an entry as it was found in the journal. */
  takeUp(entry: JournalEntry): void {
    this.#entries.set(entry.spec.workloadId, entry);
  }

  /** Keeps an entry, with the last of what earlier runs have written; a Fault where the journal does not take it. */
  keep(entry: JournalEntry): ExecutorFault | null {
    const { spec, linesBefore } = entry;
    const earlier = { lines: this.#book.lines(spec.workloadId), nextLine: linesBefore, missedCount: 0 };
    const whole = entry.log !== undefined || linesBefore === 0 ? entry : { ...entry, log: earlier };
    const fault = this.#journal.keep(whole);
    if (fault === null) this.#entries.set(spec.workloadId, whole);
    return fault;
  }

  /** That it is ready or running, and since when. Where that can't be kept, its clock begins anew after a crash. */
  keepBegan(workloadId: string): void {
    this.#keepChanged(workloadId, { beganAtMs: Date.now() });
  }

  /** Its state. Where that can't be kept, the next start finds out anew. */
  keepState(workloadId: string): void {
    this.#keepChanged(workloadId, {});
  }

  /** That its run is being ended, and why: before it is asked to. Where that can't be kept, its end counts as its own. */
  keepEnding(workloadId: string, ending: EndReason): void {
    this.#keepChanged(workloadId, { ending });
  }

  /** Its end, with the last of its log. Where that can't be kept, the next start finds its run ended. */
  keepEnd(workloadId: string): void {
    const log = this.#book.logs(workloadId);
    if (!isFault(log)) this.#keepChanged(workloadId, { log, runIds: [] });
    this.#entries.delete(workloadId);
  }

  /** As if it had never been asked for. */
  strike(workloadId: string): void {
    this.#entries.delete(workloadId);
    this.#journal.forget(workloadId);
  }

  #keepChanged(workloadId: string, change: Partial<JournalEntry>): void {
    const entry = this.#entries.get(workloadId);
    const workload = this.#book.get(workloadId);
    if (entry !== undefined && workload !== undefined) this.keep({ ...entry, ...change, workload });
  }
}

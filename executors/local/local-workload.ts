import type { Fault } from '@rerig/domain/fault';
import type { WorkloadSpec } from '../port.ts';
import type { WorkloadBook } from '../workload-book.ts';
import { exitedFault, notReadyFault, unkillableFault } from './exit-fault.ts';
import { parseWorkloadMessage } from './workload-message.ts';
import type { ProcessEnd, WorkloadProcess } from './workload-process.ts';

/** One workload while its process runs: hears what it says, holds it to its deadline, and ends it. */
export class LocalWorkload {
  readonly #spec: WorkloadSpec;
  readonly #process: WorkloadProcess;
  readonly #book: WorkloadBook;
  readonly #deadline: NodeJS.Timeout;
  /** Resolves once the book has its end. */
  readonly #concluded: Promise<void>;
  #ending: Promise<void> | undefined;
  #fault: Fault | undefined;

  constructor(spec: WorkloadSpec, process: WorkloadProcess, book: WorkloadBook, onEnd: () => void) {
    this.#spec = spec;
    this.#process = process;
    this.#book = book;
    this.#deadline = setTimeout(() => this.#failLate(), spec.readyWithinMs);
    this.#concluded = process.ended.then((end) => {
      clearTimeout(this.#deadline);
      this.#conclude(end);
      onEnd();
    });
  }

  /** Takes a line of stdout: word of its state, or a line for the log. */
  hear(line: string): void {
    const message = parseWorkloadMessage(line);
    switch (message?.event) {
      case 'loading':
        return;
      case 'ready':
        clearTimeout(this.#deadline);
        this.#book.apply(this.#spec.workloadId, 'became-ready', { announced: message.announced });
        return;
      case 'failed':
        clearTimeout(this.#deadline);
        this.#fault ??= message.fault;
        this.#ending ??= this.#end(() => this.#process.awaitEnd(this.#spec.stopWithinMs));
        return;
      default:
        this.#book.write(this.#spec.workloadId, line);
    }
  }

  /** Ends it, and resolves once the book has its end. */
  async stop(): Promise<void> {
    clearTimeout(this.#deadline);
    this.#book.apply(this.#spec.workloadId, 'stop-asked');
    this.#ending ??= this.#end(() => this.#process.end(this.#spec.stopWithinMs));
    await this.#ending;
  }

  #failLate(): void {
    this.#fault ??= notReadyFault(this.#spec, this.#lines());
    this.#ending ??= this.#end(() => this.#process.end(this.#spec.stopWithinMs));
  }

  async #end(act: () => Promise<boolean>): Promise<void> {
    const hasEnded = await act();
    if (hasEnded) return this.#concluded;
    const fault = unkillableFault(this.#spec.workloadId, this.#process.identity?.pid);
    this.#book.apply(this.#spec.workloadId, 'contact-lost', { fault });
  }

  #conclude(end: ProcessEnd): void {
    const { workloadId } = this.#spec;
    const state = this.#book.get(workloadId)?.state;
    // A crash of what is being stopped is no failure of it; the exit before it was ready is one, whatever its code.
    if (state === 'stopping') this.#book.apply(workloadId, 'ended');
    else if (this.#fault === undefined && end.exitCode === 0 && state !== 'starting') {
      this.#book.apply(workloadId, 'ended');
    } else {
      const fault = this.#fault ?? exitedFault(workloadId, end, this.#lines());
      this.#book.apply(workloadId, 'failed', { fault });
    }
  }

  #lines(): readonly string[] {
    return this.#book.lines(this.#spec.workloadId);
  }
}

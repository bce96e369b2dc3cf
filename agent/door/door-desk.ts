import { EventEmitter } from 'node:events';
import type { LogRecord, WorkloadRequest, WorkloadView } from '@rerig/api/agent';
import { type Fault, isFault } from '@rerig/domain/fault';
import { holdsCards, isFinal } from '@rerig/domain/workloads';
import type { Executor, Unsubscribe, Workload } from '@rerig/executors/port';
import type { AskedBook } from './asked-book.ts';
import { type DoorFault, doorFault } from './faults.ts';
import { logRecords } from './log-records.ts';
import { fromWireRequest, toWireWorkload } from './wire-workload.ts';

/** Logs that are read at once. */
const READERS_MAX = 200;
/** Workloads that have ended and whose last word is kept for those who read their logs. */
const ENDED_MAX = 1000;

/** What stands behind the door's routes: the executor, the book, and everybody who follows a workload. */
export class DoorDesk {
  readonly executor: Executor;
  readonly #book: AskedBook;
  readonly #nowMs: () => number;
  readonly #workloads = new Map<string, Workload>();
  readonly #changes = new EventEmitter<{ change: [string]; end: [] }>();
  readonly #unsubscribe: Unsubscribe;
  #isClosed = false;
  #readerCount = 0;
  #openCount = 0;
  #lastEventAtMs: number;

  private constructor(executor: Executor, book: AskedBook, nowMs: () => number) {
    this.executor = executor;
    this.#book = book;
    this.#nowMs = nowMs;
    this.#lastEventAtMs = nowMs();
    this.#changes.setMaxListeners(READERS_MAX * 2);
    this.#unsubscribe = executor.watch(({ workload }) => this.#hear(workload));
  }

  static async open(executor: Executor, book: AskedBook, nowMs: () => number): Promise<DoorDesk> {
    const desk = new DoorDesk(executor, book, nowMs);
    for (const workload of await executor.list()) {
      if (!desk.#workloads.has(workload.workloadId)) desk.#hear(workload);
    }
    return desk;
  }

  /** Answers that are under way. */
  get openCount(): number {
    return this.#openCount;
  }

  /** Ms since the epoch: when somebody last asked, or was answered, or a workload changed. */
  get lastEventAtMs(): number {
    return this.#lastEventAtMs;
  }

  /** Notes that somebody asks for something. */
  begin(): void {
    this.#openCount += 1;
    this.#lastEventAtMs = this.#nowMs();
  }

  /** Notes that an answer is out, or that nobody waits for it any more. */
  finish(): void {
    this.#openCount -= 1;
    this.#lastEventAtMs = this.#nowMs();
  }

  async start(request: WorkloadRequest): Promise<WorkloadView | Fault> {
    // In the book before it starts, so that no change comes before its words; what was there already stays.
    const isAsked = this.#book.find(request.workloadId).submittedAt !== undefined;
    if (!isAsked) this.#book.ask(request, this.#nowMs());
    const started = await this.executor.start(fromWireRequest(request));
    if (isFault(started)) {
      if (!isAsked) this.#book.forget(request.workloadId);
      return started;
    }
    // It may have changed meanwhile: what was heard last is newer than the answer.
    if (!this.#workloads.has(started.workloadId)) this.#hear(started);
    return this.#viewOf(this.#workloads.get(started.workloadId) ?? started);
  }

  async list(): Promise<readonly WorkloadView[]> {
    const workloads = await this.executor.list();
    this.#book.keepOnly(new Set(workloads.map(({ workloadId }) => workloadId)));
    return workloads.map((workload) => this.#viewOf(workload));
  }

  async find(workloadId: string): Promise<WorkloadView | Fault> {
    const workload = (await this.executor.list()).find((each) => each.workloadId === workloadId);
    return workload === undefined ? unknownWorkload(workloadId) : this.#viewOf(workload);
  }

  async stop(workloadId: string, withinMs: number | undefined): Promise<WorkloadView | Fault> {
    const stopped = await this.executor.stop(workloadId, withinMs);
    return isFault(stopped) ? stopped : this.#viewOf(stopped);
  }

  /** The log of a workload as it comes; a Fault where it is not known, or too many are read. */
  async read(
    workloadId: string,
    fromLine: number | undefined,
    isFollowing: boolean,
    reader: AbortSignal,
  ): Promise<AsyncGenerator<LogRecord> | Fault> {
    if (this.#readerCount >= READERS_MAX) return crowded();
    const known = await this.find(workloadId);
    if (isFault(known)) return known;
    const source = {
      executor: this.executor,
      view: () => {
        const workload = this.#workloads.get(workloadId);
        return workload === undefined ? undefined : this.#viewOf(workload);
      },
      nextChange: (waitMs: number) => this.#nextChange(workloadId, waitMs, reader),
      isOver: () => this.#isClosed || reader.aborted,
    };
    return this.#counted(logRecords(source, workloadId, fromLine, isFollowing));
  }

  close(): void {
    this.#isClosed = true;
    this.#unsubscribe();
    this.#changes.emit('end');
  }

  async *#counted(records: AsyncGenerator<LogRecord>): AsyncGenerator<LogRecord> {
    this.#readerCount += 1;
    try {
      yield* records;
    } finally {
      this.#readerCount -= 1;
    }
  }

  #hear(workload: Workload): void {
    const nowMs = this.#nowMs();
    this.#lastEventAtMs = nowMs;
    this.#book.hear(workload, nowMs);
    this.#workloads.delete(workload.workloadId);
    this.#workloads.set(workload.workloadId, workload);
    this.#forgetOldest();
    this.#changes.emit('change', workload.workloadId);
  }

  #forgetOldest(): void {
    if (this.#workloads.size <= ENDED_MAX) return;
    for (const [workloadId, { state }] of this.#workloads) {
      if (isFinal(state) && !holdsCards(state)) {
        this.#workloads.delete(workloadId);
        return;
      }
    }
  }

  #viewOf(workload: Workload): WorkloadView {
    return toWireWorkload(workload, this.#book, this.#nowMs());
  }

  #nextChange(workloadId: string, waitMs: number, reader: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, waitMs);
    const onChange = (changedId: string) => {
      if (changedId === workloadId) resolve();
    };
    const onEnd = () => resolve();
    this.#changes.on('change', onChange);
    this.#changes.once('end', onEnd);
    reader.addEventListener('abort', onEnd, { once: true });
    return promise.finally(() => {
      clearTimeout(timer);
      this.#changes.off('change', onChange);
      this.#changes.off('end', onEnd);
      reader.removeEventListener('abort', onEnd);
    });
  }
}

function unknownWorkload(workloadId: string): DoorFault {
  return doorFault('workload-unknown', {
    what: `There is no workload ${workloadId}.`,
    why: 'It was never started here, or it ended long ago.',
    mend: 'See what there is with "rerig ps --all".',
  });
}

function crowded(): DoorFault {
  return doorFault('door-crowded', {
    what: 'The log is not shown.',
    why: `${READERS_MAX} logs are read at this door already.`,
    mend: 'Close some of them, and ask again.',
  });
}

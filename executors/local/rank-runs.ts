import { isFault } from '@rerig/domain/fault';
import type { ExecutorFault } from '../faults.ts';
import type { LaunchEnd, LaunchedRun, LaunchListener, LaunchOrder } from '../launcher.ts';
import { unkillableFault } from '../workload-faults.ts';
import { exitedFault } from './exit-fault.ts';
import type { Run, RunEnd } from './runner.ts';
import { exitCodeOfSignal } from './signal-number.ts';

/** Lines of each rank that a fault may show. */
const LINES_KEPT = 10;

/** What ranks share beside their cards: their notice. */
export interface NoticeGiver {
  /** Resolves once it can be read, or soon where it can't be written. */
  give(endsAtMs: number): Promise<void>;
  /** Nobody needs it any longer. */
  end(): void;
}

/** The ranks of one run of a workload: if one fails, the others are ended, and the whole has failed. */
export class RankRuns implements LaunchedRun {
  readonly #order: LaunchOrder;
  readonly #listener: LaunchListener;
  readonly #notice: NoticeGiver;
  readonly #isTakenUp: boolean;
  readonly #runs = new Map<number, Run>();
  readonly #ends = new Map<number, RunEnd>();
  readonly #lastLines: string[] = [];
  #firstFailed: number | undefined;
  #isLetGo = false;

  /** `isTakenUp`: an earlier start of us began it. */
  constructor(order: LaunchOrder, listener: LaunchListener, notice: NoticeGiver, isTakenUp: boolean) {
    this.#isTakenUp = isTakenUp;
    this.#order = order;
    this.#listener = listener;
    this.#notice = notice;
  }

  /** Keeps a line of a rank for its fault. */
  remember(line: string): void {
    this.#lastLines.push(line);
    if (this.#lastLines.length > LINES_KEPT) this.#lastLines.shift();
  }

  /** Takes the runs, or ends, of all ranks; of one, it may be that nobody can say. */
  follow(runs: readonly (Run | RunEnd | ExecutorFault)[]): void {
    const unseen = runs.find((run) => isFault(run));
    if (unseen !== undefined) this.#listener.lost(unseen);
    for (const [rank, run] of runs.entries()) if ('runId' in run) this.#runs.set(rank, run);
    for (const [rank, run] of runs.entries()) {
      if ('runId' in run) void run.ended.then((end) => this.#hearEnd(rank, end));
      else if (!isFault(run)) this.#hearEnd(rank, run);
    }
  }

  async giveNotice(endsAtMs: number): Promise<void> {
    await this.#notice.give(endsAtMs);
    this.askToEnd();
  }

  askToEnd(): void {
    for (const run of this.#runs.values()) run.askToEnd();
  }

  async kill(): Promise<boolean> {
    const areGone = await Promise.all([...this.#runs.values()].map((run) => run.kill()));
    return areGone.every((isGone) => isGone);
  }

  letGo(): void {
    this.#isLetGo = true;
    for (const run of this.#runs.values()) run.letGo();
  }

  #hearEnd(rank: number, end: RunEnd): void {
    this.#runs.delete(rank);
    this.#ends.set(rank, end);
    if (this.#isLetGo) return;
    if (!isGood(end) && this.#firstFailed === undefined) {
      this.#firstFailed = rank;
      if (this.#runs.size > 0) void this.#endOthers();
    }
    if (this.#ends.size < this.#order.runIds.length) return;
    this.#notice.end();
    this.#listener.ended(this.#wholeEnd());
  }

  /** Without one of its members a gang only waits. */
  async #endOthers(): Promise<void> {
    const { stopWithinMs, workloadId } = this.#order.spec;
    this.askToEnd();
    const limit = Promise.withResolvers<void>();
    const timer = setTimeout(limit.resolve, stopWithinMs);
    await Promise.race([limit.promise, Promise.all([...this.#runs.values()].map(({ ended }) => ended))]);
    clearTimeout(timer);
    if (!(await this.kill())) this.#listener.lost(unkillableFault(workloadId));
  }

  #wholeEnd(): LaunchEnd {
    const end = this.#ends.get(this.#firstFailed ?? 0) ?? { kind: 'unknown' };
    const exitCode = exitCodeOf(end);
    const fault = this.#faultOf(end);
    return {
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(fault === null ? {} : { fault }),
      by: this.#byWhom(end),
    };
  }

  /** What was heard all the time and ended in a way that nobody saw has not ended with the machine. */
  #byWhom({ kind }: RunEnd): LaunchEnd['by'] {
    if (kind === 'limit') return 'limit';
    return kind === 'unknown' && this.#isTakenUp ? 'unseen' : 'itself';
  }

  #faultOf(end: RunEnd): ExecutorFault | null {
    const { spec, runIds } = this.#order;
    const who = runIds.length === 1 ? undefined : `Rank ${this.#firstFailed ?? 0}`;
    return exitedFault(spec.workloadId, end, this.#lastLines, who);
  }
}

function isGood(end: RunEnd): boolean {
  return end.kind === 'exited' && end.exitCode === 0;
}

function exitCodeOf(end: RunEnd): number | undefined {
  switch (end.kind) {
    case 'exited':
      return end.exitCode;
    case 'signalled':
      return exitCodeOfSignal(end.signal);
    case 'limit':
      return exitCodeOfSignal('SIGKILL');
    case 'unknown':
      return undefined;
  }
}

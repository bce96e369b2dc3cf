import { randomUUID } from 'node:crypto';
import type { Fault } from '@rerig/domain/fault';
import { holdsCards, isFinal } from '@rerig/domain/workloads';
import { type ArbiterCard, CardArbiter } from './card-arbiter.ts';
import { type Holder, neverFits } from './card-choice.ts';
import { CardDesk } from './card-desk.ts';
import { EntryKeeper } from './entry-keeper.ts';
import { type ExecutorFault, executorFault } from './faults.ts';
import { emptyJournal, type Journal, type JournalEntry } from './journal.ts';
import type { Launcher, LaunchOrder } from './launcher.ts';
import { LogTail } from './log-tail.ts';
import type {
  CardCapacity,
  DrainTarget,
  Executor,
  ExecutorCapabilities,
  LogPart,
  RankPlace,
  Unsubscribe,
  Workload,
  WorkloadChange,
  WorkloadSpec,
} from './port.ts';
import { checkAbility, checkSpec } from './spec-check.ts';
import { priorityOf, WAITING_MAX, type Waiting, WaitLine, wishOf } from './wait-line.ts';
import { closedExecutor, existingWorkload, WorkloadBook } from './workload-book.ts';
import { leftFault } from './workload-faults.ts';
import { type RunConclusion, WorkloadRun } from './workload-run.ts';

/** Runs of one workload: what is preempted or cut off more often than this is given up, as it would go round for ever. */
const RESTARTS_MAX = 10_000;

/** What a dispatcher is made of. */
export interface DispatcherOptions {
  readonly capabilities: ExecutorCapabilities;
  readonly cards: readonly ArbiterCard[];
  /** Rigs that take work without cards, also where they have none. */
  readonly rigIds: readonly string[];
  readonly launcher: Launcher;
  readonly journal?: Journal;
  /** Told when cards or rigs were taken out of service, or came back. */
  readonly onStanding?: (drained: ReturnType<CardArbiter['drained']>) => ExecutorFault | null;
  /** Called once all has ended. */
  readonly onClosed?: () => Promise<void>;
}

/**
 * Gives cards to workloads, in order of priority and age, and keeps account of each: what an executor is that starts them
 * itself. How a run is started and ended is its launcher's.
 */
export class Dispatcher implements Executor {
  readonly capabilities: ExecutorCapabilities;
  readonly #options: DispatcherOptions;
  readonly #arbiter: CardArbiter;
  readonly #book: WorkloadBook;
  readonly #line = new WaitLine();
  readonly #runs = new Map<string, WorkloadRun>();
  readonly #launching = new Map<string, Promise<unknown>>();
  readonly #desk: CardDesk;
  readonly #keeper: EntryKeeper;
  readonly #takenUp: (() => void)[] = [];
  #closing: Promise<void> | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.capabilities = options.capabilities;
    const { cards, rigIds, journal = emptyJournal } = options;
    this.#arbiter = new CardArbiter(cards, rigIds);
    this.#book = new WorkloadBook(this.#arbiter, randomUUID(), (workloadId) => journal.forget(workloadId));
    this.#keeper = new EntryKeeper(journal, this.#book);
    this.#desk = new CardDesk(this.#arbiter, () => this.#holders());
  }

  async start(spec: WorkloadSpec): Promise<Workload | Fault> {
    const { workloadId } = spec;
    if (this.#closing !== undefined) return closedExecutor(workloadId);
    const refusal = checkSpec(spec) ?? checkAbility(spec, this.capabilities);
    if (refusal !== null) return refusal;
    if (this.#book.get(workloadId) !== undefined) return existingWorkload(workloadId);
    const unfit = neverFits(workloadId, wishOf(spec), this.#desk.view());
    if (unfit !== null) return unfit;
    const waiting: Waiting = { spec, enteredAtMs: Date.now(), restartCount: 0, failureCount: 0 };
    const decision = this.#desk.decideLast(this.#line, waiting);
    if (decision.kind === 'place') return this.#startNow(waiting, decision.places);
    if (decision.kind === 'busy' && spec.whenBusy !== 'queue') return decision.fault;
    return this.#enqueue(waiting);
  }

  async stop(workloadId: string, withinMs?: number): Promise<Workload | Fault> {
    await this.#launching.get(workloadId);
    if (this.#line.take(workloadId) !== undefined) {
      this.#book.apply(workloadId, 'stop-asked', {}, () => this.#keeper.keepEnd(workloadId));
      this.#serveLine();
    }
    const run = this.#runs.get(workloadId);
    if (run !== undefined && this.#book.get(workloadId)?.state !== 'lost') {
      this.#book.apply(workloadId, 'stop-asked', {}, () => this.#keeper.keepState(workloadId));
      await run.stop(withinMs);
    }
    return this.#book.find(workloadId);
  }

  async list(): Promise<readonly Workload[]> {
    return this.#book.all();
  }

  watch(listener: (change: WorkloadChange) => void): Unsubscribe {
    return this.#book.watch(listener);
  }

  async logs(workloadId: string, fromLine?: number): Promise<LogPart | Fault> {
    return this.#book.logs(workloadId, fromLine);
  }

  async cards(): Promise<readonly CardCapacity[]> {
    return this.#arbiter.capacities();
  }

  async drain(target: DrainTarget, why: string): Promise<Fault | null> {
    return this.#arbiter.drain(target, why) ?? this.#tellStanding();
  }

  async resume(target: DrainTarget): Promise<Fault | null> {
    const fault = this.#arbiter.resume(target) ?? this.#tellStanding();
    this.#serveLine();
    return fault;
  }

  close(): Promise<void> {
    this.#closing ??= this.#stopAll();
    return this.#closing;
  }

  /** Takes cards out of service as they were before this start. What is no longer here is passed over. */
  takeUpStanding(drained: ReturnType<CardArbiter['drained']>): void {
    for (const { target, why } of drained) this.#arbiter.drain(target, why);
  }

  /** Takes up what an earlier start has left, oldest first. Those that can't run on are given as what they were. */
  async takeUp(entry: JournalEntry): Promise<void> {
    const { spec, workload, enteredAtMs, failureCount, linesBefore, log } = entry;
    const { workloadId } = spec;
    const tail = new LogTail(log === undefined ? linesBefore : log.nextLine - log.lines.length);
    for (const line of log?.lines ?? []) tail.add(line);
    this.#book.enter(workload, tail);
    // What is lost and has no run left has ended since then.
    if (isFinal(workload.state) && (workload.state !== 'lost' || entry.runIds.length === 0)) return;
    this.#keeper.takeUp(entry);
    if (!holdsCards(workload.state) && spec.survivesExecutor !== true) {
      this.#book.apply(workloadId, 'failed', { fault: leftFault(workloadId) }, () => this.#keeper.keepEnd(workloadId));
      return;
    }
    if (!holdsCards(workload.state)) {
      this.#line.add({ spec, enteredAtMs, failureCount, restartCount: workload.restartCount });
      return;
    }
    this.#claimHere(workload);
    const run = this.#makeRun({
      spec,
      places: workload.places,
      restartCount: workload.restartCount,
      runIds: entry.runIds,
    });
    this.#runs.set(workloadId, run);
    await run.attach(this.#options.launcher);
    if (spec.survivesExecutor === true) return void this.#takenUp.push(() => this.#goOn(run, entry));
    this.#book.apply(workloadId, 'stop-asked', {}, () => this.#keeper.keepState(workloadId));
    const stopped = run.stop();
    run.begin(entry.beganAtMs);
    await stopped;
  }

  /** Hears what was taken up, and serves those that wait: once somebody watches. */
  beginServing(): void {
    if (this.#closing !== undefined) return;
    for (const begin of this.#takenUp.splice(0)) begin();
    this.#serveLine();
  }

  /** Goes on with a run where the earlier start was cut off. */
  #goOn(run: WorkloadRun, { spec, workload, beganAtMs, ending }: JournalEntry): void {
    const { kind } = spec;
    const reason = workload.state === 'stopping' ? ({ kind: 'stop' } as const) : ending;
    if (reason !== undefined) run.endOn(reason);
    const isUntold = reason === undefined && kind !== 'replica' && beganAtMs === null && !run.isOver;
    if (isUntold) this.#hearBegin(run);
    else run.begin(beganAtMs);
  }

  #hearBegin(run: WorkloadRun): void {
    const { workloadId } = run.order.spec;
    this.#book.apply(workloadId, 'began', {}, () => this.#keeper.keepBegan(workloadId));
    run.begin(Date.now());
  }

  #claimHere({ workloadId, cardIds }: Workload): void {
    const here = this.#arbiter.capacities().filter((card) => card.workloadId === null);
    this.#arbiter.claim(
      cardIds.filter((id) => here.some(({ cardId }) => cardId === id)),
      workloadId,
    );
  }

  async #stopAll(): Promise<void> {
    await Promise.allSettled(this.#launching.values());
    const isLeft = ({ spec }: { readonly spec: WorkloadSpec }) => spec.survivesExecutor === true;
    for (const { spec } of this.#line.inOrder().filter((waiting) => !isLeft(waiting))) {
      this.#line.take(spec.workloadId);
      this.#book.apply(spec.workloadId, 'stop-asked', {}, () => this.#keeper.keepEnd(spec.workloadId));
    }
    const runs = [...this.#runs.entries()];
    for (const [, run] of runs.filter(([, { order }]) => isLeft(order))) run.letGo();
    await Promise.all(runs.filter(([, { order }]) => !isLeft(order)).map(([workloadId]) => this.stop(workloadId)));
    await this.#options.onClosed?.();
  }

  async #startNow(waiting: Waiting, places: readonly RankPlace[]): Promise<Workload | Fault> {
    const { workloadId } = waiting.spec;
    this.#book.enter(workloadOf(waiting.spec, 0));
    const fault = await this.#run(waiting, places);
    if (fault === null) return this.#book.find(workloadId);
    this.#book.strike(workloadId);
    this.#keeper.strike(workloadId);
    this.#serveLine();
    return fault;
  }

  #enqueue(waiting: Waiting): Workload | ExecutorFault {
    const { workloadId } = waiting.spec;
    if (this.#line.count >= WAITING_MAX) return fullLineFault(workloadId);
    const workload = workloadOf(waiting.spec, 0);
    const fault = this.#keeper.keep({ ...waiting, workload, beganAtMs: null, runIds: [], linesBefore: 0 });
    if (fault !== null) return fault;
    this.#book.enter(workload);
    this.#line.add(waiting);
    this.#serveLine();
    return this.#book.get(workloadId) ?? workload;
  }

  /** Gives cards to those that wait, in their order. */
  #serveLine(): void {
    if (this.#closing !== undefined || this.#line.count === 0) return;
    this.#desk.serve(this.#line, ({ waiting, decision }) => {
      if (decision.kind === 'place') this.#begin(waiting, decision.places);
      if (decision.kind !== 'free-first') return;
      for (const workloadId of decision.evictedIds) this.#runs.get(workloadId)?.preempt();
    });
  }

  #holders(): ReadonlyMap<string, Holder> {
    const holders = new Map<string, Holder>();
    for (const [workloadId, run] of this.#runs) {
      // What is lost will never give its cards back.
      if (this.#book.get(workloadId)?.state === 'lost') continue;
      holders.set(workloadId, { priority: priorityOf(run.order.spec), isEnding: run.isEnding });
    }
    return holders;
  }

  /** Starts one that has waited; a Fault of its start is its end. */
  #begin(waiting: Waiting, places: readonly RankPlace[]): void {
    const { workloadId } = waiting.spec;
    this.#line.take(workloadId);
    void this.#run(waiting, places).then((fault) => {
      if (fault === null) return;
      this.#arbiter.release(workloadId);
      this.#book.apply(workloadId, 'failed', { fault }, () => this.#keeper.keepEnd(workloadId));
      this.#serveLine();
    });
  }

  /** Claims the cards at once, then starts the run. A Fault where it does not start: the cards are still claimed. */
  async #run(waiting: Waiting, places: readonly RankPlace[]): Promise<ExecutorFault | null> {
    const { workloadId } = waiting.spec;
    this.#arbiter.claim(
      places.flatMap(({ cardIds }) => cardIds),
      workloadId,
    );
    const launched = this.#launch(waiting, places);
    this.#launching.set(workloadId, launched);
    const fault = await launched;
    this.#launching.delete(workloadId);
    // What came while it was being started could not make it give way.
    this.#serveLine();
    return fault;
  }

  async #launch(waiting: Waiting, places: readonly RankPlace[]): Promise<ExecutorFault | null> {
    const { spec, restartCount } = waiting;
    const { workloadId, kind } = spec;
    const cardIds = places.flatMap((place) => place.cardIds);
    const runIds = places.map(() => randomUUID());
    const run = this.#makeRun({ spec, places, restartCount, runIds });
    const linesBefore = this.#book.lineCount(workloadId);
    const workload: Workload = { ...workloadOf(spec, restartCount), cardIds, places, state: 'starting' };
    const unkept = this.#keeper.keep({ ...waiting, workload, beganAtMs: null, runIds, linesBefore });
    const fault = unkept ?? (await run.launch(this.#options.launcher));
    if (fault !== null) return fault;
    this.#runs.set(workloadId, run);
    this.#book.apply(workloadId, 'placed', { cardIds, places, restartCount });
    if (kind === 'replica') run.begin(null);
    else this.#hearBegin(run);
    return null;
  }

  #makeRun(order: LaunchOrder): WorkloadRun {
    const { workloadId } = order.spec;
    return new WorkloadRun(order, this.#book, {
      onBegan: () => this.#keeper.keepBegan(workloadId),
      onEnding: (reason) => this.#keeper.keepEnding(workloadId, reason),
      onLost: (fault) => {
        this.#book.apply(workloadId, 'contact-lost', { fault }, () => this.#keeper.keepState(workloadId));
        this.#serveLine();
      },
      onConcluded: (conclusion) => this.#conclude(order, conclusion),
    });
  }

  #conclude(order: LaunchOrder, conclusion: RunConclusion): void {
    const { spec, restartCount } = order;
    const { workloadId } = spec;
    const code = 'exitCode' in conclusion ? { exitCode: conclusion.exitCode } : {};
    this.#runs.delete(workloadId);
    const entry = this.#keeper.get(workloadId);
    const failureCount = entry?.failureCount ?? 0;
    const again = { spec, enteredAtMs: entry?.enteredAtMs ?? Date.now(), restartCount: restartCount + 1 };
    const isOver = isFinal(this.#book.get(workloadId)?.state ?? 'lost');
    const next = isOver ? null : nextTry(conclusion, failureCount, spec);
    if (next !== null && restartCount < RESTARTS_MAX) {
      this.#requeue(next.event, { ...again, failureCount: next.failureCount }, next.fault);
    } else {
      const keepEnd = () => this.#keeper.keepEnd(workloadId);
      // A job that began and ended while nobody watched.
      if (spec.kind !== 'replica' && conclusion.kind !== 'unseen') this.#book.apply(workloadId, 'began');
      if (isOver) keepEnd();
      else if (conclusion.kind === 'failed' || conclusion.kind === 'unseen' || conclusion.kind === 'preempted') {
        this.#book.apply(workloadId, 'failed', { fault: conclusion.fault, ...code }, keepEnd);
      } else this.#book.apply(workloadId, 'ended', code, keepEnd);
    }
    this.#options.launcher.clean(order);
    // Also for what was lost and has ended after all: nothing holds its cards any more.
    this.#arbiter.release(workloadId);
    this.#serveLine();
  }

  #requeue(event: 'preempted' | 'requeued', waiting: Waiting, fault: Fault): void {
    const { workloadId } = waiting.spec;
    const { restartCount } = waiting;
    const linesBefore = this.#book.lineCount(workloadId);
    this.#book.apply(workloadId, event, { fault, restartCount }, (workload) => {
      // Where it can't be kept, the next start finds the run that it names ended, and comes to the same.
      this.#keeper.keep({ ...waiting, workload, beganAtMs: null, runIds: [], linesBefore });
    });
    this.#line.add(waiting);
  }

  #tellStanding(): ExecutorFault | null {
    return this.#options.onStanding?.(this.#arbiter.drained()) ?? null;
  }
}

/** Whether a workload runs again after this end, by which event; null where it does not. */
function nextTry(
  conclusion: RunConclusion,
  failureCount: number,
  { restartCountMax = 0 }: WorkloadSpec,
): { readonly event: 'preempted' | 'requeued'; readonly failureCount: number; readonly fault: Fault } | null {
  switch (conclusion.kind) {
    case 'preempted':
      return { event: 'preempted', failureCount, fault: conclusion.fault };
    case 'unseen':
      return { event: 'requeued', failureCount, fault: conclusion.fault };
    case 'failed':
      if (!conclusion.mayRestart || failureCount >= restartCountMax) return null;
      return { event: 'requeued', failureCount: failureCount + 1, fault: conclusion.fault };
    case 'ended':
    case 'stopped':
      return null;
  }
}

function workloadOf(spec: WorkloadSpec, restartCount: number): Workload {
  const { workloadId, kind } = spec;
  return { workloadId, kind, priority: priorityOf(spec), cardIds: [], places: [], restartCount, state: 'queued' };
}

function fullLineFault(workloadId: string): ExecutorFault {
  return executorFault('card-busy', {
    what: `The workload ${workloadId} can't wait for cards.`,
    why: `${WAITING_MAX} workloads wait already.`,
    mend: 'Try again when some of them have started.',
  });
}

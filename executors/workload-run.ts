import { type Fault, isFault } from '@rerig/domain/fault';
import type { ExecutorFault } from './faults.ts';
import type { EndReason } from './journal.ts';
import type { LaunchEnd, LaunchedRun, Launcher, LaunchListener, LaunchOrder } from './launcher.ts';
import type { WorkloadSpec } from './port.ts';
import type { WorkloadBook } from './workload-book.ts';
import {
  endedEarlyFault,
  notReadyFault,
  overtimeFault,
  preemptedFault,
  unkillableFault,
  unseenEndFault,
} from './workload-faults.ts';

/** What has become of a workload with the end of a run. */
export type RunConclusion =
  | { readonly kind: 'stopped'; readonly exitCode?: number }
  | { readonly kind: 'ended'; readonly exitCode?: number }
  | { readonly kind: 'preempted'; readonly fault: Fault }
  /** Nobody saw how it ended: it begins again. */
  | { readonly kind: 'unseen'; readonly fault: Fault }
  /** `mayRestart`: it ended in an error by itself, and may do better the next time. */
  | { readonly kind: 'failed'; readonly fault: Fault; readonly exitCode?: number; readonly mayRestart: boolean };

/** What a run tells whoever owns it. */
export interface RunOwner {
  /** It is ready or running, in the book too, and nobody has been told. */
  onBegan(): void;
  /** It is about to be asked to end. */
  onEnding(reason: EndReason): void;
  /** It has ended, also where it was lost before. */
  onConcluded(conclusion: RunConclusion): void;
  onLost(fault: Fault): void;
}

/** Longest wait of a timer. Source: setTimeout takes at most 2^31 - 1 ms. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** One run of a workload: hears what it says, holds it to its limits, and brings it to its end. */
export class WorkloadRun {
  readonly order: LaunchOrder;
  readonly #book: WorkloadBook;
  readonly #owner: RunOwner;
  readonly #ended = Promise.withResolvers<void>();
  /** Resolves once it has ended, or is lost. */
  readonly #over = Promise.withResolvers<void>();
  readonly #hurry = Promise.withResolvers<void>();
  #launched: LaunchedRun | undefined;
  #readyTimer: NodeJS.Timeout | undefined;
  #limitTimer: NodeJS.Timeout | undefined;
  #reason: EndReason | undefined;
  #isEnding = false;
  #hasEnded = false;
  #isOver = false;
  /** What is heard while it is not yet said to have started. */
  #early: (() => void)[] | undefined = [];

  constructor(order: LaunchOrder, book: WorkloadBook, owner: RunOwner) {
    this.order = order;
    this.#book = book;
    this.#owner = owner;
  }

  /** Whether word of its end has come, be it not yet heard. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether its cards will be free without doing more for it. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Starts it; a Fault, and nothing left, where it can't. What it says is heard after `begin`. */
  async launch(launcher: Launcher): Promise<ExecutorFault | null> {
    const launched = await launcher.launch(this.order, this.#listener());
    if (isFault(launched)) return launched;
    this.#launched = launched;
    return null;
  }

  /** Takes up one that an earlier start of the executor began. */
  async attach(launcher: Launcher): Promise<void> {
    this.#launched = await launcher.attach(this.order, this.#listener());
  }

  /** Goes on to end what an earlier start of the executor had begun to end. */
  endOn(reason: EndReason): void {
    this.#reason ??= reason;
    this.#bringToEnd(this.#reason.kind === 'preempt' ? (this.#spec.noticeMs ?? 0) : 0);
  }

  /** Lets its clocks run, and hears what it has said. `beganAtMs`: when it was running or ready already. */
  begin(beganAtMs: number | null): void {
    const { kind, readyWithinMs } = this.#spec;
    if (kind === 'replica' && beganAtMs === null) {
      this.#readyTimer = setTimeout(() => this.#failLate(), readyWithinMs).unref();
    }
    if (beganAtMs !== null) this.#startLimit(beganAtMs);
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const hear of early) hear();
  }

  /** Ends it, and resolves once it has ended or is lost. As often as one likes: asked again with less time, it gets less. */
  async stop(withinMs?: number): Promise<void> {
    const wasEnding = this.#isEnding;
    this.#reason = { kind: 'stop' };
    this.#hurry.resolve();
    this.#bringToEnd(0, withinMs);
    if (wasEnding && withinMs !== undefined && !(await this.#endsWithin(withinMs))) await this.#kill();
    await this.#over.promise;
  }

  /** Makes it give way: it gets notice, is asked to end, and killed where it does not. Again: does nothing. */
  preempt(): void {
    this.#reason ??= { kind: 'preempt' };
    this.#bringToEnd(this.#spec.noticeMs ?? 0);
  }

  /** Stops hearing it, and leaves it running. */
  letGo(): void {
    this.#clearTimers();
    this.#hasEnded = true;
    this.#launched?.letGo();
    this.#over.resolve();
  }

  get #spec(): WorkloadSpec {
    return this.order.spec;
  }

  #listener(): LaunchListener {
    const inOrder =
      <Values extends readonly unknown[]>(act: (...values: Values) => void) =>
      (...values: Values) => {
        if (this.#early === undefined) act(...values);
        else this.#early.push(() => act(...values));
      };
    const { workloadId } = this.#spec;
    const conclude = inOrder((end: LaunchEnd) => this.#conclude(end));
    return {
      // A line needs no order among the changes, and there may be many before the start is over.
      line: (text) => this.#book.write(workloadId, text),
      skipped: (lineCount) => this.#book.skip(workloadId, lineCount),
      isBehind: () => this.#book.isFollowerBehind(workloadId),
      ready: inOrder((announced) => this.#hearReady(announced)),
      failed: inOrder((fault) => this.#hearFailure(fault)),
      ended: (end) => {
        this.#isOver = true;
        conclude(end);
      },
      lost: inOrder((fault) => this.#lose(fault)),
    };
  }

  #hearReady(announced: Readonly<Record<string, unknown>>): void {
    if (this.#hasEnded || this.#isEnding) return;
    clearTimeout(this.#readyTimer);
    this.#book.apply(this.#spec.workloadId, 'became-ready', { announced }, () => {
      this.#startLimit(Date.now());
      this.#owner.onBegan();
    });
  }

  /** It ends by itself after its word, and is killed where it does not. */
  #hearFailure(fault: Fault | undefined): void {
    if (this.#hasEnded) return;
    clearTimeout(this.#readyTimer);
    if (fault !== undefined) this.#reason ??= { kind: 'fault', fault, mayRestart: true };
    if (this.#isEnding) return;
    this.#isEnding = true;
    void this.#endsWithin(this.#spec.stopWithinMs).then((hasEnded) => (hasEnded ? undefined : this.#kill()));
  }

  #failLate(): void {
    const fault = notReadyFault(this.#spec, this.#book.lines(this.#spec.workloadId));
    this.#reason ??= { kind: 'fault', fault, mayRestart: false };
    this.#bringToEnd(0);
  }

  #startLimit(beganAtMs: number): void {
    const { timeLimitMs } = this.#spec;
    if (timeLimitMs === undefined) return;
    const leftMs = Math.max(0, beganAtMs + timeLimitMs - Date.now());
    // A timer counts at most 24 days: a longer limit is looked at again then.
    this.#limitTimer = setTimeout(
      () => {
        if (leftMs > TIMER_MS_MAX) return this.#startLimit(beganAtMs);
        this.#reason ??= { kind: 'fault', fault: overtimeFault(this.#spec), mayRestart: false };
        this.#bringToEnd(0);
      },
      Math.min(leftMs, TIMER_MS_MAX),
    ).unref();
  }

  #bringToEnd(noticeMs: number, stopWithinMs = this.#spec.stopWithinMs): void {
    if (this.#isEnding || this.#hasEnded) return;
    this.#isEnding = true;
    clearTimeout(this.#readyTimer);
    if (this.#reason !== undefined) this.#owner.onEnding(this.#reason);
    void this.#end(noticeMs, stopWithinMs);
  }

  async #end(noticeMs: number, stopWithinMs: number): Promise<void> {
    if (this.#reason?.kind === 'preempt') {
      await this.#launched?.giveNotice(Date.now() + noticeMs + stopWithinMs);
      if (noticeMs > 0) await Promise.race([this.#hurry.promise, this.#endsWithin(noticeMs)]);
    }
    // Its notice has asked it already: again only where it had time since then.
    if (!this.#hasEnded && (noticeMs > 0 || this.#reason?.kind !== 'preempt')) this.#launched?.askToEnd();
    if (await this.#endsWithin(stopWithinMs)) return;
    await this.#kill();
  }

  async #kill(): Promise<void> {
    if (this.#hasEnded || (await this.#launched?.kill()) === true) return;
    if (!this.#hasEnded) this.#lose(unkillableFault(this.#spec.workloadId));
  }

  async #endsWithin(limitMs: number): Promise<boolean> {
    if (this.#hasEnded) return true;
    const limit = Promise.withResolvers<false>();
    const timer = setTimeout(() => limit.resolve(false), limitMs);
    const hasEnded = await Promise.race([this.#ended.promise.then(() => true), limit.promise]);
    clearTimeout(timer);
    return hasEnded;
  }

  #lose(fault: Fault): void {
    if (this.#hasEnded) return;
    this.#clearTimers();
    this.#owner.onLost(fault);
    this.#over.resolve();
  }

  #conclude(end: LaunchEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#clearTimers();
    this.#owner.onConcluded(this.#conclusionOf(end));
    this.#ended.resolve();
    this.#over.resolve();
  }

  #conclusionOf({ exitCode, fault, by }: LaunchEnd): RunConclusion {
    const { workloadId, kind } = this.#spec;
    const code = exitCode === undefined ? {} : { exitCode };
    switch (this.#reason?.kind) {
      // A crash of what is being stopped is no failure of it.
      case 'stop':
        return { kind: 'stopped', ...code };
      case 'preempt':
        return { kind: 'preempted', fault: preemptedFault(workloadId) };
      case 'fault':
        return { kind: 'failed', fault: this.#reason.fault, mayRestart: this.#reason.mayRestart, ...code };
      case undefined:
        break;
    }
    if (by === 'unseen') return { kind: 'unseen', fault: unseenEndFault(workloadId) };
    if (fault !== undefined) return { kind: 'failed', fault, mayRestart: by === 'itself', ...code };
    // The exit of a replica before it was ready is a failure, whatever its code.
    if (kind === 'replica' && this.#book.get(workloadId)?.state === 'starting') {
      const early = endedEarlyFault(workloadId, this.#book.lines(workloadId));
      return { kind: 'failed', fault: early, mayRestart: true, ...code };
    }
    return { kind: 'ended', ...code };
  }

  #clearTimers(): void {
    clearTimeout(this.#readyTimer);
    clearTimeout(this.#limitTimer);
  }
}

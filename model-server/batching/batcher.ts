import { InvariantError } from '@rerig/domain/fault';
import { type ServeFault, serveFault } from '../faults.ts';
import type { LoadedModel } from '../llama/loaded-model.ts';
import type { GenerationListener, GenerationRequest, GenerationTicket } from './generation.ts';
import { closeSlotGap, planStep, type StepShare } from './plan-step.ts';
import { Sequence } from './sequence.ts';

/** Bounds of the batcher. */
export interface BatcherLimits {
  /** Most requests that wait while all slots are taken; past it they are refused as `busy`. */
  readonly waitingMax: number;
  /** Most prompt tokens of a step in which others generate. */
  readonly promptTokensMax: number;
}

/** What the batcher has done and holds. */
export interface BatcherState {
  readonly runningCount: number;
  readonly waitingCount: number;
  readonly stepCount: number;
  readonly generatedTokenCount: number;
}

/** Steps that may fail one after another before the card or the model is taken for broken. */
const FAILED_STEPS_MAX = 3;

/**
 * Continuous batching: every step computes the next token of each running sequence and a part of the prompts that came
 * in meanwhile. Requests are admitted in order of arrival. One step is in flight at a time; what it gave is told to the
 * listeners while the next one is computed.
 */
export class Batcher {
  readonly #model: LoadedModel;
  readonly #limits: BatcherLimits;
  readonly #onBroken: (fault: ServeFault) => void;
  readonly #waiting: Sequence[] = [];
  /** In order of admission. */
  readonly #running: Sequence[] = [];
  readonly #finished: Promise<void>;
  #outbox: (() => void)[] = [];
  #wake: (() => void) | undefined;
  #isStopping = false;
  #failedSteps = 0;
  #stepCount = 0;
  #generatedTokenCount = 0;

  /** `onBroken` is called once when steps fail again and again. */
  constructor(model: LoadedModel, limits: BatcherLimits, onBroken: (fault: ServeFault) => void) {
    this.#model = model;
    this.#limits = limits;
    this.#onBroken = onBroken;
    this.#finished = this.#run();
  }

  get state(): BatcherState {
    return {
      runningCount: this.#running.length,
      waitingCount: this.#waiting.length,
      stepCount: this.#stepCount,
      generatedTokenCount: this.#generatedTokenCount,
    };
  }

  /** Takes a request in, or refuses it as `busy` or `stopping`. */
  submit(request: GenerationRequest, listener: GenerationListener): GenerationTicket | ServeFault {
    if (this.#isStopping) return stoppingFault();
    // Free slots are filled before the next step, so that who comes for one does not count as waiting.
    const freeSlots = this.#model.slotCount - this.#running.length;
    if (this.#waiting.length >= this.#limits.waitingMax + freeSlots) {
      return serveFault('busy', {
        what: 'The model server is busy.',
        why: `${this.#running.length} requests are running and ${this.#waiting.length} wait, the most that may.`,
        mend: 'Try again in a moment, or send fewer requests at once.',
      });
    }
    const sequence = new Sequence(request, listener);
    this.#waiting.push(sequence);
    this.#wakeUp();
    return {
      cancel: () => {
        sequence.isCancelled = true;
        this.#wakeUp();
      },
    };
  }

  /** Refuses what is new and waits for what runs, at most `waitMs`; then ends it with a fault. Resolves when all is quiet. */
  async stop(waitMs: number): Promise<void> {
    this.#isStopping = true;
    this.#wakeUp();
    const timer = setTimeout(() => this.#failAll(stoppingFault()), waitMs);
    await this.#finished;
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    for (;;) {
      this.#dropCancelled();
      this.#admitWaiting();
      const plan = this.#plan();
      if (plan.length === 0) {
        this.#deliver();
        if (this.#isStopping && this.#waiting.length === 0) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      const rows = this.#fillRows(plan);
      const decoding = this.#model.decode(rows);
      this.#deliver();
      this.#settle(plan, await decoding);
    }
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  #plan(): readonly StepShare[] {
    const move = closeSlotGap(this.#running.map((sequence) => sequence.slot));
    if (move) {
      this.#model.moveSlot(move.fromSlot, move.toSlot);
      this.#bySlot(move.fromSlot).slot = move.toSlot;
    }
    return planStep(this.#running, {
      batchTokensMax: this.#model.batchTokensMax,
      promptTokensMax: this.#limits.promptTokensMax,
    });
  }

  #fillRows(plan: readonly StepShare[]): number {
    let row = 0;
    for (const share of plan) {
      this.#bySlot(share.slot).fillRows(this.#model, row, share.tokenCount, share.generates);
      row += share.tokenCount;
    }
    return row;
  }

  #settle(plan: readonly StepShare[], code: number): void {
    this.#stepCount++;
    if (code !== 0) {
      this.#settleFailure(plan, code);
      return;
    }
    this.#failedSteps = 0;
    let row = 0;
    for (const share of plan) {
      row += share.tokenCount;
      const sequence = this.#bySlot(share.slot);
      sequence.advance(share.tokenCount);
      if (share.generates && !sequence.isCancelled) this.#takeToken(sequence, row - 1);
    }
  }

  #takeToken(sequence: Sequence, row: number): void {
    const { text, end } = sequence.takeToken(this.#model, row);
    this.#generatedTokenCount++;
    const { counts, listener } = sequence;
    if (text.length > 0) this.#post(sequence, () => listener.onText(text, counts, []));
    if (end === undefined) return;
    this.#release(sequence);
    this.#post(sequence, () => listener.onEnd(end, counts));
  }

  #settleFailure(plan: readonly StepShare[], code: number): void {
    const fault = serveFault('decode_failed', {
      what: 'The model could not compute this step.',
      why: `llama.cpp gave code ${code}.`,
      mend: 'Try again; if it happens again the card or its driver is at fault.',
    });
    for (const share of plan) {
      const sequence = this.#bySlot(share.slot);
      this.#release(sequence);
      this.#post(sequence, () => sequence.listener.onFault(fault));
    }
    this.#failedSteps++;
    if (this.#failedSteps === FAILED_STEPS_MAX) this.#onBroken(fault);
  }

  #post(sequence: Sequence, tell: () => void): void {
    this.#outbox.push(() => {
      if (!sequence.isCancelled) tell();
    });
  }

  #deliver(): void {
    const outbox = this.#outbox;
    this.#outbox = [];
    for (const tell of outbox) tell();
  }

  #dropCancelled(): void {
    for (const sequence of this.#running.filter((running) => running.isCancelled)) this.#release(sequence);
    for (let index = this.#waiting.length - 1; index >= 0; index--) {
      if (this.#waiting[index]?.isCancelled) this.#waiting.splice(index, 1);
    }
  }

  #admitWaiting(): void {
    while (this.#running.length < this.#model.slotCount) {
      const sequence = this.#waiting.shift();
      if (!sequence) return;
      const taken = new Set(this.#running.map((running) => running.slot));
      let slot = 0;
      while (taken.has(slot)) slot++;
      sequence.admit(this.#model, slot);
      this.#running.push(sequence);
    }
  }

  #release(sequence: Sequence): void {
    this.#model.clearSlot(sequence.slot);
    sequence.close();
    this.#running.splice(this.#running.indexOf(sequence), 1);
  }

  #failAll(fault: ServeFault): void {
    for (const sequence of [...this.#running, ...this.#waiting]) {
      if (sequence.isCancelled) continue;
      sequence.listener.onFault(fault);
      sequence.isCancelled = true;
    }
    this.#wakeUp();
  }

  #bySlot(slot: number): Sequence {
    const sequence = this.#running.find((running) => running.slot === slot);
    if (!sequence) throw new InvariantError(`slot ${slot} is in the step, but holds no sequence`);
    return sequence;
  }
}

function stoppingFault(): ServeFault {
  return serveFault('stopping', {
    what: 'The model server is stopping.',
    why: 'It was told to end.',
    mend: 'Send the request again: it will go to another replica.',
  });
}

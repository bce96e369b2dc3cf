import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { InvariantError, isFault } from '@rerig/domain/fault';
import { type ServeFault, serveFault } from '../faults.ts';
import { BROKEN_OFF } from '../llama/break-off.ts';
import type { LoadedModel } from '../llama/loaded-model.ts';
import type { AdapterUse, GenerationListener, GenerationRequest, GenerationTicket } from './generation.ts';
import { planStep, type StepShare } from './plan-step.ts';
import { PromptPace } from './prompt-pace.ts';
import { Sequence } from './sequence.ts';
import { SlotCaches } from './slot-caches.ts';
import { FIRST_TURN, nextTurn } from './turn.ts';
import { WaitingLine } from './waiting-line.ts';

/** Bounds of the batcher. */
export interface BatcherLimits {
  /** Most requests of each priority that wait while all slots are taken; past it they are refused as `busy`. */
  readonly waitingMax: number;
  /** Most prompt tokens of a step in which others generate. */
  readonly promptTokensMax: number;
}

/**
 * Most prompt tokens of a step that can be broken off, while nobody generates: llama.cpp ends between the parts of a step,
 * and with so many each part takes some 20 ms at most for a model and a context that a processor serves.
 */
const BREAKABLE_TOKENS_MAX = 192;
/** A step with fewer tokens of prompts that go on is over before breaking it off is worth it. */
const BREAKABLE_TOKENS_MIN = 32;
/** Steps that may be broken off one after another; then one is computed whole, so that the long prompt goes on. */
const BROKEN_OFF_MAX = 2;

/** Longest step of one row that is computed on the thread of all others: what comes in waits for so long. */
const DIRECT_STEP_MS_MAX = 10;

/** What the batcher has done and holds. */
export interface BatcherState {
  readonly runningCount: number;
  readonly waitingCount: number;
  readonly stepCount: number;
  readonly generatedTokenCount: number;
  readonly promptTokenCount: number;
  /** Of those, the ones that were in the cache already. */
  readonly cachedPromptTokenCount: number;
}

/** Steps that may fail one after another before the card or the model is taken for broken. */
const FAILED_STEPS_MAX = 3;

/**
 * Continuous batching: every step computes the next token of each running sequence and a part of the prompts that came
 * in meanwhile. Live requests are admitted in order of arrival, and batch requests into slots that no live one wants. One
 * step is in flight at a time; what it gave is told to the listeners while the next one is computed.
 */
export class Batcher {
  readonly #model: LoadedModel;
  readonly #limits: BatcherLimits;
  readonly #onBroken: (fault: ServeFault) => void;
  readonly #slots: SlotCaches;
  readonly #pace: PromptPace;
  readonly #waiting = new WaitingLine();
  /** In order of admission. */
  readonly #running: Sequence[] = [];
  readonly #finished: Promise<void>;
  #turn = FIRST_TURN;
  #usedAdapterKey = '';
  #outbox: (() => void)[] = [];
  #wake: (() => void) | undefined;
  #isStopping = false;
  #failedSteps = 0;
  /** How long the last step of one row took. */
  #loneRowMs = Number.POSITIVE_INFINITY;
  /** Whether the step in flight may be broken off for who comes in. */
  #isBreakable = false;
  #brokenOffSteps = 0;
  #isOldestTurn = false;
  #stepCount = 0;
  #generatedTokenCount = 0;
  #promptTokenCount = 0;
  #cachedPromptTokenCount = 0;

  /** `onBroken` is called once when steps fail again and again. */
  constructor(model: LoadedModel, limits: BatcherLimits, onBroken: (fault: ServeFault) => void) {
    this.#model = model;
    this.#limits = limits;
    this.#onBroken = onBroken;
    this.#slots = new SlotCaches(model);
    this.#pace = new PromptPace(limits.promptTokensMax);
    this.#finished = this.#run();
  }

  get state(): BatcherState {
    return {
      runningCount: this.#running.length,
      waitingCount: this.#waiting.count,
      stepCount: this.#stepCount,
      generatedTokenCount: this.#generatedTokenCount,
      promptTokenCount: this.#promptTokenCount,
      cachedPromptTokenCount: this.#cachedPromptTokenCount,
    };
  }

  /** Names of the LoRA adapters that a request may ask for. */
  get adapterNames(): readonly string[] {
    return this.#model.adapterNames;
  }

  /**
   * Takes a request in, or refuses it: `busy`, `stopping`, `adapter_not_found`, or `grammar_refused` where llama.cpp can't
   * read its grammar.
   */
  submit(request: GenerationRequest, listener: GenerationListener): GenerationTicket | ServeFault {
    if (this.#isStopping) return stoppingFault();
    const refusal = this.#busyFault(request) ?? this.#adapterFault(request.adapters);
    if (refusal) return refusal;
    const form = request.grammar === undefined ? undefined : this.#model.openForm(request.grammar);
    if (isFault(form)) return form;
    const sequence = new Sequence(request, listener, this.#model.openSampler(request.sampling, form));
    this.#waiting.add(sequence);
    if (this.#isBreakable && this.#isShort(request)) this.#model.breakOff();
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
        if (this.#isStopping && this.#waiting.count === 0) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      const rows = this.#fillRows(plan);
      this.#settle(
        plan,
        await (rows === 1 && this.#loneRowMs <= DIRECT_STEP_MS_MAX ? this.#stepHere() : this.#step(plan, rows)),
      );
    }
  }

  /** On another thread, while what the step before gave is told. */
  async #step(plan: readonly StepShare[], rows: number): Promise<number> {
    const startedAtMs = performance.now();
    const decoding = this.#model.decode(rows);
    this.#isBreakable = this.#mayBreakOff(plan);
    this.#deliver();
    const code = await decoding;
    this.#isBreakable = false;
    if (code === 0) this.#measure(rows, performance.now() - startedAtMs);
    return code;
  }

  /** One row of a quick model, on this thread: to wake another and be woken costs as much as a part of the step. */
  async #stepHere(): Promise<number> {
    this.#deliver();
    await turnOfLoop();
    const startedAtMs = performance.now();
    const code = this.#model.decodeHere(1);
    if (code === 0) this.#measure(1, performance.now() - startedAtMs);
    return code;
  }

  #measure(rows: number, durationMs: number): void {
    this.#pace.measure(rows, durationMs);
    if (rows === 1) this.#loneRowMs = durationMs;
  }

  /** Who comes in while a part of a long prompt is computed waits no longer than for a part of that step. */
  #mayBreakOff(plan: readonly StepShare[]): boolean {
    const goingOn = plan.reduce((sum, share) => sum + (share.generates ? 0 : share.tokenCount), 0);
    return this.#model.canBreakOff && goingOn >= BREAKABLE_TOKENS_MIN && this.#brokenOffSteps < BROKEN_OFF_MAX;
  }

  #isShort({ promptTokens, priority }: GenerationRequest): boolean {
    const isWanted = priority === 'live' && promptTokens.length <= BREAKABLE_TOKENS_MAX;
    return isWanted && this.#running.length < this.#model.slotCount;
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  #busyFault({ priority }: GenerationRequest): ServeFault | undefined {
    // Free slots are filled before the next step, so that who comes for one does not count as waiting.
    const isYielding = (sequence: Sequence) => priority === 'live' && sequence.request.priority === 'batch';
    const takenCount = this.#running.filter((sequence) => !isYielding(sequence)).length;
    const roomCount = this.#limits.waitingMax + this.#model.slotCount - takenCount;
    const waitingCount = this.#waiting.countOf(priority);
    if (waitingCount < roomCount) return undefined;
    return serveFault('busy', {
      what: 'The model server is busy.',
      why: `${this.#running.length} requests are running and ${waitingCount} wait, the most that may.`,
      mend: 'Try again in a moment, or send fewer requests at once.',
    });
  }

  #adapterFault(uses: readonly AdapterUse[]): ServeFault | undefined {
    const { adapterNames } = this.#model;
    const unknown = uses.find(({ adapterName }) => !adapterNames.includes(adapterName));
    if (unknown === undefined) return undefined;
    return serveFault('adapter_not_found', {
      what: `The LoRA adapter ${JSON.stringify(unknown.adapterName)} is not served here.`,
      why: adapterNames.length === 0 ? 'This server has none.' : `This server has ${adapterNames.join(', ')}.`,
      mend: 'Ask for an adapter that the server was started with (--lora NAME=FILE).',
    });
  }

  #plan(): readonly StepShare[] {
    this.#slots.closeGaps();
    this.#turn = nextTurn(this.#turn, this.#running);
    const { adapterKey } = this.#turn;
    const taking = this.#running.filter((sequence) => sequence.adapterKey === adapterKey);
    const [first] = taking;
    if (first !== undefined && adapterKey !== this.#usedAdapterKey) {
      this.#model.useAdapters(first.request.adapters);
      this.#usedAdapterKey = adapterKey;
    }
    const { batchTokensMax, canBreakOff } = this.#model;
    const plan = planStep(taking, {
      batchTokensMax,
      promptTokensMax: this.#pace.promptTokensMax,
      lonePromptTokensMax: canBreakOff ? BREAKABLE_TOKENS_MAX : this.#limits.promptTokensMax,
      isOldestTurn: this.#isOldestTurn,
    });
    this.#isOldestTurn = isOldestLeftOut(taking, plan);
    return plan;
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
    if (code === BROKEN_OFF) {
      this.#brokenOffSteps++;
      for (const share of plan) this.#slots.rewind(this.#bySlot(share.slot));
      return;
    }
    if (code !== 0) {
      this.#settleFailure(plan, code);
      return;
    }
    this.#failedSteps = 0;
    this.#brokenOffSteps = 0;
    let row = 0;
    for (const share of plan) {
      row += share.tokenCount;
      const sequence = this.#bySlot(share.slot);
      sequence.advance(share.tokenCount);
      if (share.generates && !sequence.isCancelled) this.#takeToken(sequence, row - 1);
    }
  }

  #takeToken(sequence: Sequence, row: number): void {
    const { text, logprobs, end } = sequence.takeToken(this.#model, row);
    this.#generatedTokenCount++;
    const { counts, listener } = sequence;
    if (text.length > 0 || logprobs.length > 0) {
      this.#post(sequence, () => listener.onText(text, counts, logprobs));
    }
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
      this.#slots.discard(sequence);
      this.#end(sequence);
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
    for (const sequence of this.#waiting.removeCancelled()) sequence.close();
  }

  #admitWaiting(): void {
    for (let sequence = this.#waiting.first(); sequence !== undefined; sequence = this.#waiting.first()) {
      if (this.#running.length === this.#model.slotCount && !this.#makeRoomFor(sequence)) return;
      this.#waiting.removeFirst();
      if (!this.#slots.take(sequence))
        throw new InvariantError('fewer sequences run than there are slots, but none is free');
      this.#running.push(sequence);
      if (sequence.counts.completionTokens > 0) continue;
      this.#promptTokenCount += sequence.counts.promptTokens;
      this.#cachedPromptTokenCount += sequence.counts.cachedPromptTokens;
    }
  }

  /** A batch request gives its slot up to a live one, the youngest first; what it has written stays with it. */
  #makeRoomFor({ request }: Sequence): boolean {
    if (request.priority !== 'live') return false;
    const yielding = this.#running.findLast((running) => running.request.priority === 'batch');
    if (yielding === undefined) return false;
    this.#slots.release(yielding, this.#stepCount);
    this.#running.splice(this.#running.indexOf(yielding), 1);
    this.#waiting.putBack(yielding);
    return true;
  }

  #release(sequence: Sequence): void {
    this.#slots.release(sequence, this.#stepCount);
    this.#end(sequence);
  }

  #end(sequence: Sequence): void {
    sequence.close();
    this.#running.splice(this.#running.indexOf(sequence), 1);
  }

  #failAll(fault: ServeFault): void {
    for (const sequence of [...this.#running, ...this.#waiting.all()]) {
      if (sequence.isCancelled) continue;
      sequence.listener.onFault(fault);
      sequence.isCancelled = true;
    }
    this.#wakeUp();
  }

  #bySlot(slot: number): Sequence {
    const sequence = this.#slots.holderOf(slot);
    if (!sequence) throw new InvariantError(`slot ${slot} is in the step, but holds no sequence`);
    return sequence;
  }
}

function isOldestLeftOut(taking: readonly Sequence[], plan: readonly StepShare[]): boolean {
  const oldest = taking.find(({ promptTokensLeft }) => promptTokensLeft > 0);
  return oldest !== undefined && !plan.some(({ slot }) => slot === oldest.slot);
}

function stoppingFault(): ServeFault {
  return serveFault('stopping', {
    what: 'The model server is stopping.',
    why: 'It was told to end.',
    mend: 'Send the request again: it will go to another replica.',
  });
}

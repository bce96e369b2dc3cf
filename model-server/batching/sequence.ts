import type { LoadedModel } from '../llama/loaded-model.ts';
import type { Sampler } from '../llama/sampler.ts';
import { StopStrings } from '../text/stop-strings.ts';
import { Utf8Holdback } from '../text/utf8-holdback.ts';
import type { EndReason, GenerationListener, GenerationRequest, TokenCounts } from './generation.ts';

/** What a sequence has to say after a step. */
export interface StepOutcome {
  readonly text: string;
  readonly end: EndReason | undefined;
}

/** One request on its way: waiting for a slot, in its prompt, or generating. */
export class Sequence {
  readonly request: GenerationRequest;
  readonly listener: GenerationListener;
  /** −1 while it waits. */
  slot = -1;
  isCancelled = false;
  readonly #holdback = new Utf8Holdback();
  readonly #stops: StopStrings;
  #sampler: Sampler | undefined;
  #promptTokensSeen = 0;
  #newTokens = 0;
  #lastToken = 0;

  constructor(request: GenerationRequest, listener: GenerationListener) {
    this.request = request;
    this.listener = listener;
    this.#stops = new StopStrings(request.stops);
  }

  get promptTokensLeft(): number {
    return this.request.promptTokens.length - this.#promptTokensSeen;
  }

  get counts(): TokenCounts {
    const promptTokens = this.request.promptTokens.length;
    return { promptTokens, cachedPromptTokens: 0, completionTokens: this.#newTokens };
  }

  /** Gives it a slot. */
  admit(model: LoadedModel, slot: number): void {
    this.slot = slot;
    this.#sampler = model.openSampler(this.request.sampling);
  }

  /** Writes its next `tokenCount` tokens into the step, from row `row` on. */
  fillRows(model: LoadedModel, row: number, tokenCount: number, generates: boolean): void {
    if (this.promptTokensLeft === 0) {
      const position = this.request.promptTokens.length + this.#newTokens - 1;
      model.setRow(row, this.#lastToken, position, this.slot, generates);
      return;
    }
    for (let index = 0; index < tokenCount; index++) {
      const position = this.#promptTokensSeen + index;
      const isLast = index === tokenCount - 1;
      model.setRow(row + index, this.request.promptTokens[position] ?? 0, position, this.slot, isLast && generates);
    }
  }

  /** Notes that the model has seen `tokenCount` more tokens of the prompt, when it was in its prompt. */
  advance(tokenCount: number): void {
    this.#promptTokensSeen = Math.min(this.#promptTokensSeen + tokenCount, this.request.promptTokens.length);
  }

  /** Chooses the token that follows row `row` of the step just computed. */
  takeToken(model: LoadedModel, row: number): StepOutcome {
    const token = this.#sampler?.pick(row) ?? 0;
    this.#lastToken = token;
    this.#newTokens++;
    if (model.vocabulary.endsGeneration(token)) return { text: this.#stops.finish(), end: 'stop' };
    const scan = this.#stops.push(this.#holdback.push(model.vocabulary.piece(token)));
    if (scan.stopped) return { text: scan.text, end: 'stop' };
    if (this.#newTokens < this.request.newTokensMax) return { text: scan.text, end: undefined };
    return { text: scan.text + this.#stops.finish(), end: 'length' };
  }

  /** Frees its sampler. */
  close(): void {
    this.#sampler?.close();
    this.#sampler = undefined;
  }
}

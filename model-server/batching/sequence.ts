import type { TokenLogprob } from '@rerig/api/openai';
import { InvariantError } from '@rerig/domain/fault';
import type { LoadedModel } from '../llama/loaded-model.ts';
import type { Sampler } from '../llama/sampler.ts';
import { StopStrings } from '../text/stop-strings.ts';
import { Utf8Holdback } from '../text/utf8-holdback.ts';
import type { AdapterUse, EndReason, GenerationListener, GenerationRequest, TokenCounts } from './generation.ts';
import { tokenLogprobs } from './token-logprobs.ts';

/** What a sequence has to say after a step. */
export interface StepOutcome {
  readonly text: string;
  readonly logprobs: readonly TokenLogprob[];
  readonly end: EndReason | undefined;
}

const NO_LOGPROBS: readonly TokenLogprob[] = [];

/** One request on its way: waiting for a slot, in its prompt, or generating. It may lose its slot and go on later. */
export class Sequence {
  readonly request: GenerationRequest;
  readonly listener: GenerationListener;
  /** The adapters as one word: sequences with the same word can be computed in one step. */
  readonly adapterKey: string;
  /** −1 while it waits. */
  slot = -1;
  isCancelled = false;
  readonly #sampler: Sampler;
  readonly #holdback = new Utf8Holdback();
  readonly #stops: StopStrings;
  readonly #written: number[] = [];
  #seenCount = 0;
  #cachedPromptTokens = 0;
  #hasEntered = false;

  /** `sampler` belongs to the sequence from here on. */
  constructor(request: GenerationRequest, listener: GenerationListener, sampler: Sampler) {
    this.request = request;
    this.listener = listener;
    this.#sampler = sampler;
    this.#stops = new StopStrings(request.stops);
    this.adapterKey = adapterKeyOf(request.adapters);
  }

  /** Tokens that the model must see before it can write the next one; 0 where it needs only the last one written. */
  get promptTokensLeft(): number {
    const left = this.request.promptTokens.length + this.#written.length - this.#seenCount;
    return left === 1 && this.#written.length > 0 ? 0 : left;
  }

  get counts(): TokenCounts {
    return {
      promptTokens: this.request.promptTokens.length,
      cachedPromptTokens: this.#cachedPromptTokens,
      completionTokens: this.#written.length,
    };
  }

  /** The prompt and what was written so far. */
  tokens(): readonly number[] {
    return [...this.request.promptTokens, ...this.#written];
  }

  /** Those of them that the model has seen in this slot. */
  seenTokens(): readonly number[] {
    return this.tokens().slice(0, this.#seenCount);
  }

  /** How many of another's first tokens the model has seen in this slot. */
  seenInCommon(tokens: ArrayLike<number>): number {
    const { promptTokens } = this.request;
    const length = Math.min(this.#seenCount, tokens.length);
    for (let index = 0; index < length; index++) {
      if ((promptTokens[index] ?? this.#written[index - promptTokens.length]) !== tokens[index]) return index;
    }
    return length;
  }

  /** Takes a slot, whose cache has its first `cachedTokenCount` tokens already. */
  enter(slot: number, cachedTokenCount: number): void {
    this.slot = slot;
    this.#seenCount = cachedTokenCount;
    if (!this.#hasEntered) this.#cachedPromptTokens = cachedTokenCount;
    this.#hasEntered = true;
  }

  leaveSlot(): void {
    this.slot = -1;
    this.#seenCount = 0;
  }

  /** Writes its next `tokenCount` tokens into the step, from row `row` on. */
  fillRows(model: LoadedModel, row: number, tokenCount: number, generates: boolean): void {
    const { promptTokens } = this.request;
    for (let index = 0; index < tokenCount; index++) {
      const position = this.#seenCount + index;
      const token = promptTokens[position] ?? this.#written[position - promptTokens.length];
      if (token === undefined) throw new InvariantError(`a sequence has no token at position ${position}`);
      model.setRow(row + index, token, position, this.slot, generates && index === tokenCount - 1);
    }
  }

  /** Notes that the model has seen `tokenCount` more tokens. */
  advance(tokenCount: number): void {
    this.#seenCount += tokenCount;
  }

  /** Chooses the token that follows row `row` of the step just computed. */
  takeToken(model: LoadedModel, row: number): StepOutcome {
    const token = this.#sampler.pick(row);
    if (token === undefined) return { text: this.#stops.finish(), logprobs: NO_LOGPROBS, end: 'stop' };
    this.#written.push(token);
    if (model.vocabulary.endsGeneration(token)) {
      return { text: this.#stops.finish(), logprobs: NO_LOGPROBS, end: 'stop' };
    }
    const { logprobsTopCount, newTokensMax } = this.request;
    const logprobs =
      logprobsTopCount === undefined
        ? NO_LOGPROBS
        : [tokenLogprobs(model.scores(row), token, logprobsTopCount, model.vocabulary)];
    const scan = this.#stops.push(this.#holdback.push(model.vocabulary.piece(token)));
    if (scan.stopped) return { text: scan.text, logprobs, end: 'stop' };
    if (this.#written.length < newTokensMax) return { text: scan.text, logprobs, end: undefined };
    return { text: scan.text + this.#stops.finish(), logprobs, end: 'length' };
  }

  /** Frees its sampler. */
  close(): void {
    this.#sampler.close();
  }
}

function adapterKeyOf(adapters: readonly AdapterUse[]): string {
  return adapters
    .filter(({ scale }) => scale !== 0)
    .map(({ adapterName, scale }) => `${scale}×${adapterName}`)
    .sort()
    .join('\n');
}

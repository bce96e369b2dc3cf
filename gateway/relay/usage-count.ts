import type { Usage } from '@rerig/api/openai';
import type { Replica, RequestBounds } from '../ports.ts';
import type { Chunk, ChunkChoice } from './chunk.ts';

/** Nothing was used. */
export const nothingUsed: Usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

/**
 * Tokens of a choice that may have no text: marks that end a turn, open a call or a thought. More of them than this
 * are not believed.
 */
const SILENT_TOKENS_PER_CHOICE = 32;
/** Names, braces and quotes of a tool call that the wire does not show, in tokens. */
const SILENT_TOKENS_PER_CALL = 32;

/**
 * Counts one answer as it is delivered. The model server's own last count is taken, but never more than the request
 * was admitted for, nor more tokens than the text that was delivered has bytes, with some for marks without text. A
 * server that sends no count is counted by its chunks with text, as each is at least a token; its prompt is free.
 */
export class UsageCount {
  readonly #bounds: RequestBounds;
  readonly #silentTokenCount: number;
  #textBytes = 0;
  #callCount = 0;
  #chunkCount = 0;
  #reported: Usage | null = null;

  constructor(bounds: RequestBounds, choiceCount: number, stopStrings: readonly string[]) {
    this.#bounds = bounds;
    const stopBytes = stopStrings.reduce((longest, stop) => Math.max(longest, Buffer.byteLength(stop)), 0);
    this.#silentTokenCount = choiceCount * (SILENT_TOKENS_PER_CHOICE + stopBytes);
  }

  /** Takes a chunk that is delivered. */
  take(chunk: Chunk): void {
    for (const choice of chunk.choices) this.#takeChoice(choice);
    const { usage } = chunk;
    if (usage === undefined || usage === null) return;
    const before = this.#reported;
    const completion = usage.completion_tokens ?? 0;
    this.#reported =
      before !== null && before.completion_tokens > completion
        ? { ...usage, completion_tokens: before.completion_tokens }
        : usage;
  }

  /** Takes text that was delivered otherwise than in chunks, with the count that came with it. */
  takeWhole(texts: readonly string[], callCount: number, usage: Usage | null): void {
    for (const text of texts) this.#takeText(text);
    this.#callCount += callCount;
    this.#reported = usage;
  }

  /** Tokens used so far. */
  get usage(): Usage {
    const reported = this.#reported;
    if (reported === null) return usageOf(0, Math.min(this.#chunkCount, this.#bounds.completionTokens), 0);
    const believable = this.#textBytes + this.#silentTokenCount + this.#callCount * SILENT_TOKENS_PER_CALL;
    const promptTokenCount = Math.min(reported.prompt_tokens, this.#bounds.promptTokens);
    return usageOf(
      promptTokenCount,
      Math.min(reported.completion_tokens ?? 0, this.#bounds.completionTokens, believable),
      Math.min(reported.prompt_tokens_details?.cached_tokens ?? 0, promptTokenCount),
    );
  }

  #takeChoice({ delta, text, finish_reason }: ChunkChoice): void {
    const before = this.#textBytes;
    if (text !== undefined) this.#addBytes(text);
    if (delta !== undefined) {
      this.#addBytes(delta.content);
      this.#addBytes(delta.reasoning_content ?? delta.reasoning);
      for (const call of delta.tool_calls ?? []) {
        if (call.function?.name) this.#callCount += 1;
        this.#addBytes(call.function?.name);
        this.#addBytes(call.function?.arguments);
      }
    }
    if (this.#textBytes > before || (finish_reason === 'length' && this.#chunkCount === 0)) this.#chunkCount += 1;
  }

  #takeText(text: string): void {
    if (text === '') return;
    this.#addBytes(text);
    this.#chunkCount += 1;
  }

  #addBytes(text: string | null | undefined): void {
    if (text) this.#textBytes += Buffer.byteLength(text);
  }
}

/** Whether a chunk is the beginning of an answer: text, a call, its end, or a count of tokens. */
export function beginsAnswer(chunk: Chunk, kind: Replica['kind']): boolean {
  if (kind === 'ours' && (chunk.usage?.completion_tokens ?? 0) > 0) return true;
  return chunk.choices.some(
    ({ delta, text, finish_reason }) =>
      Boolean(text) ||
      Boolean(finish_reason) ||
      Boolean(delta?.content) ||
      Boolean(delta?.reasoning_content ?? delta?.reasoning) ||
      (delta?.tool_calls?.length ?? 0) > 0,
  );
}

function usageOf(promptTokens: number, completionTokens: number, cachedTokens: number): Usage {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    ...(cachedTokens > 0 ? { prompt_tokens_details: { cached_tokens: cachedTokens } } : {}),
  };
}

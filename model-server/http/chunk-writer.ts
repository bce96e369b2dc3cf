import type { FinishReason, TokenLogprob, ToolCallDelta } from '@rerig/api/openai';
import type { TokenCounts } from '../batching/generation.ts';
import type { AnswerHead } from './answer-head.ts';
import type { StreamWishes } from './generation-plan.ts';

/** What one event of a streamed answer says. */
export interface ChatDelta {
  /** The choice's first event says who speaks. */
  readonly isFirst: boolean;
  readonly content: string | undefined;
  readonly toolCalls: readonly ToolCallDelta[] | undefined;
  readonly logprobs: readonly TokenLogprob[] | undefined;
  readonly reason: FinishReason | null;
}

/**
 * Writes the events of one streamed chat answer. At thousands of events a second each costs: what all have in common is
 * written once, and of an event only its text goes through JSON.
 */
export class ChunkWriter {
  readonly #start: string;
  readonly #usage: 'none' | 'null' | 'each';
  readonly #wishes: StreamWishes;

  constructor(head: AnswerHead, wishes: StreamWishes) {
    const { id, created, model } = head;
    const common = JSON.stringify({ id, object: 'chat.completion.chunk', created, model });
    this.#start = `data: ${common.slice(0, -1)},"choices":[`;
    this.#wishes = wishes;
    this.#usage = wishes.usageInEachChunk ? 'each' : wishes.usageAtEnd ? 'null' : 'none';
  }

  /** One event of a choice. `counts` are those of the whole answer so far. */
  event(index: number, delta: ChatDelta, counts: TokenCounts): string {
    const fields: string[] = [];
    if (delta.isFirst) fields.push('"role":"assistant"');
    if (delta.content !== undefined) fields.push(`"content":${JSON.stringify(delta.content)}`);
    if (delta.toolCalls) fields.push(`"tool_calls":${JSON.stringify(delta.toolCalls)}`);
    const logprobs = delta.logprobs ? `,"logprobs":{"content":${JSON.stringify(delta.logprobs)}}` : '';
    const reason = delta.reason === null ? 'null' : `"${delta.reason}"`;
    return `${this.#start}{"index":${index},"delta":{${fields.join(',')}}${logprobs},"finish_reason":${reason}}]${this.#usagePart(counts)}}\n\n`;
  }

  /** The usage in an event of its own, where the client asked for it, and the end of the stream. */
  end(counts: TokenCounts): string {
    const usage = this.#wishes.usageAtEnd ? `${this.#start}],"usage":${usageJson(counts)}}\n\n` : '';
    return `${usage}data: [DONE]\n\n`;
  }

  #usagePart(counts: TokenCounts): string {
    if (this.#usage === 'none') return '';
    return this.#usage === 'null' ? ',"usage":null' : `,"usage":${usageJson(counts)}`;
  }
}

/** The counts as OpenAI's `usage`. */
export function usageJson({ promptTokens, completionTokens, cachedPromptTokens }: TokenCounts): string {
  const total = promptTokens + completionTokens;
  return `{"prompt_tokens":${promptTokens},"completion_tokens":${completionTokens},"total_tokens":${total},"prompt_tokens_details":{"cached_tokens":${cachedPromptTokens}}}`;
}

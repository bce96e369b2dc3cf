import { randomUUID } from 'node:crypto';
import type { ChatChunk, ChatCompletion, FinishReason, Usage } from '@rerig/api/openai';
import type { TokenCounts } from '../batching/generation.ts';

/** What every chunk of one answer has in common. */
export interface AnswerHead {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

export function newAnswerHead(model: string): AnswerHead {
  return { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model };
}

export function toWireUsage({ promptTokens, completionTokens }: TokenCounts): Usage {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

/** The whole answer. */
export function toWireCompletion(
  head: AnswerHead,
  content: string,
  reason: FinishReason,
  counts: TokenCounts,
): ChatCompletion {
  return {
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: reason, logprobs: null }],
    usage: toWireUsage(counts),
  };
}

/** One chunk. `usage` is left out where the client asked for none. */
export function toWireChunk(
  head: AnswerHead,
  delta: ChatChunk['choices'][number]['delta'],
  reason: FinishReason | null,
  usage: Usage | null | undefined,
): string {
  const chunk: ChatChunk = {
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: reason }],
    ...(usage === undefined ? {} : { usage }),
  };
  return JSON.stringify(chunk);
}

/** The last chunk of a stream whose client asked for the usage: no choices. */
export function toWireUsageChunk(head: AnswerHead, counts: TokenCounts): string {
  const chunk: ChatChunk = { ...head, object: 'chat.completion.chunk', choices: [], usage: toWireUsage(counts) };
  return JSON.stringify(chunk);
}

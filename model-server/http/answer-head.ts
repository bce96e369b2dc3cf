import type { Usage } from '@rerig/api/openai';
import type { TokenCounts } from '../batching/generation.ts';

/** What every part of one answer has in common. */
export interface AnswerHead {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
}

export function newAnswerHead(id: string, model: string): AnswerHead {
  return { id, created: Math.floor(Date.now() / 1000), model };
}

export function toWireUsage({ promptTokens, completionTokens, cachedPromptTokens }: TokenCounts): Usage {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedPromptTokens },
  };
}

import { randomInt } from 'node:crypto';
import { type ChatRequest, chatRequestSchema, stopStrings } from '@rerig/api/openai';
import type { GenerationRequest } from '../batching/generation.ts';
import { type ServeFault, serveFault } from '../faults.ts';
import { foldSeed } from '../llama/sampler.ts';

/** A refusal that names the request's field at fault. */
export interface RequestRefusal {
  readonly fault: ServeFault;
  readonly parameter: string | null;
}

/** Checks a body against OpenAI's chat request. */
export function parseChatRequest(json: unknown): { readonly request: ChatRequest } | RequestRefusal {
  const parsed = chatRequestSchema.safeParse(json);
  if (parsed.success) return { request: parsed.data };
  const issue = parsed.error.issues[0];
  const parameter = issue && issue.path.length > 0 ? issue.path.map(String).join('.') : null;
  const fault = serveFault('invalid_request', {
    what: `The request's ${parameter ?? 'body'} is not accepted.`,
    why: `${issue?.message ?? 'It does not fit the schema'}.`,
    mend: 'See the fields of POST /v1/chat/completions in the API reference.',
  });
  return { fault, parameter };
}

/** How an answer is streamed. */
export interface StreamWishes {
  /** `stream_options.include_usage`: the counts in a chunk of their own at the end. */
  readonly usageAtEnd: boolean;
  /** `stream_options.continuous_usage_stats` (as vLLM has it): the counts so far in each chunk. */
  readonly usageInEachChunk: boolean;
}

/** How the answer is to be streamed; `undefined` where it is to be sent whole. */
export function streamWishes({ stream, stream_options: options }: ChatRequest): StreamWishes | undefined {
  if (stream !== true) return undefined;
  return {
    usageAtEnd: options?.include_usage === true,
    usageInEachChunk: options?.continuous_usage_stats === true,
  };
}

/** What to generate for a request whose prompt is known. `contextTokens` bounds prompt and answer together. */
export function planGeneration(
  request: ChatRequest,
  promptTokens: Int32Array,
  contextTokens: number,
): GenerationRequest {
  const room = contextTokens - promptTokens.length;
  const asked = request.max_completion_tokens ?? request.max_tokens ?? room;
  return {
    promptTokens,
    newTokensMax: Math.min(asked, room),
    sampling: {
      temperature: request.temperature ?? 1,
      topP: request.top_p ?? 1,
      seed: request.seed === null || request.seed === undefined ? randomInt(2 ** 32 - 1) : foldSeed(request.seed),
    },
    stops: stopStrings(request),
    grammar: undefined,
    logprobsTopCount: undefined,
    adapters: [],
    priority: 'live',
  };
}

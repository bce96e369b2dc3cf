import {
  type ChatRequest,
  type CompletionRequest,
  chatRequestSchema,
  completionRequestSchema,
  type EmbeddingRequest,
  embeddingRequestSchema,
  messageText,
  stopStrings,
} from '@rerig/api/openai';
import { promptTokensMax } from '@rerig/domain/metering';
import type { Replica, RequestBounds } from '../ports.ts';

/** A request that has been checked, with its door. */
export type Asked =
  | { readonly door: 'chat'; readonly request: ChatRequest }
  | { readonly door: 'completions'; readonly request: CompletionRequest }
  | { readonly door: 'embeddings'; readonly request: EmbeddingRequest };

/** What completions write where no most is given, as the vendor's API has it. */
const COMPLETION_TOKENS_DEFAULT = 16;
/** Tokens that an answer is expected to have, whatever more it may have. */
const COMPLETION_TOKENS_EXPECTED = 256;

const paths = { chat: '/v1/chat/completions', completions: '/v1/completions', embeddings: '/v1/embeddings' } as const;

/** Top-level fields that are sent on. Others could make a server write more than was admitted, or use its caches. */
const sentFields = {
  chat: new Set([...Object.keys(chatRequestSchema.shape), 'reasoning_effort', 'chat_template_kwargs']),
  completions: new Set(Object.keys(completionRequestSchema.shape)),
  embeddings: new Set(Object.keys(embeddingRequestSchema.shape)),
} as const;

/** Where a door is, on our wire and on every replica's. */
export function pathOf(door: Asked['door']): string {
  return paths[door];
}

/** The most that a request can use: a prompt bound made without a tokenizer, and the tokens that it asks for. */
export function boundsOf(asked: Asked, contextTokens: number): RequestBounds {
  switch (asked.door) {
    case 'chat': {
      const { request } = asked;
      const most = Math.min(request.max_completion_tokens ?? request.max_tokens ?? contextTokens, contextTokens);
      return {
        promptTokens: promptTokensMax(promptTexts(asked), contextTokens),
        completionTokens: most * (request.n ?? 1),
      };
    }
    case 'completions': {
      const { request } = asked;
      const most = Math.min(request.max_tokens ?? COMPLETION_TOKENS_DEFAULT, contextTokens);
      const prompts = inputsOf(request.prompt);
      return {
        promptTokens: sumOf(prompts, contextTokens),
        completionTokens: most * (request.n ?? 1) * prompts.length,
      };
    }
    case 'embeddings':
      return { promptTokens: sumOf(inputsOf(asked.request.input), contextTokens), completionTokens: 0 };
  }
}

/** What a request needs of a context, in tokens, by the same bound; the most where it asks for none. */
export function contextTokensNeeded(asked: Asked, contextTokens: number): number {
  switch (asked.door) {
    case 'chat': {
      const { max_completion_tokens, max_tokens } = asked.request;
      return promptTokensMax(promptTexts(asked), contextTokens) + (max_completion_tokens ?? max_tokens ?? 1);
    }
    case 'completions':
      return longestOf(inputsOf(asked.request.prompt), contextTokens) + (asked.request.max_tokens ?? 1);
    case 'embeddings':
      return longestOf(inputsOf(asked.request.input), contextTokens);
  }
}

/** Tokens that the answer is expected to have. */
export function completionTokensExpected(asked: Asked): number {
  if (asked.door === 'embeddings') return 0;
  const { request } = asked;
  const asksFor =
    asked.door === 'chat' ? (asked.request.max_completion_tokens ?? request.max_tokens) : request.max_tokens;
  return Math.min(asksFor ?? COMPLETION_TOKENS_EXPECTED, COMPLETION_TOKENS_EXPECTED) * (request.n ?? 1);
}

/** The texts that a prompt is made of, in their order, for its bound and for what of it may be cached. */
export function promptTexts(asked: Asked): readonly string[] {
  switch (asked.door) {
    case 'chat': {
      const { messages, tools, response_format } = asked.request;
      const texts: string[] = [];
      if (tools !== undefined && tools !== null) texts.push(JSON.stringify(tools));
      if (response_format?.type === 'json_schema') texts.push(JSON.stringify(response_format));
      for (const message of messages) {
        texts.push(messageText(message));
        if (message.role === 'assistant' && message.tool_calls !== undefined) {
          texts.push(JSON.stringify(message.tool_calls));
        }
      }
      return texts;
    }
    case 'completions':
      return inputsOf(asked.request.prompt).filter((prompt) => typeof prompt === 'string');
    case 'embeddings':
      return [];
  }
}

/** Answers to one request: what may have marks without text of its own. */
export function choiceCountOf(asked: Asked): number {
  if (asked.door === 'embeddings') return 0;
  return (asked.request.n ?? 1) * (asked.door === 'completions' ? inputsOf(asked.request.prompt).length : 1);
}

/** The strings that end an answer, and are not shown. */
export function stopStringsOf(asked: Asked): readonly string[] {
  return asked.door === 'embeddings' ? [] : stopStrings(asked.request);
}

/** The body that a replica is sent. Streams always count, whatever the client asked for, so that they can be metered. */
export function upstreamBody(asked: Asked, replica: Replica, isStreamed: boolean): string {
  const body: Record<string, unknown> = {};
  const sent = sentFields[asked.door];
  for (const [field, value] of Object.entries(asked.request)) if (sent.has(field)) body[field] = value;
  body.model = replica.upstreamModel ?? asked.request.model;
  if (asked.door === 'embeddings') return JSON.stringify(body);
  body.stream = isStreamed;
  if (isStreamed) body.stream_options = { include_usage: true, continuous_usage_stats: true };
  else delete body.stream_options;
  if (asked.door === 'chat' && typeof asked.request.max_completion_tokens === 'number') {
    // Older servers know only the older name.
    body.max_tokens = asked.request.max_completion_tokens;
  }
  return JSON.stringify(body);
}

type Input = string | readonly number[];

function inputsOf(inputs: CompletionRequest['prompt'] | EmbeddingRequest['input']): readonly Input[] {
  if (typeof inputs === 'string') return [inputs];
  const isOfTokens = typeof inputs[0] === 'number';
  if (!isOfTokens) return inputs.filter((input) => typeof input !== 'number');
  return [inputs.filter((input) => typeof input === 'number')];
}

function tokensMaxOf(input: Input, contextTokens: number): number {
  return typeof input === 'string'
    ? promptTokensMax([input], contextTokens)
    : Math.min(input.length + 2, contextTokens);
}

function sumOf(inputs: readonly Input[], contextTokens: number): number {
  return inputs.reduce((sum, input) => sum + tokensMaxOf(input, contextTokens), 0);
}

function longestOf(inputs: readonly Input[], contextTokens: number): number {
  return inputs.reduce((longest, input) => Math.max(longest, tokensMaxOf(input, contextTokens)), 0);
}

import { z } from 'zod';
import { chatMessageSchema, MESSAGES_MAX } from './messages.ts';
import { NEW_TOKENS_MAX, samplingFields, TOP_LOGPROBS_MAX } from './sampling.ts';
import {
  jsonSchemaSchema,
  TOOLS_MAX,
  toolCallDeltaSchema,
  toolCallSchema,
  toolChoiceSchema,
  toolSchema,
} from './tools.ts';
import { usageSchema } from './usage.ts';

/** OpenAI's `POST /v1/chat/completions`: what we accept. Unknown fields pass, as the vendor's clients add new ones. */

/** What shape the answer must have: any text, any JSON object, or JSON that fits a schema. */
export const responseFormatSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({
      name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
      description: z.string().optional(),
      schema: jsonSchemaSchema.optional(),
      strict: z.boolean().nullish(),
    }),
  }),
]);
export type ResponseFormat = z.infer<typeof responseFormatSchema>;

/** How an answer is streamed. `continuous_usage_stats` (as vLLM has it): the counts so far in each chunk. */
export const streamOptionsSchema = z.looseObject({
  include_usage: z.boolean().nullish(),
  continuous_usage_stats: z.boolean().nullish(),
});

/** A chat request. `max_completion_tokens` is the newer name of `max_tokens` and wins where both are given. */
export const chatRequestSchema = z.looseObject({
  model: z.string().min(1).max(256),
  messages: z.array(chatMessageSchema).min(1).max(MESSAGES_MAX),
  stream: z.boolean().nullish(),
  stream_options: streamOptionsSchema.nullish(),
  max_tokens: z.int().min(1).max(NEW_TOKENS_MAX).nullish(),
  max_completion_tokens: z.int().min(1).max(NEW_TOKENS_MAX).nullish(),
  ...samplingFields,
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(TOP_LOGPROBS_MAX).nullish(),
  tools: z.array(toolSchema).max(TOOLS_MAX).nullish(),
  tool_choice: toolChoiceSchema.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: responseFormatSchema.nullish(),
});
export type ChatRequest = z.infer<typeof chatRequestSchema>;

/** Why an answer ended: the model or a stop string (`stop`), the most tokens (`length`), or it asks for tools. */
export const finishReasonSchema = z.enum(['stop', 'length', 'content_filter', 'tool_calls']);
/** Why an answer ended. */
export type FinishReason = z.infer<typeof finishReasonSchema>;

const tokenLogprob = {
  token: z.string(),
  /** Natural logarithm of the probability, ≤ 0. */
  logprob: z.number(),
  /** The token's UTF-8 bytes, as it may be a part of a character. */
  bytes: z.array(z.int().min(0).max(255)).nullable(),
};

/** How likely a token was before anything was cut off or bent, with the likeliest in its place. */
export const tokenLogprobSchema = z.object({ ...tokenLogprob, top_logprobs: z.array(z.object(tokenLogprob)) });
export type TokenLogprob = z.infer<typeof tokenLogprobSchema>;

/** The log probabilities of an answer's tokens. */
export const choiceLogprobsSchema = z.object({
  content: z.array(tokenLogprobSchema).nullable(),
  refusal: z.null().optional(),
});
export type ChoiceLogprobs = z.infer<typeof choiceLogprobsSchema>;

/** One server-sent event of a streamed answer. `usage` stands in every chunk between replica and gateway. */
export const chatChunkSchema = z.object({
  id: z.string(),
  object: z.literal('chat.completion.chunk'),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.int(),
      delta: z.object({
        role: z.literal('assistant').optional(),
        content: z.string().nullish(),
        tool_calls: z.array(toolCallDeltaSchema).optional(),
      }),
      logprobs: choiceLogprobsSchema.nullish(),
      finish_reason: finishReasonSchema.nullable(),
    }),
  ),
  usage: usageSchema.nullish(),
});
export type ChatChunk = z.infer<typeof chatChunkSchema>;

/** A whole answer, not streamed. */
export const chatCompletionSchema = z.object({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.int(),
      message: z.object({
        role: z.literal('assistant'),
        content: z.string().nullable(),
        refusal: z.string().nullish(),
        tool_calls: z.array(toolCallSchema).optional(),
      }),
      finish_reason: finishReasonSchema,
      logprobs: choiceLogprobsSchema.nullable(),
    }),
  ),
  usage: usageSchema,
});
export type ChatCompletion = z.infer<typeof chatCompletionSchema>;

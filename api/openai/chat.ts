import { z } from 'zod';

/** OpenAI's `POST /v1/chat/completions`: what we accept. Unknown fields pass, as the vendor's clients add new ones. */

const textPart = z.object({ type: z.literal('text'), text: z.string() });

/** One message. `content` is text, or parts of which only `text` is accepted: no served model sees pictures or sound. */
export const chatMessageSchema = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content: z.union([z.string(), z.array(textPart).min(1)]),
  name: z.string().max(256).optional(),
});

/** Most stop strings in one request, as the vendor's API has it. */
export const STOP_STRINGS_MAX = 4;

/** Most messages in one request: past it, no context length that we serve could hold even their role marks. */
export const MESSAGES_MAX = 4096;

/** A chat request. `max_completion_tokens` is the newer name of `max_tokens` and wins where both are given. */
export const chatRequestSchema = z.looseObject({
  model: z.string().min(1).max(256),
  messages: z.array(chatMessageSchema).min(1).max(MESSAGES_MAX),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.int().min(1).max(1_048_576).nullish(),
  max_completion_tokens: z.int().min(1).max(1_048_576).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  seed: z
    .int()
    .min(-(2 ** 53))
    .max(2 ** 53)
    .nullish(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(STOP_STRINGS_MAX)]).nullish(),
  n: z.literal(1, { error: 'only one choice (n = 1) is made per request' }).nullish(),
  user: z.string().max(512).nullish(),
});
export type ChatRequest = z.infer<typeof chatRequestSchema>;
export type ChatMessage = z.infer<typeof chatMessageSchema>;

/** Tokens of one request, by the model server's own count: the meter's source. All whole and ≥ 0. */
export const usageSchema = z.object({
  prompt_tokens: z.int().min(0),
  completion_tokens: z.int().min(0),
  total_tokens: z.int().min(0),
});
export type Usage = z.infer<typeof usageSchema>;

/** Why an answer ended, in OpenAI's words: the model or a stop string (`stop`), or the most tokens (`length`). */
export const finishReasonSchema = z.enum(['stop', 'length', 'content_filter', 'tool_calls']);
/** Why an answer ended. */
export type FinishReason = z.infer<typeof finishReasonSchema>;

/** One server-sent event of a streamed answer. `usage` stands in every chunk between replica and gateway. */
export const chatChunkSchema = z.object({
  id: z.string(),
  object: z.literal('chat.completion.chunk'),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.int(),
      delta: z.object({ role: z.literal('assistant').optional(), content: z.string().optional() }),
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
      message: z.object({ role: z.literal('assistant'), content: z.string() }),
      finish_reason: finishReasonSchema,
      logprobs: z.null(),
    }),
  ),
  usage: usageSchema,
});
export type ChatCompletion = z.infer<typeof chatCompletionSchema>;

/** The text of a message, its parts joined. */
export function messageText(message: ChatMessage): string {
  return typeof message.content === 'string' ? message.content : message.content.map((part) => part.text).join('');
}

/** The stop strings of a request as a list, empty where none are given. */
export function stopStrings(request: ChatRequest): readonly string[] {
  if (request.stop === null || request.stop === undefined) return [];
  return typeof request.stop === 'string' ? [request.stop] : request.stop;
}

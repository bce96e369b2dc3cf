import { z } from 'zod';
import { streamOptionsSchema } from './chat.ts';
import { NEW_TOKENS_MAX, samplingFields } from './sampling.ts';
import { usageSchema } from './usage.ts';

/** Most prompts in one request of completions. */
export const PROMPTS_MAX = 64;

const tokens = z.array(z.int().min(0)).min(1);

/** OpenAI's `POST /v1/completions` (its older door, still used for raw text): what we accept. */
export const completionRequestSchema = z.looseObject({
  model: z.string().min(1).max(256),
  prompt: z.union([
    z.string(),
    z.array(z.string()).min(1).max(PROMPTS_MAX),
    tokens,
    z.array(tokens).min(1).max(PROMPTS_MAX),
  ]),
  stream: z.boolean().nullish(),
  stream_options: streamOptionsSchema.nullish(),
  /** 16 where absent, as the vendor's API has it. */
  max_tokens: z.int().min(0).max(NEW_TOKENS_MAX).nullish(),
  ...samplingFields,
  /** How many of the likeliest tokens are shown beside each one, 0 to 5; absent or null: none, and no log probabilities. */
  logprobs: z.int().min(0).max(5).nullish(),
  /** Whether the prompt is repeated before the answer. */
  echo: z.boolean().nullish(),
});
export type CompletionRequest = z.infer<typeof completionRequestSchema>;

/** Log probabilities in the older door's shape. */
export const completionLogprobsSchema = z.object({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number().nullable()),
  top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullable(),
  /** Where each token begins in the text, in characters. */
  text_offset: z.array(z.int()),
});
export type CompletionLogprobs = z.infer<typeof completionLogprobsSchema>;

/** An answer, or one event of a streamed one. `finish_reason` is null but in a choice's last. */
export const completionSchema = z.object({
  id: z.string(),
  object: z.literal('text_completion'),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.int(),
      text: z.string(),
      logprobs: completionLogprobsSchema.nullable(),
      finish_reason: z.enum(['stop', 'length', 'content_filter']).nullable(),
    }),
  ),
  usage: usageSchema.nullish(),
});
export type Completion = z.infer<typeof completionSchema>;

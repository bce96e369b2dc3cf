import { z } from 'zod';

/** Most stop strings in one request, as the vendor's API has it. */
export const STOP_STRINGS_MAX = 4;
/** Most tokens that one request may ask for: no context that we serve is longer. */
export const NEW_TOKENS_MAX = 1_048_576;
/** Most answers to one prompt. The vendor's API has 128; eight fill a card. */
export const CHOICES_MAX = 8;
/** Most likeliest tokens shown beside each one, as the vendor's API has it. */
export const TOP_LOGPROBS_MAX = 20;

/** What chooses the next token: fields that chat and completions share. */
export const samplingFields = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  /** Extension, as llama-server and vLLM have it: only the so many likeliest tokens are drawn from; 0 is all. */
  top_k: z.int().min(0).max(1_000_000).nullish(),
  /** Extension, as llama-server and vLLM have it: the least probability, as a share of the likeliest token's. */
  min_p: z.number().min(0).max(1).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  /** Token number → what is added to its score before drawing. */
  logit_bias: z.record(z.string().regex(/^\d{1,7}$/), z.number().min(-100).max(100)).nullish(),
  seed: z
    .int()
    .min(-(2 ** 53))
    .max(2 ** 53)
    .nullish(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(STOP_STRINGS_MAX)]).nullish(),
  n: z
    .int()
    .min(1)
    .max(CHOICES_MAX, { error: `at most ${CHOICES_MAX} choices are made per request` })
    .nullish(),
  user: z.string().max(512).nullish(),
  /** Extension, as llama-server has it: a GBNF grammar that the answer must follow. */
  grammar: z.string().min(1).max(65_536).nullish(),
  /** Extension: LoRA adapters of the model server, by name, and how strongly each counts (1 where absent). */
  lora: z
    .array(z.object({ name: z.string().min(1).max(256), scale: z.number().min(-4).max(4).nullish() }))
    .max(8)
    .nullish(),
} as const;

/** The stop strings of a request as a list, empty where none are given. */
export function stopStrings(request: {
  readonly stop?: string | readonly string[] | null | undefined;
}): readonly string[] {
  if (request.stop === null || request.stop === undefined) return [];
  return typeof request.stop === 'string' ? [request.stop] : request.stop;
}

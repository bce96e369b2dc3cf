import { z } from 'zod';

const count = z.int().min(0);

/**
 * Tokens of one request, by the model server's own count: the meter's source. All whole and ≥ 0. `cached_tokens` are
 * those of the prompt that the model server had in its cache; they are part of `prompt_tokens`.
 */
export const usageSchema = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  prompt_tokens_details: z.object({ cached_tokens: count.optional() }).nullish(),
});
export type Usage = z.infer<typeof usageSchema>;

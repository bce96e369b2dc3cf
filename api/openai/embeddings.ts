import { z } from 'zod';

/** Most inputs in one request of embeddings, as the vendor's API has it. */
export const INPUTS_MAX = 2048;

const tokens = z.array(z.int().min(0)).min(1);

/** OpenAI's `POST /v1/embeddings`: what we accept. */
export const embeddingRequestSchema = z.looseObject({
  model: z.string().min(1).max(256),
  input: z.union([
    z.string().min(1),
    z.array(z.string().min(1)).min(1).max(INPUTS_MAX),
    tokens,
    z.array(tokens).min(1).max(INPUTS_MAX),
  ]),
  /** `base64`: little-endian 32-bit floats, which the vendor's clients ask for by themselves. */
  encoding_format: z.enum(['float', 'base64']).nullish(),
  /** Fewer than the model has: the first so many, made of length 1 again. Only right for models that were taught so. */
  dimensions: z.int().min(1).max(65_536).nullish(),
  user: z.string().max(512).nullish(),
});
export type EmbeddingRequest = z.infer<typeof embeddingRequestSchema>;

/** The vectors in the order of their inputs, each of length 1. */
export const embeddingResponseSchema = z.object({
  object: z.literal('list'),
  model: z.string(),
  data: z.array(
    z.object({
      object: z.literal('embedding'),
      index: z.int().min(0),
      embedding: z.union([z.array(z.number()), z.string()]),
    }),
  ),
  usage: z.object({ prompt_tokens: z.int().min(0), total_tokens: z.int().min(0) }),
});
export type EmbeddingResponse = z.infer<typeof embeddingResponseSchema>;

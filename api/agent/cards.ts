import type { CardFeatures } from '@rerig/domain/workloads';
import { z } from 'zod';

const routeNames = ['cuda-13', 'cuda-12', 'rocm', 'vulkan', 'cpu'] as const;
const idSchema = z.string().min(1).max(200);
const WHY_CHARACTERS_MAX = 500;

const cardFeaturesSchema: z.ZodType<CardFeatures> = z
  .object({
    cardModelId: idSchema.exactOptional(),
    cardModelName: z.string().max(500),
    vramBytes: z.number().min(0),
    routes: z.array(z.enum(routeNames)).readonly(),
    grade: z.enum(['A', 'B', 'C', 'D', 'E']).exactOptional(),
    linkBytesPerSecond: z.number().min(0).exactOptional(),
    tokensPerSecond: z.number().min(0).exactOptional(),
  })
  .readonly();

/** A card that an agent's executor has, who holds it, and what it can do. */
export const cardCapacitySchema = z
  .object({
    cardId: idSchema,
    rigId: idSchema,
    /** Null: nobody. */
    workloadId: idSchema.nullable(),
    standing: z.enum(['in-service', 'draining', 'drained', 'lost']),
    standingWhy: z.string().max(4000).exactOptional(),
    features: cardFeaturesSchema,
  })
  .readonly();
export type CardCapacityView = z.infer<typeof cardCapacitySchema>;

/** Every card of an agent. */
export const cardListSchema = z.object({ cards: z.array(cardCapacitySchema).readonly() }).readonly();

const targetSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('card'), cardId: idSchema }).readonly(),
  z.strictObject({ kind: z.literal('rig'), rigId: idSchema }).readonly(),
]);

/** Takes a card or a rig out of use: what runs there goes on to its end, nothing else starts. */
export const drainRequestSchema = z
  .strictObject({ target: targetSchema, why: z.string().min(1).max(WHY_CHARACTERS_MAX) })
  .readonly();
export type DrainRequest = z.infer<typeof drainRequestSchema>;

/** Brings a card or a rig back into use. */
export const resumeRequestSchema = z.strictObject({ target: targetSchema }).readonly();
export type ResumeRequest = z.infer<typeof resumeRequestSchema>;

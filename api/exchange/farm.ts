import { z } from 'zod';

/** What the console and `GET /api/v1/farm` show of a farm. Absent means not known: it is never filled with a guess. */

/** What AI work a card can do, from training (A) to none (E). */
export const gradeSchema = z.enum(['A', 'B', 'C', 'D', 'E']);

/** How a grade is known, strongest first. */
export const evidenceSchema = z.enum(['measured-card', 'measured-model', 'predicted']);

/** What a card is doing now. `listed`: known from an inventory only, no agent runs on its rig. */
export const cardStateSchema = z.enum(['listed', 'ready', 'starting', 'serving', 'failed']);
export type CardState = z.infer<typeof cardStateSchema>;

/** Something wrong or limiting, as `@rerig/domain/grading` has it. */
export const findingViewSchema = z.object({
  code: z.string(),
  severity: z.enum(['info', 'warning', 'blocking']),
  what: z.string(),
  why: z.string(),
  mend: z.string(),
  /** What the mend unlocks; absent where it only makes sure or keeps. */
  unlocks: z.string().optional(),
});

/** One card: what it is, its grade, and what it does now. VRAM in bytes, temperature in °C, power in W, fan in %. */
export const cardViewSchema = z.object({
  cardId: z.string(),
  kind: z.enum(['gpu', 'cpu']),
  name: z.string(),
  /** Catalogue models that fit what was observed: one when known, several when ambiguous, none when unknown. */
  modelNames: z.array(z.string()),
  busId: z.string().optional(),
  vramBytes: z.number().min(0).optional(),
  grade: gradeSchema.nullable(),
  evidence: evidenceSchema.nullable(),
  route: z.string().nullable(),
  /** The largest reference model that fits, as "8B Q4_K_M", or null. */
  largestFit: z.string().nullable(),
  findings: z.array(findingViewSchema),
  state: cardStateSchema,
  /** What runs on it: the model's name while it serves. */
  workload: z.string().nullable(),
  temperatureCelsius: z.number().optional(),
  powerWatts: z.number().optional(),
  fanPercent: z.number().optional(),
});
/** A card as shown. */
export type CardView = z.infer<typeof cardViewSchema>;

/** One rig with its cards. RAM in bytes. */
export const rigViewSchema = z.object({
  rigId: z.string(),
  name: z.string(),
  /** `live`: an agent runs on it; `inventory`: read from a file. */
  source: z.enum(['live', 'inventory']),
  cpu: z.string().optional(),
  cpuCoreCount: z.number().optional(),
  ramBytes: z.number().optional(),
  motherboard: z.string().optional(),
  findings: z.array(findingViewSchema),
  cards: z.array(cardViewSchema),
});
/** A rig as shown. */
export type RigView = z.infer<typeof rigViewSchema>;

/** Figures of the exchange since it was made, money in whole micro-USD as decimal strings (JSON has no bigint). */
export const activityViewSchema = z.object({
  requestCount: z.number(),
  openRequestCount: z.number(),
  promptTokens: z.number(),
  completionTokens: z.number(),
  chargedMicroUsd: z.string(),
  operatorMicroUsd: z.string(),
  feeMicroUsd: z.string(),
});
export type ActivityView = z.infer<typeof activityViewSchema>;

/** A whole farm at one moment. */
export const farmViewSchema = z.object({
  farmName: z.string(),
  /** True where the inventory is the example that ships with the product, not the user's own. */
  isExample: z.boolean(),
  /** ISO 8601, when the newest thing shown changed. */
  updatedAt: z.string(),
  rigs: z.array(rigViewSchema),
  activity: activityViewSchema,
});
/** A farm as shown. */
export type FarmView = z.infer<typeof farmViewSchema>;

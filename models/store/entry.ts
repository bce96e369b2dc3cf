import { z } from 'zod';
import type { ModelFacts } from '../gguf.ts';

/** One file of a model. */
export interface ModelPart {
  /** As its source calls it: `llama-00001-of-00003.gguf`. */
  readonly fileName: string;
  /** 64 hexadecimal digits, lower case. */
  readonly sha256: string;
  readonly bytes: number;
}

/** A model of the store, by its name. */
export interface ModelEntry {
  readonly name: string;
  /** One, or those of a split model in order. */
  readonly parts: readonly ModelPart[];
  /** Of all parts. */
  readonly bytes: number;
  /** Where it came from, as `add` names it, without any token: `hf:ORG/REPO/FILE`, a URL, a path. */
  readonly source: string;
  /** What the source said of its version, such as a hub's commit; null where it said none. */
  readonly revision: string | null;
  readonly facts: ModelFacts;
  readonly addedAtMs: number;
}

const FILE_NAME = /^[^/\\\p{Cc}\p{Cf}]{1,255}$/u;
const count = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const countOrNull = count.nullable();

/** What a header said, as it is kept and shared. */
export const factsSchema = z.object({
  kind: z.enum(['model', 'adapter']),
  architecture: z.string().max(4096),
  title: z.string().max(400).nullable(),
  parameterCount: countOrNull,
  quantization: z.string().max(40).nullable(),
  fileBytes: count,
  tensorBytes: count,
  contextTokenCount: countOrNull,
  layerCount: countOrNull,
  headCount: countOrNull,
  kvHeadCount: countOrNull,
  keyWidth: countOrNull,
  valueWidth: countOrNull,
  embeddingWidth: countOrNull,
  vocabularyTokenCount: countOrNull,
  expertCount: countOrNull,
  hasChatTemplate: z.boolean(),
  pooling: z.enum(['none', 'mean', 'cls', 'last', 'rank']).nullable(),
});

/** The names that models may have: they are file names, and parts of URLs. */
export const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** An entry as it is kept on disk, and told to other rigs. */
export const entrySchema = z.object({
  name: z.string().regex(MODEL_NAME),
  parts: z
    .array(
      z.object({
        fileName: z.string().regex(FILE_NAME),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        bytes: count,
      }),
    )
    .min(1)
    .max(1000),
  bytes: count,
  source: z.string().max(8192),
  revision: z.string().max(200).nullable(),
  facts: factsSchema,
  addedAtMs: z.number(),
});

/** What a machine tells of the models that it shares. */
export const sharedModelsSchema = z.object({ models: z.array(entrySchema).max(100_000) });

/** A name that can be kept, from a file's: `My model (v2)` becomes `My-model-v2`. Empty where nothing is left of it. */
export function nameFrom(text: string): string {
  return text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|[-.]+$/g, '')
    .slice(0, 128);
}

import { type Bytes, GIB } from '../quantity.ts';

/** A language model of known shape that is served at 4-bit weights: what a card is asked to fit. */
export interface ReferenceWorkload {
  /** `8B Q4_K_M`. */
  readonly name: string;
  readonly parameterCount: number;
  readonly sourceModel: string;
  /** The GGUF's tensors at Q4_K_M, as llama-bench prints them. */
  readonly weightsBytes: Bytes;
  readonly layerCount: number;
  /** Heads that ask, and heads that keep keys and values (grouped-query attention). */
  readonly headCount: number;
  readonly kvHeadCount: number;
  readonly headWidth: number;
  readonly embeddingWidth: number;
  readonly vocabularyTokenCount: number;
  readonly contextTokenCount: number;
}

/** A chat's context that every reference workload is reckoned with. */
const CONTEXT_TOKENS = 4096;

/**
 * The workloads that grades speak of, smallest first. Shapes: each source model's own config.json (Meta's and
 * Alibaba's on Hugging Face). Weights: llama-bench's "size" at Q4_K_M as collected in llm-bench.csv, November 2026
 * (0.745, 1.87, 4.58, 8.37 and 18.49 GiB).
 */
export const referenceWorkloads: readonly ReferenceWorkload[] = [
  {
    name: '1B Q4_K_M',
    parameterCount: 1.24e9,
    sourceModel: 'Llama-3.2-1B',
    weightsBytes: Math.round(0.745 * GIB),
    layerCount: 16,
    headCount: 32,
    kvHeadCount: 8,
    headWidth: 64,
    embeddingWidth: 2048,
    vocabularyTokenCount: 128_256,
    contextTokenCount: CONTEXT_TOKENS,
  },
  {
    name: '3B Q4_K_M',
    parameterCount: 3.21e9,
    sourceModel: 'Llama-3.2-3B',
    weightsBytes: Math.round(1.87 * GIB),
    layerCount: 28,
    headCount: 24,
    kvHeadCount: 8,
    headWidth: 128,
    embeddingWidth: 3072,
    vocabularyTokenCount: 128_256,
    contextTokenCount: CONTEXT_TOKENS,
  },
  {
    name: '8B Q4_K_M',
    parameterCount: 8.03e9,
    sourceModel: 'Llama-3.1-8B',
    weightsBytes: Math.round(4.58 * GIB),
    layerCount: 32,
    headCount: 32,
    kvHeadCount: 8,
    headWidth: 128,
    embeddingWidth: 4096,
    vocabularyTokenCount: 128_256,
    contextTokenCount: CONTEXT_TOKENS,
  },
  {
    name: '14B Q4_K_M',
    parameterCount: 14.77e9,
    sourceModel: 'Qwen2.5-14B',
    weightsBytes: Math.round(8.37 * GIB),
    layerCount: 48,
    headCount: 40,
    kvHeadCount: 8,
    headWidth: 128,
    embeddingWidth: 5120,
    vocabularyTokenCount: 152_064,
    contextTokenCount: CONTEXT_TOKENS,
  },
  {
    name: '32B Q4_K_M',
    parameterCount: 32.76e9,
    sourceModel: 'Qwen2.5-32B',
    weightsBytes: Math.round(18.49 * GIB),
    layerCount: 64,
    headCount: 40,
    kvHeadCount: 8,
    headWidth: 128,
    embeddingWidth: 5120,
    vocabularyTokenCount: 152_064,
    contextTokenCount: CONTEXT_TOKENS,
  },
];

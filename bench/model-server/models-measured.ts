import { join } from 'node:path';
import { CHATML_TEMPLATE, type RandomModelRecipe, writeRandomModel } from '@rerig/models/gguf-writing';

/** A model that servers are measured with. */
export interface MeasuredModel {
  readonly name: 'shipped' | 'random100m';
  readonly path: string;
  /** Tokens asked for by each request. */
  readonly tokensMax: number;
}

const SHIPPED = join(import.meta.dirname, '../../training/model/rigger-5m.gguf');

/** 100.7 million parameters in Q8_0, a llama; its greedy text never ends. */
const RANDOM_100M: RandomModelRecipe = {
  name: 'random-100m',
  seed: 7,
  embeddingLength: 768,
  layerCount: 12,
  feedForwardLength: 2048,
  headCount: 12,
  keyValueHeadCount: 4,
  vocabularyTokens: 16_384,
  trainedContextTokens: 8192,
  weights: 'Q8_0',
  chatTemplate: CHATML_TEMPLATE,
};

/** Bytes that one token of the random model's cache takes: keys and values in F16, of each layer. */
export const RANDOM_100M_CACHE_BYTES_PER_TOKEN =
  2 *
  2 *
  RANDOM_100M.layerCount *
  (RANDOM_100M.embeddingLength / RANDOM_100M.headCount) *
  RANDOM_100M.keyValueHeadCount;

/** The model that ships, and a random one that is written into a folder. */
export function measuredModels(folder: string): readonly MeasuredModel[] {
  const path = join(folder, 'random-100m.gguf');
  writeRandomModel(path, RANDOM_100M);
  return [
    { name: 'shipped', path: SHIPPED, tokensMax: 128 },
    { name: 'random100m', path, tokensMax: 64 },
  ];
}

import type { Pointer } from './abi.ts';
import type { LlamaFunctions } from './functions.ts';

/** How the next token is chosen. The same seed gives the same text as long as the scores are the same to the bit. */
export interface Sampling {
  /** 0 takes the likeliest token always; 1 draws by the model's own probabilities; at most 2. */
  readonly temperature: number;
  /** Only the likeliest tokens that together have this probability are drawn from; 1 is all. In (0, 1]. */
  readonly topP: number;
  /** Whole, 0 to 2³² − 2: llama.cpp takes 2³² − 1 for "any". */
  readonly seed: number;
}

/** A sequence's own chain of llama.cpp samplers, with its own random numbers. */
export interface Sampler {
  /** The token chosen after row `row` of the last step. */
  readonly pick: (row: number) => number;
  readonly close: () => void;
}

/** Builds the chain: greedy at temperature 0; else temperature, then top-p, then a draw. */
export function openSampler(functions: LlamaFunctions, context: Pointer, sampling: Sampling): Sampler {
  const chain = functions.openChain({ no_perf: true });
  if (sampling.temperature === 0) functions.addToChain(chain, functions.greedy());
  else {
    functions.addToChain(chain, functions.temperature(sampling.temperature));
    if (sampling.topP < 1) functions.addToChain(chain, functions.topP(sampling.topP, 1));
    functions.addToChain(chain, functions.draw(sampling.seed));
  }
  return {
    pick: (row) => functions.sample(chain, context, row),
    close: () => functions.freeSampler(chain),
  };
}

/** Folds any whole number up to ±2⁵³ into a seed, each half counting. */
export function foldSeed(value: number): number {
  const low = value >>> 0;
  const high = Math.floor(value / 2 ** 32) >>> 0;
  return ((low ^ Math.imul(high, 0x9e3779b1)) >>> 0) % 0xffffffff;
}

import { vramNeedOf } from '@rerig/domain/grading';
import { formatBytes } from '@rerig/domain/quantity';
import { chatWorkloadOf } from '@rerig/models/fit';
import type { ModelFacts } from '@rerig/models/gguf';
import { type ServeFault, serveFault } from './faults.ts';
import { embeddingScoreBytes, embeddingTokensMax } from './llama/embedding-tokens.ts';
import type { Route } from './llama/routes.ts';

/** What is to fit into what. */
export interface SizeWish {
  readonly facts: ModelFacts;
  /** Tokens that the model was trained to see at once. */
  readonly trainedContextTokens: number;
  readonly route: Route;
  readonly cardCount: number;
  /** Bytes that weights, cache and buffers may take; `undefined` for no bound. */
  readonly limitBytes: number | undefined;
  /** Bytes beside the model itself: LoRA adapters. */
  readonly besideBytes: number;
  /** Whether a model that writes text gives vectors too, by a second context on the same weights. */
  readonly givesVectorsToo: boolean;
  /** As asked for; `undefined` for the largest that fits. */
  readonly contextTokens: number | undefined;
  readonly parallelCount: number | undefined;
}

/** How large a model is opened. */
export interface Sizes {
  /** Of each slot. */
  readonly contextTokens: number;
  readonly parallelCount: number;
}

/** Slots where none are asked for: more rows a step bring little on old cards. */
const PARALLEL_COUNT_DEFAULT = 8;
/** The context where neither it nor a bound is given: longer ones cost memory that nobody has promised. */
const CONTEXT_TOKENS_UNBOUNDED = 4096;
/** The context that each slot should have before slots are given up for it, and the least that is served. */
const CONTEXT_TOKENS_WANTED = 4096;
const CONTEXT_TOKENS_MIN = 512;
/** Contexts are tried in steps of llama.cpp's own padding. */
const CONTEXT_TOKENS_STEP = 256;
const ROUTE_NAMES = { cpu: 'cpu', vulkan: 'vulkan', cuda: 'cuda-13' } as const;

/**
 * Chooses context and slots by the grading's own formula, so that nothing spills: what is asked for, else the largest
 * context up to the trained one with as many slots up to 8 as have at least 4,096 tokens each. Refuses what is past the
 * trained context, and what does not fit, with what would.
 */
export function chooseSizes(wish: SizeWish): Sizes | ServeFault {
  const { trainedContextTokens, contextTokens: asked, limitBytes } = wish;
  if (asked !== undefined && asked > trainedContextTokens) return pastTraining(asked, trainedContextTokens);
  const parallelCount = wish.parallelCount ?? PARALLEL_COUNT_DEFAULT;
  if (limitBytes === undefined) {
    return { contextTokens: asked ?? Math.min(trainedContextTokens, CONTEXT_TOKENS_UNBOUNDED), parallelCount };
  }
  const leastCount = wish.parallelCount ?? 1;
  const wanted = asked ?? Math.min(trainedContextTokens, CONTEXT_TOKENS_WANTED);
  for (let count = parallelCount; count >= leastCount; count--) {
    const largest = largestContext(wish, count);
    if (largest >= wanted) return { contextTokens: asked ?? largest, parallelCount: count };
  }
  const largest = largestContext(wish, leastCount);
  if (asked === undefined && largest >= Math.min(trainedContextTokens, CONTEXT_TOKENS_MIN)) {
    return { contextTokens: largest, parallelCount: leastCount };
  }
  return doesNotFit(wish, { contextTokens: wanted, parallelCount: leastCount }, limitBytes, largest);
}

/** Bytes that the model takes with these sizes, by the grading's formula; every card has the driver's share. */
export function neededBytes(wish: SizeWish, { contextTokens, parallelCount }: Sizes): number {
  const need = needOf(wish, contextTokens);
  const driverBytes = need.driverBytes * Math.max(0, wish.cardCount - 1);
  const cacheBytes = need.kvCacheBytes * (parallelCount - 1);
  return need.totalBytes + cacheBytes + driverBytes + wish.besideBytes + vectorBytes(wish, contextTokens);
}

/** What the context for vectors takes: a cache and a compute buffer for one step of its own, and the scores of that step. */
function vectorBytes(wish: SizeWish, contextTokens: number): number {
  if (!wish.givesVectorsToo) return 0;
  const vocabularyTokens = wish.facts.vocabularyTokenCount ?? 0;
  const tokenCount = embeddingTokensMax(contextTokens, vocabularyTokens);
  const { kvCacheBytes, computeBufferBytes } = needOf(wish, tokenCount);
  return kvCacheBytes + computeBufferBytes + embeddingScoreBytes(tokenCount, vocabularyTokens);
}

function needOf({ facts, route }: SizeWish, contextTokenCount: number) {
  return vramNeedOf(chatWorkloadOf(facts, contextTokenCount), ROUTE_NAMES[route]);
}

/** The largest context that fits with so many slots, at most the trained one; 0 where none does. */
function largestContext(wish: SizeWish, parallelCount: number): number {
  const fits = (contextTokens: number) => neededBytes(wish, { contextTokens, parallelCount }) <= (wish.limitBytes ?? 0);
  if (fits(wish.trainedContextTokens)) return wish.trainedContextTokens;
  let low = 0;
  let high = Math.ceil(wish.trainedContextTokens / CONTEXT_TOKENS_STEP);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle * CONTEXT_TOKENS_STEP)) low = middle;
    else high = middle;
  }
  return low * CONTEXT_TOKENS_STEP;
}

function doesNotFit(wish: SizeWish, sizes: Sizes, limitBytes: number, largest: number): ServeFault {
  const needed = neededBytes(wish, sizes);
  const { contextTokens, parallelCount } = sizes;
  const weights = formatBytes(wish.facts.tensorBytes);
  const mends = [
    ...(largest >= CONTEXT_TOKENS_MIN ? [`give --context ${largest}`] : []),
    ...(parallelCount > 1 ? ['lower --parallel'] : []),
    'take a smaller quantisation',
    `serve on cards with ${formatBytes(needed)} free`,
  ];
  const sentence = mends.join(', or ');
  return serveFault('model_does_not_fit', {
    what: `The model needs ${formatBytes(needed)} and may use ${formatBytes(limitBytes)}: ${formatBytes(needed - limitBytes)} are missing.`,
    why: `Its weights take ${weights}, and the rest is the cache of ${parallelCount} × ${contextTokens} tokens, buffers and the driver's share.`,
    mend: `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`,
  });
}

function pastTraining(asked: number, trained: number): ServeFault {
  return serveFault('wrong_options', {
    what: `A context of ${asked} tokens is asked for, and the model was trained for ${trained}.`,
    why: 'Past its trained context a model writes nonsense.',
    mend: `Give --context ${trained} or less.`,
  });
}

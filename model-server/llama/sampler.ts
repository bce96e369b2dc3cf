import type { Pointer } from './abi.ts';
import type { AnswerForm } from './answer-form.ts';
import type { Candidates } from './candidates.ts';
import type { LlamaFunctions } from './functions.ts';

/** How the next token is chosen. The same seed gives the same text as long as the scores are the same to the bit. */
export interface Sampling {
  /** 0 takes the likeliest token always; 1 draws by the model's own probabilities; at most 2. */
  readonly temperature: number;
  /** Only the likeliest tokens that together have this probability are drawn from; 1 is all. In (0, 1]. */
  readonly topP: number;
  /** Whole, 0 to 2³² − 2: llama.cpp takes 2³² − 1 for "any". */
  readonly seed: number;
  /** Only so many of the likeliest tokens are drawn from; 0 or absent is all. */
  readonly topK?: number | undefined;
  /** Only tokens with at least this share of the likeliest one's probability are drawn from; 0 or absent is all. */
  readonly minP?: number | undefined;
  /** Taken from a token's score for each time that it stands in the answer; 0 or absent is nothing. In [−2, 2]. */
  readonly frequencyPenalty?: number | undefined;
  /** Taken once from the score of a token that stands in the answer; 0 or absent is nothing. In [−2, 2]. */
  readonly presencePenalty?: number | undefined;
  /** Token number → what is added to its score. Numbers outside the vocabulary count for nothing. */
  readonly logitBias?: ReadonlyMap<number, number> | undefined;
}

/** A sequence's own chain of llama.cpp samplers, with its own random numbers. */
export interface Sampler {
  /** The token chosen after row `row` of the last step; `undefined` where the answer's form lets no token come next. */
  readonly pick: (row: number) => number | undefined;
  readonly close: () => void;
}

/** What choosing needs of a model. */
export interface SamplerGround {
  readonly functions: LlamaFunctions;
  readonly context: Pointer;
  readonly candidates: Candidates;
  readonly tokenCount: number;
  /** Most tokens of an answer, over which penalties count. */
  readonly answerTokensMax: number;
  /** The scores after a row of the last step, valid until the next one. */
  readonly scoresOf: (row: number) => Float32Array;
}

/** Tokens that are tried one after another while a trigger is awaited and each would break the form at once. */
const TRIES_MAX = 8;

/** Builds the chain: biases, penalties, then greedy at temperature 0; else top-k, temperature, top-p, min-p, a draw. */
export function openSampler(ground: SamplerGround, sampling: Sampling, form: AnswerForm | undefined): Sampler {
  if (form === undefined && isPlainGreedy(sampling)) {
    return { pick: (row) => likeliestOf(ground.scoresOf(row)), close: () => undefined };
  }
  const { functions, context } = ground;
  const chain = openChain(ground, sampling);
  const pick =
    form === undefined
      ? (row: number) => functions.sample(chain, context, row)
      : (row: number) => pickInForm(ground, chain, form, ground.scoresOf(row));
  return {
    pick,
    close: () => {
      functions.freeSampler(chain);
      form?.close();
    },
  };
}

function isPlainGreedy({ temperature, frequencyPenalty, presencePenalty, logitBias }: Sampling): boolean {
  return temperature === 0 && !frequencyPenalty && !presencePenalty && !logitBias?.size;
}

function openChain({ functions, tokenCount, answerTokensMax }: SamplerGround, sampling: Sampling): Pointer {
  const chain = functions.openChain({ no_perf: true });
  const add = (link: Pointer) => functions.addToChain(chain, link);
  const { temperature, topP, topK = 0, minP = 0, frequencyPenalty = 0, presencePenalty = 0, logitBias } = sampling;
  const biases = [...(logitBias ?? [])].filter(([token]) => token >= 0 && token < tokenCount);
  if (biases.length > 0) add(functions.logitBias(tokenCount, biases.length, biasBytes(biases)));
  if (frequencyPenalty !== 0 || presencePenalty !== 0) {
    add(functions.penalties(tokenCount, answerTokensMax, 1, frequencyPenalty, presencePenalty));
  }
  if (temperature === 0) {
    add(functions.greedy());
    return chain;
  }
  if (topK > 0 && topK < tokenCount) add(functions.topK(topK));
  add(functions.temperature(temperature));
  if (topP < 1) add(functions.topP(topP, 1));
  if (minP > 0) add(functions.minP(minP, 1));
  add(functions.draw(sampling.seed));
  return chain;
}

/** llama.cpp v0.5.0, `struct llama_logit_bias`: number and bias, 4 bytes each. */
function biasBytes(biases: readonly (readonly [number, number])[]): Uint8Array {
  const bytes = Buffer.alloc(biases.length * 8);
  biases.forEach(([token, bias], index) => {
    bytes.writeInt32LE(token, index * 8);
    bytes.writeFloatLE(bias, index * 8 + 4);
  });
  return bytes;
}

/** Chooses freely and asks the form about that one token; only where it forbids it are all tokens of the vocabulary asked about. */
function pickInForm(
  { functions, candidates }: SamplerGround,
  chain: Pointer,
  form: AnswerForm,
  scores: Float32Array,
): number | undefined {
  const banned: number[] = [];
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    candidates.fill(scores, banned);
    if (tries > 0 && form.holding !== null && !candidates.leaveAllowed(form.holding)) return undefined;
    const token = candidates.choose(chain);
    if (form.take(token)) {
      functions.acceptToken(chain, token);
      return token;
    }
    banned.push(token);
  }
  return undefined;
}

/** The token with the highest score, the first of them where several have it. */
export function likeliestOf(scores: Float32Array): number {
  let best = 0;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let token = 0; token < scores.length; token++) {
    const score = scores[token] ?? 0;
    if (score > bestScore) {
      best = token;
      bestScore = score;
    }
  }
  return best;
}

/** Folds any whole number up to ±2⁵³ into a seed, each half counting. */
export function foldSeed(value: number): number {
  const low = value >>> 0;
  const high = Math.floor(value / 2 ** 32) >>> 0;
  return ((low ^ Math.imul(high, 0x9e3779b1)) >>> 0) % 0xffffffff;
}

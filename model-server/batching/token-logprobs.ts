import type { TokenLogprob } from '@rerig/api/openai';
import type { Vocabulary } from '../llama/vocabulary.ts';

/**
 * How likely a token was by the model's own scores, before anything was cut off or bent, and the `topCount` likeliest
 * beside it, likeliest first. Natural logarithms.
 */
export function tokenLogprobs(
  scores: Float32Array,
  token: number,
  topCount: number,
  vocabulary: Vocabulary,
): TokenLogprob {
  const logTotal = logSumExp(scores);
  const entryOf = (each: number) => {
    const bytes = vocabulary.piece(each);
    // The wire has no −∞: JSON can't write it.
    const logprob = Math.max((scores[each] ?? Number.NEGATIVE_INFINITY) - logTotal, LOGPROB_MIN);
    return { token: new TextDecoder().decode(bytes), logprob: Math.min(0, logprob), bytes: [...bytes] };
  };
  return { ...entryOf(token), top_logprobs: likeliestTokens(scores, topCount).map(entryOf) };
}

/** What OpenAI says for a token outside its likeliest. */
const LOGPROB_MIN = -9999;

function logSumExp(scores: Float32Array): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (const score of scores) highest = Math.max(highest, score);
  let total = 0;
  for (const score of scores) total += Math.exp(score - highest);
  return highest + Math.log(total);
}

/** The `count` tokens with the highest scores, highest first; of equal ones the lower number first. */
export function likeliestTokens(scores: Float32Array, count: number): readonly number[] {
  const best: number[] = [];
  for (let token = 0; token < scores.length && count > 0; token++) {
    const score = scores[token] ?? 0;
    if (best.length === count && !(score > (scores[best[count - 1] ?? 0] ?? 0))) continue;
    let place = best.length;
    while (place > 0 && score > (scores[best[place - 1] ?? 0] ?? 0)) place--;
    best.splice(place, 0, token);
    if (best.length > count) best.pop();
  }
  return best;
}

import { type ServeFault, serveFault } from '../faults.ts';
import type { LoadedModel } from '../llama/loaded-model.ts';
import type { GoldenExpectation } from './golden-file.ts';

/** What the check saw. */
export interface GoldenReport {
  readonly promptTokens: readonly number[];
  /** The tokens that the model gave each time. */
  readonly tokens: readonly number[];
  /** Tokens per second of one sequence alone, prompt excluded. */
  readonly tokensPerSecond: number;
  /** Largest difference between a score computed alone and in a batch, as a share of the scores' spread. */
  readonly batchDifference: number;
}

const PROMPT = 'The same question must have the same answer, alone and in company: 1 2 3.';
const NEW_TOKENS = 12;
const PROMPT_TOKENS_MAX = 24;
/** Sequences of the batched run; more would only take longer. */
const BATCH_SEQUENCES_MAX = 4;
/**
 * Kernels for one row and for many add in another order, and quantised models round in between: differences of up to
 * 1 % of the spread are ordinary. A broken card is off by far more, so that the bound needs no fine choice.
 */
const BATCH_DIFFERENCE_MAX = 0.1;

/**
 * Tokens that must be as expected: builds of llama.cpp round differently, so that two machines that are both right may
 * part later, where two tokens are almost as likely.
 */
const EXPECTED_TOKENS_COMPARED = 4;

/**
 * Computes a fixed prompt greedily twice alone and once in a batch, before anybody is served. Refuses a model or a card
 * whose scores are not finite, which does not repeat itself to the token, whose batch differs from its single run, or
 * whose first tokens are not those of a trusted machine, where they are known.
 */
export async function checkGolden(
  model: LoadedModel,
  expected: GoldenExpectation | undefined,
): Promise<GoldenReport | ServeFault> {
  const prompt = expected ? Int32Array.from(expected.promptTokens) : await goldenPrompt(model);
  if (prompt.length > Math.min(model.batchTokensMax, model.contextTokensPerSlot - NEW_TOKENS)) {
    return failed(`The golden file's prompt of ${prompt.length} tokens does not fit into a step or the context.`);
  }
  if (prompt.some((token) => token >= model.vocabulary.tokenCount)) {
    return failed("The golden file names a token that the model does not have: it is another model's.");
  }
  const first = await runAlone(model, prompt);
  const second = await runAlone(model, prompt);
  if (!first || !second) return failed('A score of the model was not a finite number, or a step was not computed.');
  if (first.tokens.join() !== second.tokens.join()) {
    return failed(`The first run gave the tokens ${first.tokens.join(' ')}, the second ${second.tokens.join(' ')}.`);
  }
  const isAsExpected = (token: number, index: number) => token === second.tokens[index];
  if (expected && !expected.tokens.slice(0, EXPECTED_TOKENS_COMPARED).every(isAsExpected)) {
    return failed(
      `A trusted machine gave the tokens ${expected.tokens.join(' ')}, this one ${second.tokens.join(' ')}.`,
    );
  }
  const batchDifference = await compareBatch(model, prompt, second);
  if (!(batchDifference <= BATCH_DIFFERENCE_MAX)) {
    return failed(
      `Scores in a batch differ by ${(batchDifference * 100).toFixed(1)} % of their spread from those of a single run; at most ${BATCH_DIFFERENCE_MAX * 100} % is accepted.`,
    );
  }
  const { tokens, tokensPerSecond } = second;
  return { promptTokens: [...prompt], tokens, tokensPerSecond, batchDifference };
}

function failed(why: string): ServeFault {
  return serveFault('golden_check_failed', {
    what: 'The golden check failed: this machine does not compute the model reliably.',
    why,
    mend: "Check the card with rerig burn-in, the model file's SHA-256, and then the driver's version.",
  });
}

interface GoldenRun {
  readonly tokens: readonly number[];
  readonly tokensPerSecond: number;
  /** Scores after the prompt. */
  readonly logits: Float32Array;
}

async function goldenPrompt(model: LoadedModel): Promise<Int32Array> {
  const text = await model.vocabulary.tokenize(PROMPT);
  const { beginToken } = model.vocabulary;
  const tokens = beginToken === undefined ? [...text] : [beginToken, ...text];
  const room = Math.min(PROMPT_TOKENS_MAX, model.contextTokensPerSlot - NEW_TOKENS, model.batchTokensMax);
  return Int32Array.from(tokens.slice(0, Math.max(1, room)));
}

async function runAlone(model: LoadedModel, prompt: Int32Array): Promise<GoldenRun | undefined> {
  prompt.forEach((token, position) => {
    model.setRow(position, token, position, 0, position === prompt.length - 1);
  });
  if ((await model.decode(prompt.length)) !== 0) return undefined;
  const logits = Float32Array.from(model.scores(prompt.length - 1));
  const tokens = [likeliest(logits)];
  const startMs = performance.now();
  while (tokens.length < NEW_TOKENS) {
    model.setRow(0, tokens.at(-1) ?? 0, prompt.length + tokens.length - 1, 0, true);
    if ((await model.decode(1)) !== 0) return undefined;
    tokens.push(likeliest(model.scores(0)));
  }
  const tokensPerSecond = ((NEW_TOKENS - 1) / (performance.now() - startMs)) * 1000;
  model.clearSlot(0);
  return tokens.includes(-1) ? undefined : { tokens, tokensPerSecond, logits };
}

/** Computes the prompt in several slots at once and compares each with the single run; NaN where a step fails. */
async function compareBatch(model: LoadedModel, prompt: Int32Array, alone: GoldenRun): Promise<number> {
  const fit = Math.floor(model.batchTokensMax / prompt.length);
  const sequences = Math.max(1, Math.min(BATCH_SEQUENCES_MAX, model.slotCount, fit));
  for (let slot = 0; slot < sequences; slot++) {
    prompt.forEach((token, position) => {
      const row = slot * prompt.length + position;
      model.setRow(row, token, position, slot, position === prompt.length - 1);
    });
  }
  const code = await model.decode(sequences * prompt.length);
  let difference = code === 0 ? 0 : Number.NaN;
  for (let slot = 0; code === 0 && slot < sequences; slot++) {
    const logits = model.scores((slot + 1) * prompt.length - 1);
    difference = Math.max(difference, relativeDifference(alone.logits, logits));
  }
  for (let slot = 0; slot < sequences; slot++) model.clearSlot(slot);
  return difference;
}

/** The index of the highest score, −1 where any is not finite. */
export function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let token = 0; token < logits.length; token++) {
    const score = logits[token] ?? Number.NaN;
    if (!Number.isFinite(score)) return -1;
    if (score > (logits[best] ?? 0)) best = token;
  }
  return best;
}

/** Largest difference of two lists of scores as a share of the first one's spread; NaN where a score is not a number. */
export function relativeDifference(expected: Float32Array, found: Float32Array): number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let largest = 0;
  expected.forEach((score, token) => {
    low = Math.min(low, score);
    high = Math.max(high, score);
    largest = Math.max(largest, Math.abs(score - (found[token] ?? Number.NaN)));
  });
  return high > low ? largest / (high - low) : Number.NaN;
}

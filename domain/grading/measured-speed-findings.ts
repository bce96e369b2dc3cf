import type { CardModel } from '../cards.ts';
import type { Measurement } from '../inventory.ts';
import type { CardRule, SeenCard } from './card-finding-rule.ts';
import { countText, type Finding, finding, oneOf } from './finding.ts';
import {
  FAST_GENERATION_PERCENT,
  IMPOSSIBLE_GENERATION_PERCENT,
  ODD_SPEED_FACTOR,
  SLOW_GENERATION_PERCENT,
} from './finding-thresholds.ts';
import { speedOf } from './predict-speed.ts';
import { parseQuantization } from './quantization.ts';
import type { Interval } from './speed.ts';
import { speedRouteOf } from './speed-card.ts';

/** Tokens a second that were measured on the card, against what its memory allows and what is predicted of its model. */
export const measuredSpeedRules: readonly CardRule[] = [oddSpeed];

type Tokens = Extract<Measurement, { readonly kind: 'tokens' }>;

/** Mixtures of experts read a part of their weights for each token, so that bandwidth bounds nothing here. */
const MIXTURE = /a\d+(\.\d+)?b\b|moe|mixtral|\d+x\d+(\.\d+)?b|gpt-?oss/i;

/** The smallest weights that a model of so many parameters is ever served with: under 2 bits each. */
const LEAST_BYTES_PER_PARAMETER = 0.2;

/**
 * A measured speed of generation as a share of what the memory's bandwidth allows at all: each token reads all weights
 * once. With `isBound`, the weights are the least that this many parameters take, and the share is at least this.
 * Undefined for prompts, and where sizes are not known.
 */
function bandwidthShareOf(
  { phase, tokensPerSecond, weightsBytes, parameterCount }: Tokens,
  { memoryBandwidthBytesPerSecond: bandwidth }: CardModel,
): { readonly share: number; readonly isBound: boolean } | undefined {
  if (phase !== 'generate' || bandwidth === undefined) return undefined;
  if (weightsBytes !== undefined) return { share: (tokensPerSecond * weightsBytes) / bandwidth, isBound: false };
  if (parameterCount === undefined) return undefined;
  return { share: (tokensPerSecond * parameterCount * LEAST_BYTES_PER_PARAMETER) / bandwidth, isBound: true };
}

/** One finding a card: a speed that cannot be, else the first that is far from what it should be. */
function oddSpeed(seen: SeenCard): Finding | undefined {
  const { card, model } = seen;
  if (model === undefined || card.measurements === undefined) return undefined;
  let odd: Finding | undefined;
  for (const measurement of card.measurements) {
    if (measurement.kind !== 'tokens' || !(measurement.tokensPerSecond > 0)) continue;
    if (MIXTURE.test(measurement.modelName)) continue;
    const refused = impossible(measurement, model);
    if (refused !== undefined) return refused;
    const expected = expectedOf(measurement, model, seen);
    odd ??= expected === undefined ? oddByBandwidth(measurement, model) : oddByPrediction(measurement, model, expected);
  }
  return odd;
}

/** What no memory allows is refused whatever is expected of the model. */
function impossible(measurement: Tokens, model: CardModel): Finding | undefined {
  const sharePercent = (bandwidthShareOf(measurement, model)?.share ?? 0) * 100;
  return sharePercent > IMPOSSIBLE_GENERATION_PERCENT ? impossibleSpeed(measurement, model, sharePercent) : undefined;
}

/** Only where nothing is expected of the model: small models on fast cards are bound by launches, not by memory. */
function oddByBandwidth(measurement: Tokens, model: CardModel): Finding | undefined {
  const known = bandwidthShareOf(measurement, model);
  if (known === undefined || known.isBound) return undefined;
  const sharePercent = known.share * 100;
  if (sharePercent > FAST_GENERATION_PERCENT) return fastByBandwidth(measurement, sharePercent);
  return sharePercent < SLOW_GENERATION_PERCENT ? slowByBandwidth(measurement, sharePercent) : undefined;
}

/** Prompts of 512 and answers of 128 tokens, as llama-bench measures. */
const BENCH_TOKENS = { promptTokenCount: 512, generateTokenCount: 128 } as const;

/** What is known of the model's speed with this very language model, by others' measurements or by the formula. */
function expectedOf(measurement: Tokens, model: CardModel, { assessed }: SeenCard): Interval | undefined {
  const { phase, parameterCount, weightsBytes, modelName } = measurement;
  const routeName = measurement.routeName ?? assessed.route?.name;
  const route = routeName === undefined ? undefined : speedRouteOf(routeName);
  if (parameterCount === undefined || weightsBytes === undefined || route === undefined) return undefined;
  const quantizationClass = parseQuantization(modelName)?.class ?? 'k-quant';
  const sizes = { parameterCount, activeParameterCount: parameterCount, weightsBytes, quantizationClass };
  const speed = speedOf(model, route, { ...sizes, ...BENCH_TOKENS });
  return phase === 'prompt' ? speed?.promptTokensPerSecond : speed?.generateTokensPerSecond;
}

function oddByPrediction(measurement: Tokens, model: CardModel, expected: Interval): Finding | undefined {
  const { tokensPerSecond } = measurement;
  if (tokensPerSecond < expected.low / ODD_SPEED_FACTOR) return slowByPrediction(measurement, expected);
  if (tokensPerSecond <= expected.high * ODD_SPEED_FACTOR) return undefined;
  return model.stockThrottle === undefined
    ? fastByPrediction(measurement, expected)
    : unlockedBySpeed(measurement, expected);
}

function rateText(tokensPerSecond: number): string {
  return tokensPerSecond < 10 ? tokensPerSecond.toFixed(1) : countText(tokensPerSecond);
}

function speedText({ phase, tokensPerSecond, modelName }: Tokens): string {
  const verb = phase === 'prompt' ? ' read' : '';
  return `${rateText(tokensPerSecond)} tokens/s${verb} of ${modelName.slice(0, 40)}`;
}

function expectedText({ low, high }: Interval): string {
  return `${rateText(low)} to ${rateText(high)} tokens/s`;
}

function impossibleSpeed(measurement: Tokens, model: CardModel, sharePercent: number): Finding {
  return finding('measurement-implausible', {
    what: `${speedText(measurement)} cannot be on ${oneOf(model.name)}: it was not used.`,
    why: `One stream at that speed would read ${countText(sharePercent)} % of what the memory can move. Many streams, several cards or a guessed answer ahead were counted as one.`,
    mend: 'Run llama-bench on this card alone: pp512 and tg128.',
  });
}

const FAST_MEND = 'Run llama-bench again, without speculative decoding, and look for raised memory clocks.';

function fastByBandwidth(measurement: Tokens, sharePercent: number): Finding {
  return finding('measured-fast', {
    what: `${speedText(measurement)} is more than such a card usually writes.`,
    why: `It takes ${Math.round(sharePercent)} % of the memory’s bandwidth, and one stream seldom more than 85 %.`,
    mend: FAST_MEND,
  });
}

function fastByPrediction(measurement: Tokens, expected: Interval): Finding {
  return finding('measured-fast', {
    what: `${speedText(measurement)} is more than was expected.`,
    why: `Of its model ${expectedText(expected)} are expected.`,
    mend: FAST_MEND,
  });
}

function unlockedBySpeed(measurement: Tokens, expected: Interval): Finding {
  return finding('cmp-unlocked', {
    what: `${speedText(measurement)} is more than its firmware as shipped allows: this card is unlocked.`,
    why: `Throttled, ${expectedText(expected)} are expected. Some unlocks hold for one driver only.`,
    mend: 'Keep the driver as it is, and tell whoever buys the card.',
  });
}

const SLOW_MEND =
  'Look at clocks and throttling under load, give llama.cpp one thread less than there are cores, and check that all layers are on the card.';

function slowByBandwidth(measurement: Tokens, sharePercent: number): Finding {
  return finding('measured-slow', {
    what: `${speedText(measurement)} is far less than such a card should write.`,
    why: `It takes ${sharePercent.toFixed(sharePercent < 10 ? 1 : 0)} % of the memory’s bandwidth, and 36 to 84 % are usual. Heat, a low power limit, a busy processor or layers left in RAM do that.`,
    mend: SLOW_MEND,
    unlocks: 'Two to four times the speed of answers.',
    gain: speedGain(measurement, 45 / Math.max(sharePercent, 1)),
  });
}

function slowByPrediction(measurement: Tokens, expected: Interval): Finding {
  return finding('measured-slow', {
    what: `${speedText(measurement)} is far less than was expected.`,
    why: `Of its model ${expectedText(expected)} are expected. Heat, a low power limit, a busy processor, other kernels or layers left in RAM do that.`,
    mend: SLOW_MEND,
    unlocks: `About ${rateText(expected.mid)} tokens/s.`,
    gain: speedGain(measurement, expected.mid / measurement.tokensPerSecond),
  });
}

function speedGain({ phase }: Tokens, times: number): Finding['gain'] & {} {
  const rounded = Math.round(times * 10) / 10;
  return phase === 'prompt'
    ? { kind: 'speed', promptTimes: rounded, generateTimes: 1 }
    : { kind: 'speed', promptTimes: 1, generateTimes: rounded };
}

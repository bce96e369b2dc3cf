import type { CardModel } from '../cards.ts';
import type { Measurement, ObservedCard } from '../inventory.ts';
import { formatBytes } from '../quantity.ts';
import type { CardRule, SeenCard } from './card-finding-rule.ts';
import { countText, type Finding, finding, once, oneOf } from './finding.ts';
import {
  FAST_GENERATION_PERCENT,
  IMPOSSIBLE_GENERATION_PERCENT,
  LOW_BANDWIDTH_PERCENT,
  LOW_COMPUTE_PERCENT,
  LOW_LINK_PERCENT,
  SLOW_GENERATION_PERCENT,
  THROTTLED_PERCENT,
  UNLOCKED_PERCENT,
} from './finding-thresholds.ts';
import { linkBytesPerSecond, measuredLinkBytesPerSecond } from './link-findings.ts';

/** What was measured on the card itself, against what its model and its link should give. */
export const measuredRules: readonly CardRule[] = [cmp, computeLow, bandwidthLow, linkLow, generationSpeed];

type Precision = Extract<Measurement, { readonly kind: 'compute' }>['precision'];

/** The best of what was measured of a precision, in 10¹² operations a second. */
function measuredTera({ measurements }: ObservedCard, precision: Precision): number | undefined {
  if (measurements === undefined) return undefined;
  let most: number | undefined;
  for (const measurement of measurements) {
    if (measurement.kind === 'compute' && measurement.precision === precision)
      most = Math.max(most ?? 0, measurement.teraOperationsPerSecond);
  }
  return most;
}

function hasTokens({ measurements }: ObservedCard): boolean {
  return measurements?.some(({ kind }) => kind === 'tokens') === true;
}

/** A card whose firmware as shipped slows it: measured so, measured free, or not measured. */
function cmp({ card, model }: SeenCard): Finding | undefined {
  if (model === undefined || (model.throttleNote === undefined && model.stockThrottle === undefined)) return undefined;
  const fp32Share = shareOf(measuredTera(card, 'fp32'), model.fp32Tflops);
  const int8Share = shareOf(measuredTera(card, 'int8'), model.int8DotTops);
  if (fp32Share === undefined && int8Share === undefined) return hasTokens(card) ? undefined : notMeasured(model);
  const isThrottled =
    isBelow(fp32Share, model.stockThrottle?.fp32FmaFactor) || isBelow(int8Share, model.stockThrottle?.int8DotFactor);
  if (isThrottled) return throttled(model, fp32Share, int8Share);
  const isFree = (fp32Share ?? 1) * 100 > UNLOCKED_PERCENT;
  return isFree ? unlocked(model, fp32Share, int8Share) : undefined;
}

function shareOf(measured: number | undefined, specified: number | undefined): number | undefined {
  const isKnown = measured !== undefined && measured > 0 && specified !== undefined && specified > 0;
  return isKnown ? measured / specified : undefined;
}

/** Between a throttled and a free card the border is the geometric mean of both; unknown throttles have a fixed one. */
function isBelow(share: number | undefined, factor: number | undefined): boolean {
  if (share === undefined) return false;
  return share < (factor === undefined || factor <= 2 ? THROTTLED_PERCENT / 100 : Math.sqrt(1 / factor));
}

const notMeasured = once((model: CardModel) =>
  finding('cmp-throttle', {
    what: `The maker slows a ${model.family} down for anything but mining.`,
    why: `${model.throttleNote ?? 'Its firmware throttles FP32 and INT8.'} Unlocked cards print the same name.`,
    mend: 'Grade it by measurement: run llama-bench on this very card before you offer it.',
    unlocks: 'A grade by what the card does, in place of the least that it may do.',
  }),
);

function sharesText(fp32Share: number | undefined, int8Share: number | undefined): string {
  return [
    fp32Share === undefined ? '' : `${percent(fp32Share)} % of its chip’s FP32`,
    int8Share === undefined ? '' : `${percent(int8Share)} % of its INT8`,
  ]
    .filter((text) => text !== '')
    .join(' and ');
}

function percent(share: number): string {
  return share < 0.095 ? (share * 100).toFixed(1) : String(Math.round(share * 100));
}

/** A CMP 90HX: generation 30.4 → 56.92 tokens/s with patched kernels, prompts 224 → 1,824 with an unlock (e034, e035). */
const UNLOCK_PROMPT_TIMES = 8.1;
const UNLOCK_GENERATE_TIMES = 1.9;

function throttled(model: CardModel, fp32Share: number | undefined, int8Share: number | undefined): Finding {
  return finding('cmp-throttled', {
    what: `It is throttled: ${sharesText(fp32Share, int8Share)} was measured.`,
    why: model.throttleNote ?? 'Its firmware slows fused multiply-add and 8-bit dot products for anything but mining.',
    mend: 'Serve with kernels that avoid both. Firmware unlocks are about; they end the warranty and may break the law.',
    unlocks:
      'A CMP 90HX read prompts 8 times as fast unlocked, and wrote answers 1.9 times as fast with other kernels.',
    gain: { kind: 'speed', promptTimes: UNLOCK_PROMPT_TIMES, generateTimes: UNLOCK_GENERATE_TIMES },
  });
}

function unlocked(model: CardModel, fp32Share: number | undefined, int8Share: number | undefined): Finding {
  return finding('cmp-unlocked', {
    what: `This ${model.family} is unlocked: ${sharesText(fp32Share, int8Share)} was measured.`,
    why: 'As shipped its firmware is many times slower, so that this one was changed. Some unlocks hold for one driver only.',
    mend: 'Keep the driver as it is, and tell whoever buys the card.',
  });
}

function computeLow({ card, model }: SeenCard): Finding | undefined {
  if (model === undefined || model.throttleNote !== undefined || model.stockThrottle !== undefined) return undefined;
  const share = shareOf(measuredTera(card, 'fp32'), model.fp32Tflops);
  if (share === undefined || share * 100 >= LOW_COMPUTE_PERCENT) return undefined;
  return finding('compute-low', {
    what: `It computes at ${percent(share)} % of ${oneOf(model.name)}’s FP32.`,
    why: 'Heat, a low power limit or a locked clock slow it down, or it is another card than its name says.',
    mend: 'Look at its clocks under load and at its PCI id, then measure again.',
    unlocks: 'The speed of its model.',
  });
}

function bandwidthLow({ card, model }: SeenCard): Finding | undefined {
  const specified = model?.memoryBandwidthBytesPerSecond;
  if (card.measurements === undefined || model === undefined || specified === undefined) return undefined;
  let most: number | undefined;
  for (const measurement of card.measurements) {
    if (measurement.kind === 'memory-bandwidth') most = Math.max(most ?? 0, measurement.bytesPerSecond);
  }
  const share = shareOf(most, specified);
  if (share === undefined || share * 100 >= LOW_BANDWIDTH_PERCENT) return undefined;
  return finding('bandwidth-low', {
    what: `Its memory moves ${percent(share)} % of what ${oneOf(model.name)}’s does.`,
    why: 'Answers are written as fast as memory is read. A sound card measures 80 to 95 %.',
    mend: 'Look at its memory clock and temperature, then at its PCI id, and measure again.',
    unlocks: 'The speed of its model.',
    gain: { kind: 'speed', promptTimes: 1, generateTimes: Math.round((0.85 / Math.max(share, 0.01)) * 10) / 10 },
  });
}

function linkLow({ card }: SeenCard): Finding | undefined {
  const measured = measuredLinkBytesPerSecond(card);
  if (measured === undefined || measured <= 0 || card.pcieLink === undefined) return undefined;
  const expected = linkBytesPerSecond(card.pcieLink);
  if (measured * 100 >= expected * LOW_LINK_PERCENT) return undefined;
  const { generation, laneCount } = card.pcieLink;
  return finding('link-measured-low', {
    what: `Its link moves ${formatBytes(measured)}/s, and PCIe ${generation}.0 x${laneCount} should ${formatBytes(expected)}/s.`,
    why: 'Packets are sent again and again, or the host’s memory is the narrow place.',
    mend: 'Look at the replay counter, change riser and cable, and measure again with one card at work.',
    unlocks: `Models load up to ${(expected / Math.max(measured, 1)).toFixed(1)} times as fast.`,
    gain: { kind: 'loading', times: Math.round((expected / Math.max(measured, 1)) * 10) / 10 },
  });
}

type Tokens = Extract<Measurement, { readonly kind: 'tokens' }>;

/** Mixtures of experts read a part of their weights for each token, so that bandwidth bounds nothing here. */
const MIXTURE = /a\d+(\.\d+)?b\b|moe|mixtral|\d+x\d+(\.\d+)?b|gpt-?oss/i;

/** The smallest weights that a model of so many parameters is ever served with: under 2 bits each. */
const LEAST_BYTES_PER_PARAMETER = 0.2;

/**
 * A measured speed of generation as a share of what the memory's bandwidth allows at all: each token reads all weights
 * once. With `isBound`, the weights are the least that this many parameters take, and the share is at least this.
 * Undefined for prompts, mixtures of experts, and where sizes are not known.
 */
export function bandwidthShareOf(
  measurement: Tokens,
  model: CardModel,
): { readonly share: number; readonly isBound: boolean } | undefined {
  const bandwidth = model.memoryBandwidthBytesPerSecond;
  if (measurement.phase !== 'generate' || bandwidth === undefined || !(measurement.tokensPerSecond > 0))
    return undefined;
  if (MIXTURE.test(measurement.modelName)) return undefined;
  const { weightsBytes, parameterCount, tokensPerSecond } = measurement;
  if (weightsBytes !== undefined) return { share: (tokensPerSecond * weightsBytes) / bandwidth, isBound: false };
  if (parameterCount === undefined) return undefined;
  return { share: (tokensPerSecond * parameterCount * LEAST_BYTES_PER_PARAMETER) / bandwidth, isBound: true };
}

/** The measurement that is furthest from what it should be: one finding a card. */
function generationSpeed({ card, model }: SeenCard): Finding | undefined {
  if (model === undefined || card.measurements === undefined) return undefined;
  let odd: Finding | undefined;
  for (const measurement of card.measurements) {
    if (measurement.kind !== 'tokens') continue;
    const found = oddSpeed(measurement, model);
    if (found?.code === 'measurement-implausible') return found;
    odd ??= found;
  }
  return odd;
}

function oddSpeed(measurement: Tokens, model: CardModel): Finding | undefined {
  const known = bandwidthShareOf(measurement, model);
  if (known === undefined) return undefined;
  const sharePercent = known.share * 100;
  if (sharePercent > IMPOSSIBLE_GENERATION_PERCENT) return impossibleSpeed(measurement, model, sharePercent);
  if (known.isBound) return undefined;
  if (sharePercent > FAST_GENERATION_PERCENT) return fastSpeed(measurement, sharePercent);
  return sharePercent < SLOW_GENERATION_PERCENT ? slowSpeed(measurement, sharePercent) : undefined;
}

function speedText({ tokensPerSecond, modelName }: Tokens): string {
  return `${tokensPerSecond.toFixed(tokensPerSecond < 10 ? 1 : 0)} tokens/s of ${modelName.slice(0, 40)}`;
}

function impossibleSpeed(measurement: Tokens, model: CardModel, sharePercent: number): Finding {
  return finding('measurement-implausible', {
    what: `${speedText(measurement)} cannot be on ${oneOf(model.name)}: it was not used.`,
    why: `One stream at that speed would read ${countText(sharePercent)} % of what the memory can move. Many streams, several cards or a guessed answer ahead were counted as one.`,
    mend: 'Run llama-bench on this card alone: pp512 and tg128.',
  });
}

function fastSpeed(measurement: Tokens, sharePercent: number): Finding {
  return finding('measured-fast', {
    what: `${speedText(measurement)} is more than such a card usually writes.`,
    why: `It takes ${Math.round(sharePercent)} % of the memory’s bandwidth, and one stream seldom more than 85 %.`,
    mend: 'Run llama-bench again, without speculative decoding, and look for raised memory clocks.',
  });
}

function slowSpeed(measurement: Tokens, sharePercent: number): Finding {
  return finding('measured-slow', {
    what: `${speedText(measurement)} is far less than such a card should write.`,
    why: `It takes ${Math.round(sharePercent)} % of the memory’s bandwidth, and 36 to 84 % are usual. Heat, a low power limit, a busy processor or layers left in RAM do that.`,
    mend: 'Look at clocks and throttling under load, give llama.cpp one thread less than there are cores, and check that all layers are on the card.',
    unlocks: 'Two to four times the speed of answers.',
    gain: { kind: 'speed', promptTimes: 1, generateTimes: Math.round((45 / Math.max(sharePercent, 1)) * 10) / 10 },
  });
}

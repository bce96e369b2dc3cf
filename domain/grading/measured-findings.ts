import type { CardModel } from '../cards.ts';
import type { Measurement, ObservedCard } from '../inventory.ts';
import { formatBytes } from '../quantity.ts';
import type { CardRule, SeenCard } from './card-finding-rule.ts';
import { type Finding, finding, once, oneOf } from './finding.ts';
import {
  LOW_BANDWIDTH_PERCENT,
  LOW_COMPUTE_PERCENT,
  LOW_LINK_PERCENT,
  THROTTLED_PERCENT,
  UNLOCKED_PERCENT,
} from './finding-thresholds.ts';
import { linkBytesPerSecond, measuredLinkBytesPerSecond } from './link-findings.ts';

/** What was measured on the card itself, against what its model and its link should give. */
export const measuredRules: readonly CardRule[] = [cmp, computeLow, bandwidthLow, linkLow];

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

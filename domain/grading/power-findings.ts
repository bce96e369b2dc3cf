import type { Reading } from '../inventory.ts';
import type { ReadingRule, SeenCard } from './card-finding-rule.ts';
import { type Finding, finding, once } from './finding.ts';
import { POWER_LIMIT_COSTLY_PERCENT, POWER_LIMIT_TOLERANCE_PERCENT } from './finding-thresholds.ts';

/** Power limits that were set, and what holds the clock down now. */
export const powerRules: readonly ReadingRule[] = [limitLow, limitHigh, heatThrottle, powerBrake, powerCap];

/**
 * What is left of an RTX 3090's speed by the share of its 350 W: prompts are bound by compute, answers by memory.
 * Source: llmgarage.ai, "Power Limit Sweep", February 2026, six cards with llama.cpp. One kind of card; a single card
 * that reads all of its weights for each token lost more below 200 W (jeanfbrito.github.io, 2026).
 */
const speedByLimit: readonly (readonly [limitPercent: number, promptShare: number, generateShare: number])[] = [
  [100, 1, 1],
  [86, 0.943, 0.993],
  [71, 0.853, 0.974],
  [57, 0.601, 0.941],
  [43, 0.258, 0.862],
  [29, 0.141, 0.167],
];

/** The share of its speed that a card keeps at a share of its shipped limit, between the rows and never past the last. */
export function speedAtPowerLimit(limitPercent: number): {
  readonly promptShare: number;
  readonly generateShare: number;
} {
  const below = speedByLimit.findIndex(([percent]) => percent <= limitPercent);
  const [lowPercent, lowPrompt, lowGenerate] = speedByLimit[below === -1 ? speedByLimit.length - 1 : below] ?? [
    0, 1, 1,
  ];
  const [highPercent, highPrompt, highGenerate] = speedByLimit[below - 1] ?? [lowPercent, lowPrompt, lowGenerate];
  const share = highPercent === lowPercent ? 0 : (limitPercent - lowPercent) / (highPercent - lowPercent);
  return {
    promptShare: lowPrompt + share * (highPrompt - lowPrompt),
    generateShare: lowGenerate + share * (highGenerate - lowGenerate),
  };
}

interface SetLimit {
  readonly watts: number;
  readonly shippedWatts: number;
  /** Of the board itself, as its driver tells; else the model's. */
  readonly isOfBoard: boolean;
}

/** AMD’s limit is of the chip’s package, not of the board, so that a model’s board power says nothing of it. */
function setLimit({ powerLimitWatts }: Reading, { card, model }: SeenCard): SetLimit | undefined {
  const ofBoardWatts = card.powerLimitWatts?.shipped;
  const shippedWatts = ofBoardWatts ?? (model?.vendor === 'nvidia' ? model.boardPowerWatts : undefined);
  if (powerLimitWatts === undefined || powerLimitWatts < 1 || shippedWatts === undefined || shippedWatts < 1)
    return undefined;
  return { watts: powerLimitWatts, shippedWatts, isOfBoard: ofBoardWatts !== undefined };
}

function limitLow(reading: Reading, seen: SeenCard): Finding | undefined {
  const limit = setLimit(reading, seen);
  if (limit === undefined || limit.watts >= limit.shippedWatts * (1 - POWER_LIMIT_TOLERANCE_PERCENT / 100)) {
    return undefined;
  }
  return lowLimit(`${Math.round(limit.watts)} ${Math.round(limit.shippedWatts)}`);
}

const lowLimit = once((wattsAndShipped: string) => {
  const [watts = 0, shippedWatts = 1] = wattsAndShipped.split(' ').map(Number);
  const percent = (watts / shippedWatts) * 100;
  const { promptShare, generateShare } = speedAtPowerLimit(percent);
  const isCostly = percent < POWER_LIMIT_COSTLY_PERCENT;
  return finding('power-limit-low', {
    severity: isCostly ? 'warning' : 'info',
    what: `Its power limit is ${watts} W, and ${shippedWatts} W as shipped (${Math.round(percent)} %).`,
    why: `An RTX 3090 at this share wrote answers at ${Math.round(generateShare * 100)} % of its speed and read prompts at ${Math.round(promptShare * 100)} %.`,
    mend: isCostly
      ? `Set it to ${Math.round(shippedWatts * 0.7)} to ${shippedWatts} W if power supply and cooling bear it.`
      : 'Leave it, or raise it where long prompts matter more than power.',
    ...(1 / promptShare >= TELLING_TIMES
      ? {
          unlocks: `Up to ${times(1 / promptShare)} times the speed of prompts, ${times(1 / generateShare)} times that of answers.`,
          gain: {
            kind: 'speed',
            promptTimes: round(1 / promptShare),
            generateTimes: round(1 / generateShare),
          } as const,
        }
      : {}),
  });
});

/** Less than this is within what one run differs from another. */
const TELLING_TIMES = 1.05;

function times(factor: number): string {
  return factor.toFixed(factor < 1.1 ? 2 : 1);
}

function round(factor: number): number {
  return Math.round(factor * 100) / 100;
}

/** Board makers ship higher limits than the model's own, so that only the board's own tells of one that was raised. */
function limitHigh(reading: Reading, seen: SeenCard): Finding | undefined {
  const limit = setLimit(reading, seen);
  if (limit === undefined || !limit.isOfBoard) return undefined;
  if (limit.watts <= limit.shippedWatts * (1 + POWER_LIMIT_TOLERANCE_PERCENT / 100)) return undefined;
  return highLimit(`${Math.round(limit.watts)} ${Math.round(limit.shippedWatts)}`);
}

const highLimit = once((wattsAndShipped: string) => {
  const [watts = 0, shippedWatts = 1] = wattsAndShipped.split(' ').map(Number);
  return finding('power-limit-high', {
    what: `Its power limit is ${watts} W, and ${shippedWatts} W as shipped.`,
    why: 'Prompts keep a card at its limit for minutes, as mining seldom did; risers, plugs and power supply were not chosen for it.',
    mend: `Set it to ${shippedWatts} W; the last tenth of power brings about 3 % of speed.`,
  });
});

/** The tools' words for one thing differ: `hw_thermal_slowdown`, `HW Thermal Slowdown`, `thermal`. */
function isHeldBy({ throttleReasons }: Reading, isReason: (reason: string) => boolean): boolean {
  return throttleReasons?.some((reason) => isReason(reason.toLowerCase())) === true;
}

function heatThrottle(reading: Reading): Finding | undefined {
  return isHeldBy(reading, isHeat) ? throttledByHeat : undefined;
}

function isHeat(reason: string): boolean {
  return reason.includes('therm') || reason.includes('temp');
}

const throttledByHeat = finding('throttled-heat', {
  what: 'Heat holds its clock down at this moment.',
  why: 'The driver says so. A card that is too hot halves its clock, whatever its power limit.',
  mend: 'Give it more air, blow out the dust, raise the fan; then renew pads and paste.',
  unlocks: 'Full clocks: up to twice the speed of prompts.',
});

function powerBrake(reading: Reading): Finding | undefined {
  if (isHeldBy(reading, isBrake)) return throttledByBrake;
  return isHeldBy(reading, isHardware) && !isHeldBy(reading, isHeat) ? throttledByHardware : undefined;
}

function isBrake(reason: string): boolean {
  return reason.includes('brake') || reason.includes('board_limit') || reason.includes('board limit');
}

/** `hw_slowdown` stands beside its cause where the driver knows one; alone it is either. */
function isHardware(reason: string): boolean {
  return reason.includes('hw_slowdown') || reason.includes('hw slowdown');
}

const BRAKE_MEND =
  'Check plugs and cables, feed the riser from its own cable and not from SATA, spread the cards over two supplies.';

const throttledByBrake = finding('throttled-power-brake', {
  what: 'The power supply holds its clock down at this moment (power brake).',
  why: 'The card is told that power is short, or gets too little through plug and riser, and halves its clock.',
  mend: BRAKE_MEND,
  unlocks: 'Full clocks: up to twice the speed of prompts.',
});

const throttledByHardware = finding('throttled-power-brake', {
  what: 'The card’s own protection holds its clock down at this moment.',
  why: 'The driver names no cause: heat, power drawn too fast, or a power supply that asks for it. It halves the clock.',
  mend: BRAKE_MEND,
  unlocks: 'Full clocks: up to twice the speed of prompts.',
});

function powerCap(reading: Reading): Finding | undefined {
  return isHeldBy(reading, isPowerCap) ? throttledByCap : undefined;
}

function isPowerCap(reason: string): boolean {
  return reason.includes('power_cap') || reason.includes('power cap') || reason.includes('ppt');
}

const throttledByCap = finding('throttled-power-cap', {
  what: 'It runs at its power limit at this moment.',
  why: 'The driver lowers the clock to stay within it, which is how it should be under full load.',
  mend: 'Nothing; raise the limit only where prompts are worth the power.',
});

import { type Asked, worthUsd } from './option-value.ts';
import type { OptionCore } from './run-core.ts';
import { type Tariff, tariffOf } from './tariff.ts';
import type { BreakEven, Verdict } from './valued.ts';

/** The highest price of a kilowatt-hour that is asked about, in US dollars. */
const HIGHEST_USD_PER_KWH = 2;

/** Prices tried between today's and the ends, before the flip between two of them is sought. */
const TRIED_COUNT = 16;

/** Halvings of an interval: to a billionth of it. */
const HALVING_COUNT = 30;

/** What could be done with a card, every model and coin by itself, and what its verdict is now. */
export interface Contest {
  readonly cores: readonly OptionCore[];
  readonly verdict: Verdict;
  readonly asked: Asked;
}

/** What an option is worth, by its index among the cores, as one parameter is moved to a value. */
type Worths = (value: number) => (index: number) => number;

/** Where the verdict turns: as electricity gets dearer or cheaper, as one option finds more or less work. Nearest first. */
export function breakEvensOf(contest: Contest): readonly BreakEven[] {
  const found = [...electricityFlips(contest), ...utilisationFlips(contest)];
  return found.toSorted((one, other) => distance(one) - distance(other));
}

function distance({ now, flipsAt }: BreakEven): number {
  return Math.abs(flipsAt - now) / Math.max(now, 1e-9);
}

function electricityFlips(contest: Contest): readonly BreakEven[] {
  const now = contest.asked.tariff.meanUsdPerKwh;
  const worths = worthsByPrice(contest);
  return (['below', 'above'] as const).flatMap((direction) => {
    const end = direction === 'below' ? 0 : Math.max(HIGHEST_USD_PER_KWH, 2 * now);
    const flip = nearestFlip(contest, { now, end, triedCount: TRIED_COUNT }, worths);
    return flip === undefined ? [] : [{ parameter: 'electricity' as const, now, direction, ...flip }];
  });
}

/** At one price all day everything that runs is a line over the price; else each value is reckoned. */
function worthsByPrice({ cores, asked }: Contest): Worths {
  const at = (usdPerKwh: number) => worthsAt(cores, { ...asked, ...priceAt(asked.tariff, usdPerKwh) });
  // The best after a mend is the highest of several lines, which is no line.
  if (!asked.tariff.isFlat || cores.some(({ kind }) => kind === 'repair')) return at;
  return linesThrough(cores.length, at(0), at(1), 1);
}

function worthsAt(cores: readonly OptionCore[], asked: Asked): (index: number) => number {
  return (index) => {
    const core = cores[index];
    return core === undefined ? Number.NEGATIVE_INFINITY : worthUsd(core, asked);
  };
}

/** A tariff of which every hour is scaled so that its mean is `usdPerKwh`; of one that is free, a flat one. */
function priceAt(tariff: Tariff, usdPerKwh: number): Pick<Asked, 'tariff' | 'priceFactor'> {
  if (tariff.meanUsdPerKwh > 0) return { tariff, priceFactor: usdPerKwh / tariff.meanUsdPerKwh };
  return { tariff: tariffOf(usdPerKwh), priceFactor: 1 };
}

/** Lines through what options are worth at 0 and at `end`. */
function linesThrough(
  count: number,
  atZero: (index: number) => number,
  atEnd: (index: number) => number,
  end: number,
): Worths {
  const starts = Float64Array.from({ length: count }, (_, index) => atZero(index));
  const slopes = starts.map((start, index) => (atEnd(index) - start) / end);
  return (value) => (index) => (starts[index] ?? 0) + (slopes[index] ?? 0) * value;
}

const UTILISED = ['serve', 'rent', 'batch'] as const;

function utilisationFlips(contest: Contest): readonly BreakEven[] {
  return UTILISED.flatMap((of) => {
    const core = contest.cores.find(({ kind }) => kind === of);
    if (core?.kind !== of) return [];
    const now = core.workShare * 100;
    const worths = worthsByUtilisation(contest, of);
    return (['below', 'above'] as const).flatMap((direction) => {
      const end = direction === 'below' ? 0 : 100;
      const flip = nearestFlip(contest, { now, end, triedCount: 1 }, worths);
      return flip === undefined ? [] : [{ parameter: 'utilisation' as const, of, now, direction, ...flip }];
    });
  });
}

function worthsByUtilisation({ cores, asked }: Contest, of: (typeof UTILISED)[number]): Worths {
  const at = (percent: number) => worthsAt(cores, { ...asked, utilisation: { of, workShare: percent / 100 } });
  return asked.tariff.isFlat ? linesThrough(cores.length, at(0), at(100), 100) : at;
}

type Flip = Pick<BreakEven, 'flipsAt' | 'thenOption' | 'thenVerdict'>;

interface Search {
  readonly now: number;
  readonly end: number;
  readonly triedCount: number;
}

/** The first value between `now` and `end` past which another verdict is worth more. */
function nearestFlip(contest: Contest, { now, end, triedCount }: Search, worths: Worths): Flip | undefined {
  let held = now;
  for (let tried = 1; tried <= triedCount; tried += 1) {
    // Finer near today's value, where the first flip counts.
    const value = now + (end - now) * (tried / triedCount) ** 2;
    if (leadUsd(contest, worths(value)) < 0) return flipBetween(contest, held, value, worths);
    held = value;
  }
  return undefined;
}

function flipBetween(contest: Contest, from: number, to: number, worths: Worths): Flip {
  let [held, flipped] = [from, to];
  for (let halving = 0; halving < HALVING_COUNT; halving += 1) {
    const middle = (held + flipped) / 2;
    if (leadUsd(contest, worths(middle)) < 0) flipped = middle;
    else held = middle;
  }
  const { kind, verdict } = challenger(contest, worths(flipped));
  return { flipsAt: flipped, thenOption: kind, thenVerdict: verdict };
}

/** How much more the best option of the verdict is worth than the best of any other. */
function leadUsd({ cores, verdict }: Contest, worthOf: (index: number) => number): number {
  let own = Number.NEGATIVE_INFINITY;
  let other = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < cores.length; index += 1) {
    const worth = worthOf(index);
    if (cores[index]?.verdict === verdict) own = Math.max(own, worth);
    else other = Math.max(other, worth);
  }
  return own - other;
}

function challenger(
  { cores, verdict }: Contest,
  worthOf: (index: number) => number,
): Pick<OptionCore, 'kind' | 'verdict'> {
  let best: Pick<OptionCore, 'kind' | 'verdict'> = { kind: 'sleep', verdict: 'sleep' };
  let most = Number.NEGATIVE_INFINITY;
  for (const [index, core] of cores.entries()) {
    const worth = worthOf(index);
    if (core.verdict === verdict || worth <= most) continue;
    [best, most] = [core, worth];
  }
  return best;
}

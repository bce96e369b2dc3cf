import { type Asked, worthUsd } from './option-value.ts';
import type { OptionCore } from './run-core.ts';
import { type Tariff, tariffOf } from './tariff.ts';
import type { BreakEven, OptionKind, Verdict } from './valued.ts';

/** The highest price of a kilowatt-hour that is asked about, in US dollars. */
const HIGHEST_USD_PER_KWH = 2;

/** Prices tried between today's and the ends, before the flip between two of them is sought. */
const TRIED_COUNT = 16;

/** Halvings of an interval: to a billionth of it. */
const HALVING_COUNT = 40;

/** The options of a card whose verdict is sought, and what its best one is now. */
export interface Contest {
  readonly cores: readonly OptionCore[];
  readonly verdict: Verdict;
  readonly asked: Asked;
}

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
  const at = (usdPerKwh: number): Asked => ({ ...contest.asked, ...priceAt(contest.asked.tariff, usdPerKwh) });
  return (['below', 'above'] as const).flatMap((direction) => {
    const end = direction === 'below' ? 0 : Math.max(HIGHEST_USD_PER_KWH, 2 * now);
    const flip = nearestFlip(contest, now, end, TRIED_COUNT, at);
    return flip === undefined ? [] : [{ parameter: 'electricity' as const, now, direction, ...flip }];
  });
}

/** A tariff of which every hour is scaled so that its mean is `usdPerKwh`; of one that is free, a flat one. */
function priceAt(tariff: Tariff, usdPerKwh: number): Pick<Asked, 'tariff' | 'priceFactor'> {
  if (tariff.meanUsdPerKwh > 0) return { tariff, priceFactor: usdPerKwh / tariff.meanUsdPerKwh };
  return { tariff: tariffOf(usdPerKwh), priceFactor: 1 };
}

const UTILISED = ['serve', 'rent', 'batch'] as const;

function utilisationFlips(contest: Contest): readonly BreakEven[] {
  return UTILISED.flatMap((of) => {
    const core = contest.cores.find(({ kind }) => kind === of);
    if (core?.kind !== of) return [];
    const now = core.utilisationShare * 100;
    const at = (percent: number): Asked => ({ ...contest.asked, utilisation: { of, share: percent / 100 } });
    return (['below', 'above'] as const).flatMap((direction) => {
      const flip = nearestFlip(contest, now, direction === 'below' ? 0 : 100, 1, at);
      return flip === undefined ? [] : [{ parameter: 'utilisation' as const, of, now, direction, ...flip }];
    });
  });
}

type Flip = Pick<BreakEven, 'flipsAt' | 'thenOption' | 'thenVerdict'>;

/** The first value between `now` and `end` past which another verdict is worth more. */
function nearestFlip(
  contest: Contest,
  now: number,
  end: number,
  triedCount: number,
  at: (value: number) => Asked,
): Flip | undefined {
  let held = now;
  for (let tried = 1; tried <= triedCount; tried += 1) {
    // Finer near today's value, where the first flip counts.
    const value = now + (end - now) * (tried / triedCount) ** 2;
    if (leadUsd(contest, at(value)) < 0) return flipBetween(contest, held, value, at);
    held = value;
  }
  return undefined;
}

function flipBetween(contest: Contest, from: number, to: number, at: (value: number) => Asked): Flip {
  let [held, flipped] = [from, to];
  for (let halving = 0; halving < HALVING_COUNT; halving += 1) {
    const middle = (held + flipped) / 2;
    if (leadUsd(contest, at(middle)) < 0) flipped = middle;
    else held = middle;
  }
  const winner = challenger(contest, at(flipped));
  return { flipsAt: flipped, thenOption: winner.kind, thenVerdict: winner.verdict };
}

/** How much more the best option of the verdict is worth than the best of any other. */
function leadUsd({ cores, verdict }: Contest, asked: Asked): number {
  let own = Number.NEGATIVE_INFINITY;
  let other = Number.NEGATIVE_INFINITY;
  for (const core of cores) {
    const worth = worthUsd(core, asked);
    if (core.verdict === verdict) own = Math.max(own, worth);
    else other = Math.max(other, worth);
  }
  return own - other;
}

function challenger(
  { cores, verdict }: Contest,
  asked: Asked,
): { readonly kind: OptionKind; readonly verdict: Verdict } {
  let best: OptionCore | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const core of cores) {
    const worth = worthUsd(core, asked);
    if (core.verdict === verdict || worth <= most) continue;
    [best, most] = [core, worth];
  }
  return { kind: best?.kind ?? 'sleep', verdict: best?.verdict ?? 'sleep' };
}

import { type Interval, roundedUsd, sumOf, times, ZERO } from './interval.ts';
import { assumptionsOf, type Pricing, type Quote } from './pricing.ts';
import { dayOf, netUsdPerDay, type OnceCore, type OptionCore, type RepairCore, type RunCore } from './run-core.ts';
import type { Tariff } from './tariff.ts';
import type { OptionKind, ValuedOption } from './valued.ts';

/** What the worth of an option may be asked at: prices of electricity, and one option's utilisation. */
export interface Asked {
  readonly tariff: Tariff;
  readonly priceFactor: number;
  readonly horizonDays: number;
  readonly residualUsd: number;
  readonly utilisation?: { readonly of: OptionKind; readonly workShare: number };
}

/** What an option is worth over the horizon at its middle, in US dollars. */
export function worthUsd(core: OptionCore, asked: Asked): number {
  switch (core.kind) {
    case 'serve':
    case 'rent':
    case 'batch':
    case 'mine':
      return runWorthUsd(core, asked);
    case 'sleep':
    case 'sell-now':
    case 'sell-later':
    case 'recycle':
      return core.onceUsd.mid + (core.isKept ? asked.residualUsd : 0);
    case 'repair':
      return bestAfterUsd(core, asked) - core.costUsd.mid;
  }
}

function runWorthUsd(core: RunCore, { tariff, priceFactor, horizonDays, residualUsd, utilisation }: Asked): number {
  const workShare = utilisation?.of === core.kind ? utilisation.workShare : core.workShare;
  return netUsdPerDay(core, tariff, priceFactor, workShare) * horizonDays + residualUsd;
}

function bestAfterUsd(core: RepairCore, asked: Asked): number {
  const after = { ...asked, residualUsd: core.residual.value.mid };
  let best = Number.NEGATIVE_INFINITY;
  for (const each of core.after) best = Math.max(best, worthUsd(each, after));
  return best;
}

/** An option as it is shown, with its intervals, all rounded to the micro-dollar. */
export function valuedOption(core: OptionCore, pricing: Pricing, residual: Quote): ValuedOption {
  switch (core.kind) {
    case 'serve':
    case 'rent':
    case 'batch':
    case 'mine':
      return valuedRun(core, pricing, residual);
    case 'sleep':
    case 'sell-now':
    case 'sell-later':
    case 'recycle':
      return valuedOnce(core, pricing, residual);
    case 'repair':
      return valuedRepair(core, pricing, residual);
  }
}

function valuedRun(core: RunCore, pricing: Pricing, residual: Quote): ValuedOption {
  const { horizonDays } = pricing.settings;
  const day = dayOf(core, pricing.tariff);
  const { incomeSpread, costSpread } = core;
  const income = spreadAround(day.incomeUsd, incomeSpread);
  const cost = spreadAround(day.costUsd, costSpread);
  const net = sumOf([1, income], [-1, cost]);
  const value = sumOf([1, times(net, horizonDays)], [1, residual.value]);
  return {
    kind: core.kind,
    verdict: core.verdict,
    what: core.what,
    incomeUsdPerDay: roundedUsd(income),
    costUsdPerDay: roundedUsd(cost),
    netUsdPerDay: roundedUsd(net),
    onceUsd: ZERO,
    residualUsd: roundedUsd(residual.value),
    valueUsd: roundedUsd(value),
    gainUsdPerDay: roundedUsd(net),
    powerWatts: Math.round(day.meanKilowatts * 1000),
    utilisationPercent: Math.round(day.earningShare * 1000) / 10,
    assumptions: withResidual(core.assumptions, residual),
  };
}

function spreadAround(mid: number, { lowFactor, highFactor }: RunCore['incomeSpread']): Interval {
  return { low: mid * lowFactor, mid, high: mid * highFactor };
}

const residualLists = new WeakMap<ValuedOption['assumptions'], WeakMap<Quote, ValuedOption['assumptions']>>();

/** The figures of a run and of what is left, each once; the same list for all cards of one model and workload. */
function withResidual(own: ValuedOption['assumptions'], residual: Quote): ValuedOption['assumptions'] {
  const known = residualLists.get(own) ?? new WeakMap<Quote, ValuedOption['assumptions']>();
  residualLists.set(own, known);
  const list = known.get(residual) ?? assumptionsOf({ ...residual, assumptions: own }, residual);
  known.set(residual, list);
  return list;
}

function valuedOnce(core: OnceCore, pricing: Pricing, residual: Quote): ValuedOption {
  const kept = core.isKept ? residual : undefined;
  const value = kept === undefined ? core.onceUsd : sumOf([1, core.onceUsd], [1, kept.value]);
  return {
    kind: core.kind,
    verdict: core.verdict,
    what: core.what,
    ...NOTHING_RUNS,
    onceUsd: roundedUsd(core.onceUsd),
    residualUsd: kept === undefined ? ZERO : roundedUsd(kept.value),
    valueUsd: roundedUsd(value),
    gainUsdPerDay: roundedUsd(core.kind === 'sleep' ? ZERO : gainOver(value, residual, pricing)),
    assumptions: kept === undefined ? core.assumptions : withResidual(core.assumptions, kept),
  };
}

const NOTHING_RUNS = {
  incomeUsdPerDay: ZERO,
  costUsdPerDay: ZERO,
  netUsdPerDay: ZERO,
  powerWatts: 0,
} as const;

/** Both rest on the same price of the card: where one is at its low, so is the other. */
function gainOver(value: Interval, { value: residual }: Quote, { settings }: Pricing): Interval {
  const ends = [value.low - residual.low, value.mid - residual.mid, value.high - residual.high];
  const gain = { low: Math.min(...ends), mid: value.mid - residual.mid, high: Math.max(...ends) };
  return times(gain, 1 / settings.horizonDays);
}

function valuedRepair(core: RepairCore, pricing: Pricing, residual: Quote): ValuedOption {
  const asked = askedAt(pricing, core.residual.value.mid);
  const best = core.after.reduce<OptionCore | undefined>(
    (one, other) => (one === undefined || worthUsd(other, asked) > worthUsd(one, asked) ? other : one),
    undefined,
  );
  const after = best === undefined ? undefined : valuedOption(best, pricing, core.residual);
  const value = sumOf([1, after?.valueUsd ?? ZERO], [-1, core.costUsd]);
  return {
    ...(after ?? { ...NOTHING_RUNS, residualUsd: ZERO }),
    kind: 'repair',
    verdict: 'repair',
    what: after === undefined ? core.what : `${core.what} Then ${thenText(after)}.`,
    onceUsd: roundedUsd(sumOf([1, after?.onceUsd ?? ZERO], [-1, core.costUsd])),
    valueUsd: roundedUsd(value),
    gainUsdPerDay: roundedUsd(gainOver(value, residual, pricing)),
    assumptions: [...core.assumptions, ...(after?.assumptions ?? [])],
  };
}

/** `rent it out by the hour as RTX 3070`, `mine: pearl`. */
function thenText({ kind, what }: ValuedOption): string {
  return kind === 'rent' ? `rent it out ${what}` : `${kindWords[kind]}: ${what}`;
}

/** Options in words, as they stand in a sentence. */
export const kindWords: Readonly<Record<OptionKind, string>> = {
  serve: 'serve tokens',
  rent: 'rent it out by the hour',
  batch: 'answer a queue',
  mine: 'mine',
  sleep: 'let it sleep',
  'sell-now': 'sell it now',
  'sell-later': 'sell it later',
  recycle: 'recycle it',
  repair: 'repair it',
};

/** The question as the operator's settings ask it. */
export function askedAt({ tariff, settings }: Pricing, residualUsd: number): Asked {
  return { tariff, priceFactor: 1, horizonDays: settings.horizonDays, residualUsd };
}

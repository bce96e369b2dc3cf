import type { Assumption } from './figure.ts';
import type { Interval } from './interval.ts';
import type { Quote } from './pricing.ts';
import { cheapestHoursUsd, HOURS_PER_DAY, payingHourCount, type Tariff } from './tariff.ts';
import type { OptionKind, Verdict } from './valued.ts';

/** How far something may be off, as factors of its middle. */
export interface Spread {
  readonly lowFactor: number;
  readonly highFactor: number;
}

/** An option that runs and earns, in the few numbers that its worth is reckoned from; all at their middle. */
export interface RunCore {
  readonly kind: Extract<OptionKind, 'serve' | 'rent' | 'batch' | 'mine'>;
  readonly verdict: Verdict;
  readonly what: string;
  /** After fees, were it to earn in every hour, as a mean over the horizon. */
  readonly fullIncomeUsdPerDay: number;
  readonly incomeSpread: Spread;
  /** How much of the day there is work for such a card, 0 to 1, as the operator or the book has it. */
  readonly workShare: number;
  /** How much of that there is for this model’s size; 1 where it is not a matter of size. */
  readonly demandShare: number;
  /** From the wall, cooling and the host’s share included, while it earns and while it waits. */
  readonly busyKilowatts: number;
  readonly idleKilowatts: number;
  readonly costSpread: Spread;
  /** In which hours it earns: spread `evenly`, in the `cheapest`, or in those that are `paying` for themselves. */
  readonly hours: 'evenly' | 'cheapest' | 'paying';
  readonly assumptions: readonly Assumption[];
}

/** What an option earns and costs on a day. */
export interface DayMoney {
  readonly incomeUsd: number;
  readonly costUsd: number;
  /** 0 to 1. */
  readonly earningShare: number;
  readonly meanKilowatts: number;
}

/** A day of an option at a tariff. Where no hour pays, it is shown as if it ran all day: at its loss. */
export function dayOf(core: RunCore, tariff: Tariff, workShare = core.workShare): DayMoney {
  const utilisationShare = Math.min(1, workShare * core.demandShare);
  switch (core.hours) {
    case 'evenly':
      return evenDay(core, tariff, utilisationShare);
    case 'cheapest':
      return cheapestDay(core, tariff, utilisationShare);
    case 'paying':
      return payingDay(core, tariff);
  }
}

function evenDay(core: RunCore, tariff: Tariff, share: number): DayMoney {
  const meanKilowatts = share * core.busyKilowatts + (1 - share) * core.idleKilowatts;
  return {
    incomeUsd: core.fullIncomeUsdPerDay * share,
    costUsd: meanKilowatts * HOURS_PER_DAY * tariff.meanUsdPerKwh,
    earningShare: share,
    meanKilowatts,
  };
}

function cheapestDay(core: RunCore, tariff: Tariff, share: number): DayMoney {
  const extraKilowatts = core.busyKilowatts - core.idleKilowatts;
  const idleUsd = core.idleKilowatts * HOURS_PER_DAY * tariff.meanUsdPerKwh;
  return {
    incomeUsd: core.fullIncomeUsdPerDay * share,
    costUsd: idleUsd + cheapestHoursUsd(tariff, extraKilowatts, HOURS_PER_DAY * share),
    earningShare: share,
    meanKilowatts: core.idleKilowatts + share * extraKilowatts,
  };
}

function payingDay(core: RunCore, tariff: Tariff): DayMoney {
  const hourlyUsd = core.fullIncomeUsdPerDay / HOURS_PER_DAY;
  const paying = payingHourCount(tariff, core.busyKilowatts, hourlyUsd);
  const hours = paying === 0 ? HOURS_PER_DAY : paying;
  return {
    incomeUsd: hourlyUsd * hours,
    costUsd: cheapestHoursUsd(tariff, core.busyKilowatts, hours),
    earningShare: hours / HOURS_PER_DAY,
    meanKilowatts: (core.busyKilowatts * hours) / HOURS_PER_DAY,
  };
}

/**
 * Income less cost of a day in US dollars, at the tariff times `priceFactor`: what `dayOf` gives, without what is only
 * shown.
 */
export function netUsdPerDay(core: RunCore, tariff: Tariff, priceFactor: number, workShare = core.workShare): number {
  const share = Math.min(1, workShare * core.demandShare);
  if (tariff.isFlat) return flatNet(core, tariff.meanUsdPerKwh * priceFactor, share);
  if (priceFactor === 0) return flatNet(core, 0, share);
  const cheaper = core.fullIncomeUsdPerDay / priceFactor;
  const { incomeUsd, costUsd } = dayOf({ ...core, fullIncomeUsdPerDay: cheaper }, tariff, workShare);
  return (incomeUsd - costUsd) * priceFactor;
}

function flatNet(
  { fullIncomeUsdPerDay, busyKilowatts, idleKilowatts }: RunCore,
  usdPerKwh: number,
  share: number,
): number {
  const kilowatts = share * busyKilowatts + (1 - share) * idleKilowatts;
  return fullIncomeUsdPerDay * share - kilowatts * HOURS_PER_DAY * usdPerKwh;
}

/** An option that runs nothing: what comes in once, now or at the horizon’s end, and what is left. */
export interface OnceCore {
  readonly kind: Extract<OptionKind, 'sleep' | 'sell-now' | 'sell-later' | 'recycle'>;
  readonly verdict: Verdict;
  readonly what: string;
  readonly onceUsd: Interval;
  /** Whether the card is still there at the end of the horizon. */
  readonly isKept: boolean;
  readonly assumptions: readonly Assumption[];
}

/** A mend, and the best that can be done with the card after it. */
export interface RepairCore {
  readonly kind: 'repair';
  readonly verdict: 'repair';
  readonly what: string;
  readonly costUsd: Interval;
  readonly after: readonly (RunCore | OnceCore)[];
  /** What the mended card still fetches at the horizon’s end. */
  readonly residual: Quote;
  readonly assumptions: readonly Assumption[];
}

/** Any option of a card, in numbers. */
export type OptionCore = RunCore | OnceCore | RepairCore;

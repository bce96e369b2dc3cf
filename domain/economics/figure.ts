import { ageInDays } from './calendar.ts';
import type { Interval } from './interval.ts';

/** What a figure of the price book is about. */
export type FigureKind =
  /** What a token venue asks for a million tokens read, or written, by size class of the model: `8B`. */
  | 'token-input'
  | 'token-output'
  /** What renters pay for a card and hour, by card model. */
  | 'rental'
  /** What a coin pays for hashing, by coin: per day and unit of hash rate. */
  | 'coin-income'
  /** What a card hashes of a coin, at what power. */
  | 'hash-rate'
  /** What a card earns by mining, a day, as somebody reported it. */
  | 'mining-income'
  /** What a card sells for, second-hand. */
  | 'resale'
  /** What a recycler pays for a kilogram. */
  | 'recycling'
  /** What a kilowatt-hour costs, by region. */
  | 'electricity'
  /** US dollars for one unit of a currency, by its code. */
  | 'currency'
  /** A fee or tax, in percent of what it is taken from. */
  | 'fee'
  /** What a mend costs, by its kind. */
  | 'mend'
  /** A figure that the reckoning rests on and that is no price: utilisation, cooling, batching gain. */
  | 'assumption';

/** How far a figure is to be believed. `assumed`: nobody measured it; the note says why it was chosen. */
export type Confidence = 'high' | 'medium' | 'low' | 'assumed';

/** One figure of the price book, with where it is from and when. */
export interface PriceFigure {
  /** Stable and unique in its book: `rental/rtx-3090/akash/2026-09-20`. */
  readonly figureId: string;
  readonly kind: FigureKind;
  /** What it is the price of: a card model's name, a size class, a coin, a region, a code. */
  readonly subject: string;
  readonly value: number;
  /** Where the source gives a range; `value` lies inside. */
  readonly low?: number;
  readonly high?: number;
  /** `USD/h`, `CNY/h`, `USD/Mtoken`, `USD/day/TH/s`, `%`, `W`. */
  readonly unit: string;
  /** For a hash rate or an income by mining: of which coin, and at what power. */
  readonly coin?: string;
  readonly powerWatts?: number;
  /** As exact as the source has it: `2026-09-20`, `2026-09`, `2026`. Its age is reckoned from the first day of that. */
  readonly date: string;
  readonly venue: string;
  readonly confidence: Confidence;
  readonly source: string;
  readonly note?: string;
}

/** A figure as an answer shows it, aged as of the day of the reckoning. */
export interface Assumption {
  readonly figureId: string;
  /** What it is, for a person: `rental of an RTX 3090`. */
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly unit: string;
  readonly date: string;
  /** Days from the figure's date to today; never below 0. */
  readonly ageDays: number;
  /** Older than 90 days. What is no price (an assumption, a hash rate) and what the operator says never is. */
  readonly isStale: boolean;
  readonly venue: string;
  readonly confidence: Confidence;
  readonly source: string;
  readonly note?: string;
}

/** A price older than this is marked stale. */
export const STALE_AFTER_DAYS = 90;

/** Where a figure is from that the operator gave: it is theirs to age. */
export const OPERATOR_VENUE = 'operator';

/** How far a figure without a range may be off, as a share of it. Our own scale. */
const spreadByConfidence: Readonly<Record<Confidence, number>> = { high: 0.1, medium: 0.25, low: 0.5, assumed: 0.5 };

/** Whether a figure is too old to be shown unmarked. */
export function isStaleFigure({ kind, venue, date }: PriceFigure, today: string): boolean {
  if (kind === 'assumption' || kind === 'hash-rate' || venue === OPERATOR_VENUE) return false;
  return ageInDays(date, today) > STALE_AFTER_DAYS;
}

/** By how much more a stale price may be off for each year of its age, as a share of it, up to once and again. */
const SPREAD_PER_YEAR = 0.25;
const DAYS_PER_YEAR = 365;

/**
 * A figure with its uncertainty: as its source gives it, else by its confidence and, where it is stale, by its age. What
 * the operator says has none.
 */
export function spreadOf(figure: PriceFigure, today: string): Interval {
  const { value, low, high, confidence, venue, date } = figure;
  if (low !== undefined || high !== undefined) return { low: low ?? value, mid: value, high: high ?? value };
  const years = isStaleFigure(figure, today) ? ageInDays(date, today) / DAYS_PER_YEAR : 0;
  const aged = Math.min(1, SPREAD_PER_YEAR * years);
  const share = venue === OPERATOR_VENUE ? 0 : Math.max(spreadByConfidence[confidence], aged);
  return value >= 0
    ? { low: value / (1 + share), mid: value, high: value * (1 + share) }
    : { low: value * (1 + share), mid: value, high: value / (1 + share) };
}

/** A figure as an answer shows it. */
export function toAssumption(figure: PriceFigure, name: string, today: string): Assumption {
  const { figureId, value, unit, date, venue, confidence, source, note } = figure;
  const { low, high } = spreadOf(figure, today);
  return {
    figureId,
    name,
    value,
    low,
    high,
    unit,
    date,
    ageDays: ageInDays(date, today),
    isStale: isStaleFigure(figure, today),
    venue,
    confidence,
    source,
    ...(note === undefined ? {} : { note }),
  };
}

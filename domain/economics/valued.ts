import type { AssessedCard, AssessedFarm, AssessedRig } from '../grading.ts';
import type { Assumption } from './figure.ts';
import type { Interval } from './interval.ts';

/** What may be done with a card. */
export type OptionKind =
  | 'serve'
  | 'rent'
  | 'batch'
  | 'mine'
  | 'sleep'
  | 'sell-now'
  | 'sell-later'
  | 'recycle'
  | 'repair';

/** What to do with a card, in one word. */
export type Verdict = 'train' | 'serve' | 'batch' | 'mine' | 'sleep' | 'sell' | 'repair' | 'recycle';

/**
 * One thing that could be done with a card, in money. Every amount is in US dollars, rounded to the micro-dollar; low to
 * high is about a 90 % interval, as far as its figures say. What runs is shown as a mean over the horizon: prices and
 * incomes drift.
 */
export interface ValuedOption {
  readonly kind: OptionKind;
  /** The verdict if this option is the best. */
  readonly verdict: Verdict;
  /** What exactly: `8B Q4_K_M by cuda-12`, `Pearl`, `as RTX 3090`. */
  readonly what: string;
  /** Income after fees; for options that come once, 0. */
  readonly incomeUsdPerDay: Interval;
  /** Electricity with cooling. */
  readonly costUsdPerDay: Interval;
  /** Income less cost; spreads of what does not depend on one another are added as squares. */
  readonly netUsdPerDay: Interval;
  /** What comes in once, as by a sale; negative where it is paid, as for a mend. */
  readonly onceUsd: Interval;
  /** What the card still fetches at the end of the horizon; 0 where it is gone by then. */
  readonly residualUsd: Interval;
  /** Over the horizon: net of every day, what comes once, and what is left at its end. */
  readonly valueUsd: Interval;
  /** How much more it is worth than sleep, spread over the days of the horizon: comparable day by day. */
  readonly gainUsdPerDay: Interval;
  /** From the wall, cooling included, as a mean over the day. */
  readonly powerWatts: number;
  /** 0 to 100: what share of its hours it earns; absent where nothing runs. */
  readonly utilisationPercent?: number;
  /** Every figure that it rests on. */
  readonly assumptions: readonly Assumption[];
}

/** An option that a card has not, and what would bring it. */
export interface RefusedOption {
  readonly kind: OptionKind;
  readonly why: string;
  /** What brings it back; absent where nothing does. */
  readonly mend?: string;
  /** The finding that takes it away, where one does. */
  readonly findingCode?: string;
}

/** Where a verdict turns. */
export interface BreakEven {
  /**
   * `utilisation`: how much work there is for option `of`, in percent of the day; for models below 8B less of it.
   * `electricity`: US dollars for a kilowatt-hour, its mean over the day.
   */
  readonly parameter: 'utilisation' | 'electricity';
  readonly of?: OptionKind;
  readonly now: number;
  /** At this value both are worth the same; beyond it the verdict is `thenVerdict`. */
  readonly flipsAt: number;
  /** `below`: the verdict turns when the parameter falls under `flipsAt`; `above`: when it rises over it. */
  readonly direction: 'below' | 'above';
  readonly thenOption: OptionKind;
  readonly thenVerdict: Verdict;
}

/** What a card is worth. Identical cards share one valuation. */
export interface Valuation {
  /** Null where it is withheld: see `reason`. */
  readonly verdict: Verdict | null;
  /** One or two sentences: why this verdict, or why none. */
  readonly reason: string;
  /** The option of greatest value (mid); null exactly where the verdict is. */
  readonly best: ValuedOption | null;
  readonly secondBest: ValuedOption | null;
  /** By value, greatest first. */
  readonly options: readonly ValuedOption[];
  readonly refused: readonly RefusedOption[];
  /** How much more the best is worth than the second best, over the horizon; null where there is no second. */
  readonly marginUsd: number | null;
  /** Where the verdict turns, nearest first; empty where neither 0 to 100 % nor 0 to 2 USD/kWh turns it. */
  readonly breakEvens: readonly BreakEven[];
  /**
   * `high`: at its low it is worth more than any other verdict’s best at its high, by sound and fresh prices; `medium`:
   * the two overlap in part, or prices are stale or weakly sourced; `low`: they overlap by more than half.
   */
  readonly confidence: 'high' | 'medium' | 'low';
  /** Which intervals overlap, which figures are stale or assumed. */
  readonly confidenceWhy: string;
}

/** A card and what it is worth. */
export interface ValuedCard {
  readonly assessed: AssessedCard;
  readonly valuation: Valuation;
}

/** A rig, its cards in the order of the assessed rig, and their sums. */
export interface ValuedRig {
  readonly assessed: AssessedRig;
  readonly cards: readonly ValuedCard[];
  readonly totals: MoneyTotals;
}

/** Sums over cards of what their best options are worth; a withheld card adds to its count alone. */
export interface MoneySum {
  readonly cardCount: number;
  readonly incomeUsdPerDay: Interval;
  readonly costUsdPerDay: Interval;
  readonly netUsdPerDay: Interval;
  readonly valueUsd: Interval;
  readonly powerWatts: number;
}

/** Sums over cards, in all and by verdict. Lows are added to lows: as if all went badly at once. */
export interface MoneyTotals {
  readonly all: MoneySum;
  readonly byVerdict: Readonly<Record<Verdict | 'withheld', MoneySum>>;
}

/** A group of like cards to put to AI work, as one line of a plan. */
export interface Conversion {
  readonly rank: number;
  readonly modelName: string;
  readonly verdict: Verdict;
  /** `8B Q4_K_M by cuda-12`. */
  readonly what: string;
  readonly cardIds: readonly string[];
  readonly rigIds: readonly string[];
  /** Of one such card, over its best option that is not AI work. */
  readonly gainUsdPerDayPerCard: number;
  /** Of all of them: the sum. */
  readonly gainUsdPerDay: number;
}

/** A mend, what it costs and what it brings. */
export interface PricedMend {
  /** The finding that it mends: its code, on this rig and, where it is of one card, on this card. */
  readonly findingCode: string;
  readonly rigId: string;
  readonly cardId?: string;
  /** What to do, in the finding's words. */
  readonly mend: string;
  readonly costUsd: Interval;
  /** How much more the rig's cards are then worth, spread over the days of the horizon. */
  readonly gainUsdPerDay: number;
  /** Whether all that it brings comes in once: the card is sold for more, and earns nothing day by day. */
  readonly comesOnce: boolean;
  /** How much more they are worth over the horizon, the cost taken off. */
  readonly gainUsd: number;
  /** Days until it has paid for itself, 0 where a sale pays it; null where it never does. */
  readonly paysBackDays: number | null;
  /** Cards whose best option it changes. */
  readonly unlockedCardIds: readonly string[];
  readonly assumptions: readonly Assumption[];
}

/** Cards to exchange between two rigs, card for card. */
export interface CardMove {
  readonly fromRigId: string;
  readonly toRigId: string;
  readonly modelName: string;
  readonly cardIds: readonly string[];
  /** What goes the other way; empty where slots are free. */
  readonly inExchangeModelNames: readonly string[];
  readonly inExchangeCardIds: readonly string[];
  readonly gainUsdPerDay: number;
  /** `Put the four RTX 3070 of rig 1 in rig 3, whose RAM serves four more cards.` */
  readonly what: string;
  readonly why: string;
}

/** A farm and what its cards are worth. */
export interface ValuedFarm {
  readonly assessed: AssessedFarm;
  readonly rigs: readonly ValuedRig[];
  readonly totals: MoneyTotals;
  readonly horizonDays: number;
  /** The day of the reckoning, by which figures are aged. */
  readonly today: string;
  /** What to convert first, most gain first. */
  readonly conversions: readonly Conversion[];
  /** Mends that change a card's best option, the soonest to pay back first, those that never do last. */
  readonly mends: readonly PricedMend[];
  readonly moves: readonly CardMove[];
  /** Every figure that some best option rests on, once. */
  readonly assumptions: readonly Assumption[];
}

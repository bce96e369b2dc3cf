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
  /** What a recycler pays. */
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
  /** Stable and unique in its book: `rental/rtx-3090/akash-2026-09`. */
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
  /** For a hash rate: of which coin, and at what power. */
  readonly coin?: string;
  readonly powerWatts?: number;
  /** As exact as the source has it: `2026-09-20`, `2026-09`, `2026`. Reckoned from its last day. */
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
  /** Older than 90 days. An assumption that is no price, and what the operator says, never is. */
  readonly isStale: boolean;
  readonly venue: string;
  readonly confidence: Confidence;
  readonly source: string;
  readonly note?: string;
}

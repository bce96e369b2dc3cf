import { type Assumption, isStaleFigure, OPERATOR_VENUE, type PriceFigure, spreadOf, toAssumption } from './figure.ts';
import type { AssumptionName } from './figures/assumptions.ts';
import { DEFAULT_REGION } from './figures/running.ts';
import { exactly, type Interval, times, ZERO } from './interval.ts';
import { bookWith, indexOf, type PriceBook } from './price-book.ts';
import type { OperatorSettings } from './settings.ts';
import { type Tariff, tariffOf } from './tariff.ts';

/** What a figure, or several, come to in US dollars, with all that it rests on. */
export interface Quote {
  readonly value: Interval;
  readonly assumptions: readonly Assumption[];
  /** By a rule from other models’ figures, not quoted for this one. */
  readonly isEstimate: boolean;
}

/** A price book as one reckoning reads it: the operator’s figures in place, converted, aged as of its day. */
export interface Pricing {
  readonly book: PriceBook;
  readonly settings: OperatorSettings;
  readonly today: string;
  readonly years: number;
  readonly tariff: Tariff;
  readonly tariffAssumptions: readonly Assumption[];
  /** Of an assumption, fee or percentage, as the book has it. */
  readonly assumption: (name: AssumptionName) => Quote;
  readonly fee: (name: string) => Quote;
  /** What was looked up before. */
  readonly quotes: Map<string, Quote | undefined>;
}

const pricings = new WeakMap<PriceBook, WeakMap<OperatorSettings, Pricing>>();

/** The pricing of a book and settings; the same two give the same one. */
export function pricingOf(book: PriceBook, settings: OperatorSettings): Pricing {
  const ofBook = pricings.get(book) ?? new WeakMap<OperatorSettings, Pricing>();
  pricings.set(book, ofBook);
  const known = ofBook.get(settings);
  if (known !== undefined) return known;
  const pricing = makePricing(bookWith(book, figuresOfSettings(settings)), settings);
  ofBook.set(settings, pricing);
  return pricing;
}

function makePricing(book: PriceBook, settings: OperatorSettings): Pricing {
  const { today, horizonDays, vat } = settings;
  const lookUp = { book, today, quotes: new Map<string, Quote | undefined>() };
  const quoted = (kind: 'assumption' | 'fee', subject: string): Quote =>
    quoteOf(lookUp, kind, subject, subject.replaceAll('-', ' ')) ?? NONE;
  const electricity = quoteOf(lookUp, 'electricity', DEFAULT_REGION, 'electricity') ?? NONE;
  return {
    ...lookUp,
    settings,
    years: horizonDays / 365,
    tariff: tariffOf(settings.electricityUsdPerKwh ?? electricity.value.mid, vat),
    tariffAssumptions: electricity.assumptions,
    assumption: (name) => quoted('assumption', name),
    fee: (name) => quoted('fee', name),
  };
}

/** What a book that lacks a figure gives in its place: nothing, which no option earns by. */
const NONE: Quote = { value: ZERO, assumptions: [], isEstimate: false };

/**
 * What a book says of a subject, in US dollars where it is money: of figures that are neither stale nor of low
 * confidence, else of fresh ones, else of those of the newest year. Their middle one, between the lowest and the
 * highest of them. Undefined where it says nothing.
 */
export function quoteOf(
  pricing: Pick<Pricing, 'book' | 'today' | 'quotes'>,
  kind: PriceFigure['kind'],
  subject: string,
  name: string,
): Quote | undefined {
  const key = `${kind}/${subject}`;
  const known = pricing.quotes.get(key);
  if (known !== undefined || pricing.quotes.has(key)) return known;
  const figures = indexOf(pricing.book).get(kind)?.get(subject.toLowerCase()) ?? [];
  const quote = quoteOfFigures(pricing, figures, name);
  pricing.quotes.set(key, quote);
  return quote;
}

/** The same of some figures at hand. */
export function quoteOfFigures(
  { book, today }: { readonly book: PriceBook; readonly today: string },
  figures: readonly PriceFigure[],
  name: string,
): Quote | undefined {
  const best = bestFigures(
    figures.filter((figure) => usdOf(book, figure) !== undefined),
    today,
  );
  if (best.length === 0) return undefined;
  const spreads = best.map((figure) => times(spreadOf(figure, today), usdOf(book, figure) ?? 0));
  const mids = spreads.map(({ mid }) => mid).toSorted((one, other) => one - other);
  const middle = ((mids[(mids.length - 1) >> 1] ?? 0) + (mids[mids.length >> 1] ?? 0)) / 2;
  return {
    value: {
      low: Math.min(...spreads.map(({ low }) => low)),
      mid: middle,
      high: Math.max(...spreads.map(({ high }) => high)),
    },
    assumptions: best.map((figure) => toAssumption(figure, name, today)),
    isEstimate: false,
  };
}

function bestFigures(figures: readonly PriceFigure[], today: string): readonly PriceFigure[] {
  const fresh = figures.filter((figure) => !isStaleFigure(figure, today));
  const firm = fresh.filter(({ confidence }) => confidence !== 'low' && confidence !== 'assumed');
  if (firm.length > 0) return firm;
  if (fresh.length > 0) return fresh;
  const newestYear = Math.max(...figures.map(({ date }) => Number(date.slice(0, 4))));
  return figures.filter(({ date }) => Number(date.slice(0, 4)) === newestYear);
}

/** US dollars in one unit of a figure’s currency; 1 where it is no money, undefined where the book lacks the currency. */
function usdOf(book: PriceBook, { kind, unit }: PriceFigure): number | undefined {
  const code = /^([A-Z]{3})(\/|$)/.exec(unit)?.[1];
  if (kind === 'currency' || code === undefined || code === 'USD') return 1;
  return indexOf(book).get('currency')?.get(code.toLowerCase())?.at(-1)?.value;
}

/** What the operator's settings say, as figures: so that answers show them as they show all others. */
function figuresOfSettings(settings: OperatorSettings): readonly PriceFigure[] {
  const { electricityUsdPerKwh, utilisationPercent, feePercent, vat } = settings;
  const said: readonly (readonly [PriceFigure['kind'], string, number | undefined, string])[] = [
    ['electricity', DEFAULT_REGION, meanOf(electricityUsdPerKwh), 'USD/kWh'],
    ['assumption', 'cooling', settings.coolingRatio, 'ratio'],
    ['assumption', 'host-power', settings.hostPowerWatts, 'W'],
    ['assumption', 'serve-utilisation', utilisationPercent?.serve, '%'],
    ['assumption', 'rent-utilisation', utilisationPercent?.rent, '%'],
    ['assumption', 'batch-utilisation', utilisationPercent?.batch, '%'],
    ['fee', 'tokens', feePercent?.tokens, '%'],
    ['fee', 'rental', feePercent?.rental, '%'],
    ['fee', 'pool', feePercent?.pool, '%'],
    ['fee', 'resale', feePercent?.resale, '%'],
    ['fee', 'vat', vat?.percent, '%'],
  ];
  return said.flatMap(([kind, subject, value, unit]) =>
    value === undefined
      ? []
      : [
          {
            figureId: `${kind}/${subject}/operator`,
            kind,
            subject,
            value,
            unit,
            date: settings.today,
            venue: OPERATOR_VENUE,
            confidence: 'high' as const,
            source: 'the operator’s settings',
          },
        ],
  );
}

function meanOf(prices: number | readonly number[] | undefined): number | undefined {
  if (prices === undefined || typeof prices === 'number') return prices;
  return prices.length === 0 ? undefined : prices.reduce((sum, price) => sum + price, 0) / prices.length;
}

/** A quote in percent as a factor: 30 % → 0.3. */
export function shareOf({ value }: Quote): Interval {
  return times(value, 0.01);
}

/** What a fee in percent leaves: 10 % → 0.9. */
export function shareAfter({ value }: Quote): Interval {
  return { low: 1 - value.high / 100, mid: 1 - value.mid / 100, high: 1 - value.low / 100 };
}

/**
 * The mean over the horizon of what changes by `percent/year`, as a factor of today’s: a coin that pays 39 % less in a
 * year pays 79 % of today’s on average over it.
 */
export function meanFactor(trend: Quote, years: number): Interval {
  const at = (percent: number) => {
    const yearly = Math.max(0.01, 1 + percent / 100);
    return Math.abs(yearly - 1) < 1e-9 ? 1 : (yearly ** years - 1) / (years * Math.log(yearly));
  };
  return { low: at(trend.value.low), mid: at(trend.value.mid), high: at(trend.value.high) };
}

/** The same at the horizon’s end. */
export function endFactor(trend: Quote, years: number): Interval {
  const at = (percent: number) => Math.max(0.01, 1 + percent / 100) ** years;
  return { low: at(trend.value.low), mid: at(trend.value.mid), high: at(trend.value.high) };
}

/** A plain number of an assumption, for what has no spread that matters. */
export function numberOf({ value }: Quote): number {
  return value.mid;
}

/** Several quotes' assumptions, each once. */
export function assumptionsOf(...quotes: readonly (Quote | undefined)[]): readonly Assumption[] {
  const byId = new Map<string, Assumption>();
  for (const quote of quotes) {
    for (const assumption of quote?.assumptions ?? []) byId.set(assumption.figureId, assumption);
  }
  return [...byId.values()];
}

/** A value that is what it is, resting on nothing. */
export function plainQuote(value: number): Quote {
  return { value: exactly(value), assumptions: [], isEstimate: false };
}

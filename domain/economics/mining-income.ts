import type { CardModel } from '../cards.ts';
import type { Reading } from '../inventory.ts';
import type { Assumption, PriceFigure } from './figure.ts';
import { exactly, type Interval, product } from './interval.ts';
import { indexOf } from './price-book.ts';
import { assumptionsOf, meanFactor, type Pricing, type Quote, quoteOf, quoteOfFigures, shareAfter } from './pricing.ts';
import type { Spread } from './run-core.ts';

/** What a card earns by mining one coin, all day, after fees, as a mean over the horizon. */
export interface MiningIncome {
  readonly coin: string;
  readonly usdPerDay: number;
  readonly spread: Spread;
  /** What the card draws while it mines; undefined where no source says. */
  readonly powerWatts: number | undefined;
  readonly isPowerMeasured: boolean;
  readonly assumptions: readonly Assumption[];
}

/** Hashes a second in one unit of hash rate. */
const unitHashes: Readonly<Record<string, number>> = {
  'H/s': 1,
  'kH/s': 1e3,
  'MH/s': 1e6,
  'GH/s': 1e9,
  'TH/s': 1e12,
  'Sol/s': 1,
};

/** The coin that pays for what the catalogue's Ethash rates measure. */
const ETHASH_COIN = 'ethereum-classic';
const ETHASH_NAMES: ReadonlySet<string> = new Set(['ethash', 'etchash']);

/** What a card hashes of a coin: hashes a second, and what it draws for it. */
interface HashRate {
  readonly hashes: Interval;
  readonly powerWatts: number | undefined;
  readonly isMeasured: boolean;
  readonly assumptions: readonly Assumption[];
}

/** Every coin that a card of a model can mine for money, as known. What the card itself hashed is taken before its model's. */
export function miningIncomes(
  pricing: Pricing,
  model: CardModel,
  reading: Reading | undefined,
): readonly MiningIncome[] {
  const isHashing = reading?.hashesPerSecond !== undefined && reading.hashesPerSecond > 0;
  const isEthash = isHashing && ETHASH_NAMES.has(reading?.algorithm?.toLowerCase() ?? '');
  if (!isEthash) return modelIncomes(pricing, model);
  const own = ownIncome(pricing, reading);
  return own === undefined
    ? modelIncomes(pricing, model)
    : [...modelIncomes(pricing, model).filter(({ coin }) => coin !== ETHASH_COIN), own];
}

function ownIncome(pricing: Pricing, reading: Reading): MiningIncome | undefined {
  return incomeOf(pricing, ETHASH_COIN, {
    hashes: exactly(reading.hashesPerSecond ?? 0),
    powerWatts: reading.powerWatts,
    isMeasured: reading.powerWatts !== undefined,
    assumptions: [],
  });
}

const incomesByPricing = new WeakMap<Pricing, Map<CardModel, readonly MiningIncome[]>>();

function modelIncomes(pricing: Pricing, model: CardModel): readonly MiningIncome[] {
  const known = incomesByPricing.get(pricing) ?? new Map<CardModel, readonly MiningIncome[]>();
  incomesByPricing.set(pricing, known);
  const incomes = known.get(model) ?? makeIncomes(pricing, model);
  known.set(model, incomes);
  return incomes;
}

function makeIncomes(pricing: Pricing, model: CardModel): readonly MiningIncome[] {
  const coins = [...(indexOf(pricing.book).get('coin-income')?.keys() ?? [])];
  const hashed = coins.flatMap((coin) => {
    const rate = hashRateOf(pricing, model, coin);
    const income = rate === undefined ? undefined : incomeOf(pricing, coin, rate);
    return income === undefined ? [] : [income];
  });
  return [...hashed, ...reportedIncomes(pricing, model)];
}

function hashRateOf(pricing: Pricing, model: CardModel, coin: string): HashRate | undefined {
  const figures = figuresOf(pricing, 'hash-rate', model).filter((figure) => figure.coin?.toLowerCase() === coin);
  const [figure] = figures;
  const unit = figure === undefined ? undefined : unitHashes[figure.unit];
  if (figure !== undefined && unit !== undefined) {
    const quote = quoteOfFigures(pricing, [figure], `${model.name} on ${coin}`);
    if (quote === undefined) return undefined;
    const { low, mid, high } = quote.value;
    const hashes = { low: low * unit, mid: mid * unit, high: high * unit };
    return { hashes, powerWatts: figure.powerWatts, isMeasured: false, assumptions: quote.assumptions };
  }
  if (coin !== ETHASH_COIN || model.ethash === undefined) return undefined;
  const { hashesPerSecond, powerWatts } = model.ethash;
  return { hashes: exactly(hashesPerSecond), powerWatts, isMeasured: false, assumptions: [] };
}

function figuresOf(pricing: Pricing, kind: PriceFigure['kind'], { name, family }: CardModel): readonly PriceFigure[] {
  const bySubject = indexOf(pricing.book).get(kind);
  return bySubject?.get(name.toLowerCase()) ?? bySubject?.get(family.toLowerCase()) ?? [];
}

function incomeOf(pricing: Pricing, coin: string, rate: HashRate): MiningIncome | undefined {
  const pay = quoteOf(pricing, 'coin-income', coin, `income of ${coin}`);
  const hashes = pay === undefined ? undefined : unitHashes[payUnit(pay)];
  if (pay === undefined || hashes === undefined) return undefined;
  return afterFees(pricing, coin, product(rate.hashes, pay.value), 1 / hashes, {
    powerWatts: rate.powerWatts,
    isPowerMeasured: rate.isMeasured,
    assumptions: [...rate.assumptions, ...pay.assumptions],
  });
}

/** `USD/day/TH/s` → `TH/s`. */
function payUnit({ assumptions }: Quote): string {
  return assumptions[0]?.unit.split('/').slice(2).join('/') ?? '';
}

function reportedIncomes(pricing: Pricing, model: CardModel): readonly MiningIncome[] {
  const byCoin = Map.groupBy(figuresOf(pricing, 'mining-income', model), ({ coin }) => coin ?? 'mining');
  return [...byCoin].flatMap(([coin, figures]) => {
    const quote = quoteOfFigures(pricing, figures, `income of ${model.name} on ${coin}`);
    if (quote === undefined) return [];
    const powerWatts = figures.at(-1)?.powerWatts;
    const { assumptions } = quote;
    return [afterFees(pricing, coin, quote.value, 1, { powerWatts, isPowerMeasured: false, assumptions })];
  });
}

function afterFees(
  pricing: Pricing,
  coin: string,
  gross: Interval,
  factor: number,
  rest: Pick<MiningIncome, 'powerWatts' | 'isPowerMeasured' | 'assumptions'>,
): MiningIncome {
  const [fee, trend] = [pricing.fee('pool'), pricing.assumption('coin-trend')];
  const { low, mid, high } = product(gross, shareAfter(fee), meanFactor(trend, pricing.years));
  return {
    coin,
    usdPerDay: mid * factor,
    spread: mid === 0 ? { lowFactor: 1, highFactor: 1 } : { lowFactor: low / mid, highFactor: high / mid },
    ...rest,
    assumptions: assumptionsOf({ value: gross, assumptions: rest.assumptions, isEstimate: false }, fee, trend),
  };
}

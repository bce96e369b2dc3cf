import type { CardModel } from '../cards.ts';
import type { AssessedCard } from '../grading.ts';
import type { Reading } from '../inventory.ts';
import type { Assumption } from './figure.ts';
import {
  ETHASH_COIN,
  figuresOfModel,
  type HashRate,
  hashRateOf,
  type Throttling,
  throttlingOf,
  unitHashes,
} from './hash-rate.ts';
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
  /** By the maker’s firmware, as far as is known. */
  readonly isThrottled: boolean;
  readonly assumptions: readonly Assumption[];
}

const ETHASH_NAMES: ReadonlySet<string> = new Set(['ethash', 'etchash']);

/** Which coin a miner's algorithm earns, where the coin is not called like it. */
const coinByAlgorithm: Readonly<Record<string, string>> = {
  ethash: ETHASH_COIN,
  etchash: ETHASH_COIN,
  autolykos: 'ergo',
  autolykos2: 'ergo',
  pearlhash: 'pearl',
};

/** The coin that a miner's algorithm earns; undefined where nothing is said of one. */
export function coinOf(algorithm: string | undefined): string | undefined {
  const name = algorithm?.toLowerCase();
  return name === undefined ? undefined : (coinByAlgorithm[name] ?? name);
}

/** Every coin that a card of a model can mine for money, as known. What the card itself hashed is taken before its model's. */
export function miningIncomes(pricing: Pricing, model: CardModel, assessed: AssessedCard): readonly MiningIncome[] {
  const incomes = modelIncomes(pricing, model, throttlingOf(assessed, model));
  const { reading } = assessed.card;
  const coin = coinOf(reading?.algorithm);
  const own = reading === undefined || coin === undefined ? undefined : ownIncome(pricing, model, coin, reading);
  return own === undefined ? incomes : [...incomes.filter((each) => each.coin !== coin), own];
}

/** A rate that is this many times its model’s, or as little of it, is in another unit than its tool says. */
const MOST_TIMES_MODEL = 3;

function ownIncome(pricing: Pricing, model: CardModel, coin: string, reading: Reading): MiningIncome | undefined {
  const { hashesPerSecond = 0, powerWatts } = reading;
  if (!(hashesPerSecond > 0)) return undefined;
  const isEthash = ETHASH_NAMES.has(reading.algorithm?.toLowerCase() ?? '');
  if (!isEthash && !isOfModel(pricing, model, coin, hashesPerSecond)) return undefined;
  return incomeOf(pricing, coin, {
    hashes: exactly(hashesPerSecond),
    powerWatts,
    isMeasured: powerWatts !== undefined,
    isThrottled: false,
    assumptions: [],
  });
}

function isOfModel(pricing: Pricing, model: CardModel, coin: string, hashesPerSecond: number): boolean {
  const unlocked = hashRateOf(pricing, model, coin, 'no')?.hashes;
  const shipped = hashRateOf(pricing, model, coin, 'measured')?.hashes;
  if (unlocked === undefined || shipped === undefined) return false;
  return hashesPerSecond <= unlocked.high * MOST_TIMES_MODEL && hashesPerSecond >= shipped.low / MOST_TIMES_MODEL;
}

type IncomesByModel = Map<CardModel, Map<Throttling, readonly MiningIncome[]>>;
const incomesByPricing = new WeakMap<Pricing, IncomesByModel>();

function modelIncomes(pricing: Pricing, model: CardModel, throttling: Throttling): readonly MiningIncome[] {
  const byModel: IncomesByModel = incomesByPricing.get(pricing) ?? new Map();
  incomesByPricing.set(pricing, byModel);
  const known = byModel.get(model) ?? new Map<Throttling, readonly MiningIncome[]>();
  byModel.set(model, known);
  const incomes = known.get(throttling) ?? makeIncomes(pricing, model, throttling);
  known.set(throttling, incomes);
  return incomes;
}

function makeIncomes(pricing: Pricing, model: CardModel, throttling: Throttling): readonly MiningIncome[] {
  const coins = [...(indexOf(pricing.book).get('coin-income')?.keys() ?? [])];
  const hashed = coins.flatMap((coin) => {
    const rate = hashRateOf(pricing, model, coin, throttling);
    const income = rate === undefined ? undefined : incomeOf(pricing, coin, rate);
    return income === undefined ? [] : [income];
  });
  return [...hashed, ...reportedIncomes(pricing, model)];
}

function incomeOf(pricing: Pricing, coin: string, rate: HashRate): MiningIncome | undefined {
  const pay = quoteOf(pricing, 'coin-income', coin, `income of ${coin}`);
  const hashes = pay === undefined ? undefined : unitHashes[payUnit(pay)];
  if (pay === undefined || hashes === undefined) return undefined;
  return afterFees(pricing, coin, product(rate.hashes, pay.value), 1 / hashes, {
    powerWatts: rate.powerWatts,
    isPowerMeasured: rate.isMeasured,
    isThrottled: rate.isThrottled,
    assumptions: [...rate.assumptions, ...pay.assumptions],
  });
}

/** `USD/day/TH/s` → `TH/s`. */
function payUnit({ assumptions }: Quote): string {
  return assumptions[0]?.unit.split('/').slice(2).join('/') ?? '';
}

function reportedIncomes(pricing: Pricing, model: CardModel): readonly MiningIncome[] {
  const byCoin = Map.groupBy(figuresOfModel(pricing, 'mining-income', model), ({ coin }) => coin ?? 'mining');
  return [...byCoin].flatMap(([coin, figures]) => {
    const quote = quoteOfFigures(pricing, figures, `income of ${model.name} on ${coin}`);
    if (quote === undefined) return [];
    const powerWatts = figures.at(-1)?.powerWatts;
    const { assumptions } = quote;
    const rest = { powerWatts, isPowerMeasured: false, isThrottled: false, assumptions };
    return [afterFees(pricing, coin, quote.value, 1, rest)];
  });
}

function afterFees(
  pricing: Pricing,
  coin: string,
  gross: Interval,
  factor: number,
  rest: Pick<MiningIncome, 'powerWatts' | 'isPowerMeasured' | 'isThrottled' | 'assumptions'>,
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

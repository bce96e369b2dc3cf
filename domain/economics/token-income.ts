import type { WorkloadFit } from '../grading.ts';
import type { Assumption } from './figure.ts';
import type { AssumptionName } from './figures/assumptions.ts';
import { exactly, type Interval, product, sumOf } from './interval.ts';
import {
  assumptionsOf,
  meanFactor,
  numberOf,
  type Pricing,
  type Quote,
  quoteOf,
  shareAfter,
  shareOf,
} from './pricing.ts';
import type { Spread } from './run-core.ts';

/** Seconds of a day. */
const DAY_SECONDS = 86_400;

/** A size class of models, as price lists have them. */
export type PriceClass = '1B' | '3B' | '8B' | '14B' | '32B' | '30B-A3B';

/** Size classes that token venues price, by the most parameters that fall in each. */
const classes: readonly (readonly [name: PriceClass, mostParameters: number])[] = [
  ['1B', 2e9],
  ['3B', 5.5e9],
  ['8B', 11e9],
  ['14B', 22e9],
  ['32B', Number.POSITIVE_INFINITY],
];

/** The price class of a language model: of its active parameters where it is a mixture of experts of about 30B. */
export function priceClassOf({ workload }: Pick<WorkloadFit, 'workload'>): PriceClass {
  if (/A\d+(\.\d+)?B/i.test(workload.name)) return '30B-A3B';
  return classes.find(([, most]) => workload.parameterCount <= most)?.[0] ?? '32B';
}

/** What a card earns by answering with one model. */
export interface TokenIncome {
  /** Were it to answer in every second of the day. */
  readonly fullUsdPerDay: number;
  readonly priceClass: PriceClass;
  /** Of the day, 0 to 1: as much as there is work at all, and of that for models of its class. */
  readonly workShare: number;
  readonly demandShare: number;
  /** With that of utilisation. */
  readonly spread: Spread;
  /** One stream, in the middle: what an interactive customer feels. */
  readonly tokensPerSecond: number;
  readonly assumptions: readonly Assumption[];
}

/** How tokens are sold: to people who wait, or to a queue that does not. */
export type TokenSale = 'interactive' | 'queued';

/**
 * Income of a workload that fits and whose speed is known; undefined for any other. A request reads a prompt at the
 * card's prompt speed and writes an answer at its generation speed times the gain of batching, as far as VRAM holds
 * the conversations; it is paid for both. So many fit into a day.
 */
export function tokenIncomeOf(
  pricing: Pricing,
  fit: WorkloadFit,
  matrix: 'matrix' | 'plain',
  sale: TokenSale,
): TokenIncome | undefined {
  const { speed } = fit;
  if (fit.workload.kind !== 'chat' || !fit.isFitting || speed === undefined) return undefined;
  const terms = saleTermsOf(pricing, priceClassOf(fit), matrix, sale);
  if (terms === undefined) return undefined;
  const gain = batchingGain(terms, fit);
  const read = {
    low: terms.promptTokens / speed.promptTokensPerSecond.high,
    mid: terms.promptTokens / speed.promptTokensPerSecond.mid,
    high: terms.promptTokens / speed.promptTokensPerSecond.low,
  };
  const rate = product(speed.generateTokensPerSecond, gain);
  const written = {
    low: terms.answerTokens / rate.high,
    mid: terms.answerTokens / rate.mid,
    high: terms.answerTokens / rate.low,
  };
  const seconds = sumOf([1, read], [1, written]);
  if (!(seconds.mid > 0) || !Number.isFinite(seconds.mid)) return undefined;
  const requestsPerDay = DAY_SECONDS / seconds.mid;
  const swiftness = {
    low: seconds.mid / seconds.high,
    mid: 1,
    high: seconds.mid / Math.max(seconds.low, seconds.mid / 10),
  };
  const relative = product(swiftness, terms.relativePrice, terms.relativeWork);
  return {
    fullUsdPerDay: requestsPerDay * terms.usdPerRequest,
    priceClass: terms.priceClass,
    workShare: terms.workShare,
    demandShare: terms.demandShare,
    spread: { lowFactor: relative.low, highFactor: relative.high },
    tokensPerSecond: speed.generateTokensPerSecond.mid,
    assumptions: terms.assumptions,
  };
}

/** What one request brings by a size class, and all that it rests on; made once a pricing, class and sale. */
interface SaleTerms {
  readonly priceClass: PriceClass;
  readonly promptTokens: number;
  readonly answerTokens: number;
  /** After the venue's fee, as a mean over the horizon. */
  readonly usdPerRequest: number;
  readonly relativePrice: Interval;
  readonly workShare: number;
  readonly demandShare: number;
  readonly relativeWork: Interval;
  readonly fullGain: Interval;
  readonly concurrency: number;
  readonly assumptions: readonly Assumption[];
}

const termsByPricing = new WeakMap<Pricing, Map<string, SaleTerms | undefined>>();

function saleTermsOf(
  pricing: Pricing,
  priceClass: PriceClass,
  matrix: 'matrix' | 'plain',
  sale: TokenSale,
): SaleTerms | undefined {
  const known = termsByPricing.get(pricing) ?? new Map<string, SaleTerms | undefined>();
  termsByPricing.set(pricing, known);
  const key = `${priceClass}/${matrix}/${sale}`;
  if (!known.has(key)) known.set(key, makeTerms(pricing, priceClass, matrix, sale));
  return known.get(key);
}

const ONE: Quote = { value: exactly(1), assumptions: [], isEstimate: false };

function gainName(priceClass: PriceClass, matrix: 'matrix' | 'plain'): AssumptionName {
  if (priceClass === '30B-A3B') return 'batching-gain-mixture';
  return matrix === 'matrix' ? 'batching-gain-matrix' : 'batching-gain-plain';
}

const demandNames: Readonly<Record<PriceClass, AssumptionName>> = {
  '1B': 'demand-1b',
  '3B': 'demand-3b',
  '8B': 'demand-8b',
  '14B': 'demand-14b',
  '32B': 'demand-32b',
  '30B-A3B': 'demand-30b-a3b',
};

function makeTerms(
  pricing: Pricing,
  priceClass: PriceClass,
  matrix: 'matrix' | 'plain',
  sale: TokenSale,
): SaleTerms | undefined {
  const input = quoteOf(pricing, 'token-input', priceClass, `a million tokens read by a ${priceClass} model`);
  const output = quoteOf(pricing, 'token-output', priceClass, `a million tokens written by a ${priceClass} model`);
  if (input === undefined || output === undefined) return undefined;
  const [prompt, answer] = [pricing.assumption('prompt-tokens'), pricing.assumption('answer-tokens')];
  const discount = sale === 'queued' ? pricing.assumption('batch-price') : undefined;
  const discountShare = discount === undefined ? ONE.value : shareOf(discount);
  const [fee, trend] = [pricing.fee('tokens'), pricing.assumption('token-trend')];
  const gain = pricing.assumption(gainName(priceClass, matrix));
  const concurrency = pricing.assumption('batching-concurrency');
  const utilisation = pricing.assumption(sale === 'interactive' ? 'serve-utilisation' : 'batch-utilisation');
  const demand = pricing.assumption(demandNames[priceClass]);
  const bar = sale === 'interactive' ? pricing.assumption('interactive-speed') : undefined;
  const work = product(shareOf(utilisation), shareOf(demand));
  const perRequest = sumOf(
    [1, product(input.value, exactly(numberOf(prompt) / 1e6))],
    [1, product(output.value, exactly(numberOf(answer) / 1e6))],
  );
  const usd = product(perRequest, discountShare, shareAfter(fee), meanFactor(trend, pricing.years));
  return {
    priceClass,
    promptTokens: numberOf(prompt),
    answerTokens: numberOf(answer),
    usdPerRequest: usd.mid,
    relativePrice: relativeOf(usd),
    workShare: shareOf(utilisation).mid,
    demandShare: shareOf(demand).mid,
    relativeWork: relativeOf(work),
    fullGain: gain.value,
    concurrency: Math.max(1, numberOf(concurrency)),
    assumptions: [
      ...assumptionsOf(input, output, discount, prompt, answer, gain, concurrency, fee, trend),
      ...assumptionsOf(utilisation, demand, bar),
    ],
  };
}

function relativeOf({ low, mid, high }: Interval): Interval {
  return mid === 0 ? exactly(1) : { low: low / mid, mid: 1, high: high / mid };
}

/**
 * How much more tokens a card writes for several conversations at once than for one: grows in a line from 1 to the
 * measured gain as conversations grow to as many as it was measured with, and as VRAM holds them.
 */
function batchingGain(terms: SaleTerms, { leftBytes, needs, workload }: WorkloadFit): Interval {
  const tokens = terms.promptTokens + terms.answerTokens;
  const conversationBytes = (needs.kvCacheBytes * tokens) / Math.max(1, workload.contextTokenCount);
  const held =
    conversationBytes <= 0 ? terms.concurrency : Math.floor((leftBytes + needs.kvCacheBytes) / conversationBytes);
  const at = Math.min(terms.concurrency, Math.max(1, held));
  const share = terms.concurrency <= 1 ? 1 : (at - 1) / (terms.concurrency - 1);
  const { low, mid, high } = terms.fullGain;
  return { low: 1 + (low - 1) * share, mid: 1 + (mid - 1) * share, high: 1 + (high - 1) * share };
}

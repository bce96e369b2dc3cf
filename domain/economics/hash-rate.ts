import { type CardModel, cardModels } from '../cards.ts';
import type { AssessedCard } from '../grading.ts';
import { type Assumption, OPERATOR_VENUE, type PriceFigure } from './figure.ts';
import { exactly, type Interval, times } from './interval.ts';
import { indexOf } from './price-book.ts';
import { type Pricing, quoteOfFigures } from './pricing.ts';

/** Hashes a second in one unit of hash rate. */
export const unitHashes: Readonly<Record<string, number>> = {
  'H/s': 1,
  'kH/s': 1e3,
  'MH/s': 1e6,
  'GH/s': 1e9,
  'TH/s': 1e12,
  'Sol/s': 1,
};

/** The coin that pays for what the catalogue's Ethash rates measure. */
export const ETHASH_COIN = 'ethereum-classic';

/** Coins whose work is multiplying matrices: matrix units alone make it worth the power, and firmware may hold them back. */
const MATRIX_COINS: ReadonlySet<string> = new Set(['pearl']);

/** What a card hashes of a coin: hashes a second, and what it draws for it. */
export interface HashRate {
  readonly hashes: Interval;
  readonly powerWatts: number | undefined;
  readonly isMeasured: boolean;
  readonly isThrottled: boolean;
  readonly assumptions: readonly Assumption[];
}

/**
 * Whether the maker’s firmware holds a card back: `no`; `as-shipped`, which nobody measured on this card, and owners lift
 * it; `measured`, or said by its name.
 */
export type Throttling = 'no' | 'as-shipped' | 'measured';

/** How a card, taken as one of a model, is held back: by what was measured of it, else by what its name says. */
export function throttlingOf({ findings, match }: AssessedCard, model: CardModel | undefined): Throttling {
  if (model?.stockThrottle === undefined) return 'no';
  if (findings.some(({ code }) => code === 'cmp-throttled')) return 'measured';
  if (findings.some(({ code }) => code === 'cmp-unlocked')) return 'no';
  const said = match?.kind === 'matched' ? match.firmware : undefined;
  if (said === undefined) return 'as-shipped';
  return said === 'unlocked' ? 'no' : 'measured';
}

/** What a card of a model hashes of a coin, by who measured one, by the catalogue, or by cards of its architecture. */
export function hashRateOf(
  pricing: Pricing,
  model: CardModel,
  coin: string,
  throttling: Throttling,
): HashRate | undefined {
  const rate = quotedRate(pricing, model, coin) ?? catalogueRate(model, coin) ?? estimatedRate(pricing, model, coin);
  return rate === undefined || !MATRIX_COINS.has(coin) ? rate : heldBack(rate, pricing, model, throttling);
}

function quotedRate(pricing: Pricing, model: CardModel, coin: string): HashRate | undefined {
  const [figure] = figuresOfModel(pricing, 'hash-rate', model).filter((each) => each.coin?.toLowerCase() === coin);
  const unit = figure === undefined ? undefined : unitHashes[figure.unit];
  if (figure === undefined || unit === undefined) return undefined;
  const quote = quoteOfFigures(pricing, [figure], `${model.name} on ${coin}`);
  if (quote === undefined) return undefined;
  return {
    hashes: times(quote.value, unit),
    powerWatts: figure.powerWatts,
    isMeasured: false,
    isThrottled: false,
    assumptions: quote.assumptions,
  };
}

/** Figures of a kind for a model by its name, else by its family's. */
export function figuresOfModel(
  { book }: Pricing,
  kind: PriceFigure['kind'],
  { name, family }: CardModel,
): readonly PriceFigure[] {
  const bySubject = indexOf(book).get(kind);
  return bySubject?.get(name.toLowerCase()) ?? bySubject?.get(family.toLowerCase()) ?? [];
}

function catalogueRate({ ethash }: CardModel, coin: string): HashRate | undefined {
  if (coin !== ETHASH_COIN || ethash === undefined) return undefined;
  const { hashesPerSecond, powerWatts } = ethash;
  return { hashes: exactly(hashesPerSecond), powerWatts, isMeasured: false, isThrottled: false, assumptions: [] };
}

/** Fewer measured models of an architecture than this say nothing of the others. */
const LEAST_MODELS = 2;

/**
 * What a card with matrix units hashes of a coin that is matrix work: their FP16 throughput times what measured cards of
 * its architecture hash for theirs. Of the nine desktop cards that are quoted that is 0.88 to 1.06 TH/s a TFLOPS.
 */
function estimatedRate(pricing: Pricing, model: CardModel, coin: string): HashRate | undefined {
  const { matrixFp16Tflops, boardPowerWatts, architecture } = model;
  if (!MATRIX_COINS.has(coin) || matrixFp16Tflops === undefined) return undefined;
  const peers = peersOf(pricing, coin).filter((peer) => peer.architecture === architecture);
  if (peers.length < LEAST_MODELS) return undefined;
  const [perTflops, powerShare] = [rangeOf(peers.map((peer) => peer.hashesPerTflops)), rangeOf(sharesOf(peers))];
  const hashes = times(perTflops, matrixFp16Tflops);
  return {
    hashes,
    powerWatts: boardPowerWatts === undefined ? undefined : Math.round(boardPowerWatts * powerShare.mid),
    isMeasured: false,
    isThrottled: false,
    assumptions: [estimateOf(pricing, model, coin, hashes, peers.length)],
  };
}

/** A model of which somebody measured the hash rate, by what it has of matrix units and power. */
interface Peer {
  readonly architecture: string;
  readonly hashesPerTflops: number;
  readonly powerShare: number | undefined;
}

const modelByName = new Map(cardModels.map((model) => [model.name.toLowerCase(), model]));
const peersByPricing = new WeakMap<Pricing, Map<string, readonly Peer[]>>();

function peersOf(pricing: Pricing, coin: string): readonly Peer[] {
  const known = peersByPricing.get(pricing) ?? new Map<string, readonly Peer[]>();
  peersByPricing.set(pricing, known);
  const figures = [...(indexOf(pricing.book).get('hash-rate') ?? [])].flatMap(([, each]) => each);
  const peers =
    known.get(coin) ?? figures.flatMap((figure) => (figure.coin?.toLowerCase() === coin ? peerOf(figure) : []));
  known.set(coin, peers);
  return peers;
}

/** Firmware that holds matrix units back makes a model no measure of others, and NVIDIA’s alone were measured. */
function peerOf({ subject, value, unit, powerWatts }: PriceFigure): readonly Peer[] {
  const model = modelByName.get(subject.toLowerCase());
  const { matrixFp16Tflops, boardPowerWatts, architecture, stockThrottle, vendor } = model ?? {};
  const hashes = value * (unitHashes[unit] ?? 0);
  if (architecture === undefined || matrixFp16Tflops === undefined || hashes <= 0) return [];
  if (stockThrottle !== undefined || vendor !== 'nvidia') return [];
  const isPowerKnown = powerWatts !== undefined && boardPowerWatts !== undefined;
  return [
    {
      architecture,
      hashesPerTflops: hashes / matrixFp16Tflops,
      powerShare: isPowerKnown ? powerWatts / boardPowerWatts : undefined,
    },
  ];
}

function sharesOf(peers: readonly Peer[]): readonly number[] {
  const shares = peers.flatMap(({ powerShare }) => (powerShare === undefined ? [] : [powerShare]));
  return shares.length === 0 ? [1] : shares;
}

/** The least, the middle one and the most. */
function rangeOf(values: readonly number[]): Interval {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
  return { low: sorted[0] ?? 0, mid: middle, high: sorted.at(-1) ?? 0 };
}

function estimateOf(
  { book }: Pricing,
  { modelId, name, architecture, matrixFp16Tflops = 0 }: CardModel,
  coin: string,
  { low, mid, high }: Interval,
  peerCount: number,
): Assumption {
  return {
    figureId: `hash-rate/${coin}/${modelId}/estimate`,
    name: `${name} on ${coin}`,
    value: mid / 1e12,
    low: low / 1e12,
    high: high / 1e12,
    unit: 'TH/s',
    date: book.compiledOn,
    ageDays: 0,
    isStale: false,
    venue: 'estimate',
    confidence: 'low',
    source: `no figure for it: by ${matrixFp16Tflops} TFLOPS of its matrix units, as ${peerCount} ${architecture} cards that were measured`,
  };
}

/**
 * What is left of a rate where the firmware slows the matrix units: as shipped in the middle, and unlocked at its high
 * where nobody measured this card. A figure that the operator gave for it stands.
 */
function heldBack(rate: HashRate, pricing: Pricing, model: CardModel, throttling: Throttling): HashRate {
  const { stockThrottle } = model;
  const isOwn = rate.assumptions.some(({ venue }) => venue === OPERATOR_VENUE);
  if (throttling === 'no' || stockThrottle === undefined || isOwn) return rate;
  const factor = stockThrottle.matrixFactor ?? stockThrottle.int8DotFactor;
  const slowed = times(rate.hashes, 1 / factor);
  const hashes = throttling === 'measured' ? slowed : { ...slowed, high: rate.hashes.high };
  const throttle: Assumption = {
    figureId: `hash-rate/throttle/${model.modelId}`,
    name: `throttle of ${model.name}’s matrix units`,
    value: factor,
    low: throttling === 'measured' ? factor : 1,
    high: factor,
    unit: 'ratio',
    date: pricing.book.compiledOn,
    ageDays: 0,
    isStale: false,
    venue: 'measured',
    confidence: 'medium',
    source: stockThrottle.source,
    note: 'as shipped; unlocked cards print the same name and hash as many times as much: measure it, or write “(unlocked)” after its name in your list',
  };
  return { ...rate, hashes, isThrottled: true, assumptions: [...rate.assumptions, throttle] };
}

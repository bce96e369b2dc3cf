import type { CardModel } from '../cards.ts';
import type { AssessedCard, AssessedFarm, AssessedRig } from '../grading.ts';
import { powerLimitWatts, wallPowerOf } from './load.ts';
import { coinOf, miningIncomes } from './mining-income.ts';
import type { PriceBook } from './price-book.ts';
import { type Pricing, pricingOf } from './pricing.ts';
import type { OperatorSettings } from './settings.ts';
import { HOURS_PER_DAY } from './tariff.ts';

/**
 * What a farm earns as it was read, a day, at the middle of each figure: cards whose miner reported a rate, by what
 * that rate pays today, as a mean over the horizon; cards that drew power without mining, by that power alone.
 */
export interface PresentDay {
  readonly incomeUsdPerDay: number;
  readonly costUsdPerDay: number;
  readonly netUsdPerDay: number;
  /** From the wall, cooling included. */
  readonly powerWatts: number;
  /** What a kilowatt-hour costs, its mean over the day, as the operator bears it: value-added tax in or out. */
  readonly electricityUsdPerKwh: number;
  readonly miningCardCount: number;
  /** Of those, what earns a coin that the book does not know: its electricity is counted, its income is not. */
  readonly unpricedCardCount: number;
  /** Read, and not mining. */
  readonly idleCardCount: number;
  /** They draw the power of work, and nothing says of which: their electricity is counted, their income is not known. */
  readonly busyCardCount: number;
  /** Nothing was read of what they do: they count with nothing. */
  readonly unreadCardCount: number;
}

/** What a farm earns as it was read. The sums of its cards, each rounded to the micro-dollar. */
export function presentDay(assessed: AssessedFarm, book: PriceBook, settings: OperatorSettings): PresentDay {
  const pricing = pricingOf(book, settings);
  const cards = assessed.rigs.flatMap((rig) => presentCards(pricing, rig));
  const count = (kind: PresentCard['kind']) => cards.filter((card) => card.kind === kind).length;
  const micros = (of: (card: PresentCard) => number) =>
    cards.reduce((sum, card) => sum + Math.round(of(card) * 1e6), 0);
  const [income, cost] = [micros((card) => card.incomeUsdPerDay), micros((card) => card.costUsdPerDay)];
  return {
    incomeUsdPerDay: income / 1e6,
    costUsdPerDay: cost / 1e6,
    netUsdPerDay: (income - cost) / 1e6,
    powerWatts: Math.round(cards.reduce((sum, { powerWatts }) => sum + powerWatts, 0)),
    electricityUsdPerKwh: pricing.tariff.meanUsdPerKwh,
    miningCardCount: count('mining') + count('unpriced'),
    unpricedCardCount: count('unpriced'),
    idleCardCount: count('idle'),
    busyCardCount: count('busy'),
    unreadCardCount: count('unread'),
  };
}

interface PresentCard {
  readonly kind: 'mining' | 'unpriced' | 'idle' | 'busy' | 'unread';
  readonly incomeUsdPerDay: number;
  readonly costUsdPerDay: number;
  readonly powerWatts: number;
}

const UNREAD: PresentCard = { kind: 'unread', incomeUsdPerDay: 0, costUsdPerDay: 0, powerWatts: 0 };

function presentCards(pricing: Pricing, { cards }: AssessedRig): readonly PresentCard[] {
  const gpus = cards.filter(({ card }) => card.kind === 'gpu');
  const hostWatts = wallPowerOf(pricing).hostWatts / Math.max(1, gpus.length);
  return gpus.map((assessed) => presentCard(pricing, assessed, hostWatts));
}

function presentCard(pricing: Pricing, assessed: AssessedCard, hostWatts: number): PresentCard {
  const { reading } = assessed.card;
  if (reading === undefined) return UNREAD;
  const isMining = reading.hashesPerSecond !== undefined && reading.hashesPerSecond > 0;
  if (!isMining) {
    if (reading.powerWatts === undefined) return UNREAD;
    const kind = isBusy(pricing, assessed, reading.powerWatts) ? 'busy' : 'idle';
    return { kind, incomeUsdPerDay: 0, ...drawn(pricing, reading.powerWatts + hostWatts) };
  }
  const model = anyModel(assessed);
  const coin = coinOf(reading.algorithm);
  const income =
    model === undefined ? undefined : miningIncomes(pricing, model, assessed).find((each) => each.coin === coin);
  const limitWatts = powerLimitWatts(assessed.card, model?.boardPowerWatts);
  const watts = reading.powerWatts ?? income?.powerWatts ?? (limitWatts ?? 0) * wallPowerOf(pricing).mineShare;
  const cost = drawn(pricing, watts + hostWatts);
  return income === undefined
    ? { kind: 'unpriced', incomeUsdPerDay: 0, ...cost }
    : { kind: 'mining', incomeUsdPerDay: income.usdPerDay, ...cost };
}

/** What no card draws idle, where nothing is known of its model. */
const MOST_IDLE_WATTS = 50;

/** Whether a card of which no hash rate was read draws more than idle ones do. A rate of 0 is read: it does nothing. */
function isBusy(pricing: Pricing, assessed: AssessedCard, powerWatts: number): boolean {
  if (assessed.card.reading?.hashesPerSecond !== undefined) return false;
  const limitWatts = powerLimitWatts(assessed.card, anyModel(assessed)?.boardPowerWatts);
  if (limitWatts === undefined) return powerWatts > MOST_IDLE_WATTS;
  return powerWatts > (limitWatts * pricing.assumption('idle-power').value.high) / 100;
}

function drawn(pricing: Pricing, rigWatts: number): Pick<PresentCard, 'costUsdPerDay' | 'powerWatts'> {
  const kilowatts = rigWatts * wallPowerOf(pricing).kilowattsPerWatt;
  return {
    costUsdPerDay: kilowatts * HOURS_PER_DAY * pricing.tariff.meanUsdPerKwh,
    powerWatts: kilowatts * 1000,
  };
}

/** Of several that it may be, any: what it hashed and drew is its own. */
function anyModel({ match }: AssessedCard): CardModel | undefined {
  if (match?.kind === 'matched') return match.model;
  return match?.kind === 'ambiguous' ? match.models[0] : undefined;
}

import type { CardModel } from '../cards.ts';
import type { AssessedCard } from '../grading.ts';
import { exactly, type Interval, product } from './interval.ts';
import type { CardPlace, Limit, Limits } from './limits.ts';
import type { LinkClass } from './link.ts';
import { type Load, loadOf, powerAssumptions, powerLimitWatts, wallPowerOf } from './load.ts';
import { miningIncomes } from './mining-income.ts';
import { modelPrices } from './model-prices.ts';
import { assumptionsOf, numberOf, type Pricing, type Quote, shareOf } from './pricing.ts';
import { EXCLUDED, isExcluded, refusal } from './refusal.ts';
import { netUsdPerDay, type RunCore, type Spread } from './run-core.ts';
import { type TokenIncome, type TokenSale, tokenIncomeOf } from './token-income.ts';
import type { RefusedOption } from './valued.ts';

/** What runs on a card, in numbers, and what does not. */
export interface RunCores {
  /** Of each kind the one that is worth the most. */
  readonly cores: readonly RunCore[];
  /** Every model and coin by itself, those among them. */
  readonly alternatives: readonly RunCore[];
  readonly refused: readonly RefusedOption[];
}

/** A card taken as one of a model, in a slot of a rig. */
export interface SlottedCard {
  readonly assessed: AssessedCard;
  readonly model: CardModel;
  readonly place: CardPlace;
  readonly link: LinkClass;
}

/** Everything that runs on the card. */
export function runCores(pricing: Pricing, slotted: SlottedCard, limits: Limits): RunCores {
  const { assessed, model, place } = slotted;
  const hostWatts = wallPowerOf(pricing).hostWatts / Math.max(1, place.cardCount);
  const limitWatts = powerLimitWatts(assessed.card, model.boardPowerWatts);
  const load = limitWatts === undefined ? undefined : loadOf(wallPowerOf(pricing), limitWatts, hostWatts);
  const asked = [
    tokenCores(pricing, assessed, model, load, limits.ai, 'interactive'),
    rentCores(pricing, slotted, load, limits.rent),
    tokenCores(pricing, assessed, model, load, limits.ai, 'queued'),
    mineCores(pricing, assessed, model, limitWatts, hostWatts, limits.mine),
  ];
  return {
    cores: asked.flatMap((each) => ('kind' in each ? [] : [bestOf(pricing, each)])),
    alternatives: asked.flatMap((each) => ('kind' in each ? [] : each)),
    refused: asked.flatMap((each) => ('kind' in each ? [each] : [])),
  };
}

/** One kind of work by every model or coin that a card can do it with; never empty. */
type Alternatives = readonly [RunCore, ...RunCore[]];

function bestOf({ tariff }: Pricing, [first, ...others]: Alternatives): RunCore {
  let [best, netUsd] = [first, netUsdPerDay(first, tariff, 1)];
  for (const core of others) {
    const net = netUsdPerDay(core, tariff, 1);
    if (net > netUsd) [best, netUsd] = [core, net];
  }
  return best;
}

const POWER_UNKNOWN: Limit = {
  why: 'It is not known how much power it draws.',
  mend: 'Run "rerig probe" on the rig, which reads its power limit.',
};

/** The models that it serves, to people or from a queue: of each size class the one that earns the most. */
function tokenCores(
  pricing: Pricing,
  assessed: AssessedCard,
  model: CardModel,
  load: Load | undefined,
  limit: Limit | undefined,
  sale: TokenSale,
): Alternatives | RefusedOption {
  const kind = sale === 'interactive' ? 'serve' : 'batch';
  if (isExcluded(pricing, kind)) return refusal(kind, EXCLUDED);
  if (limit !== undefined) return refusal(kind, limit);
  if (load === undefined) return refusal(kind, POWER_UNKNOWN);
  const matrix = model.matrixUnits === 'none' ? 'plain' : 'matrix';
  const made = modelsServed(pricing, assessed, matrix, load, sale);
  return made ?? refusal(kind, whyNoTokens(pricing, assessed, sale));
}

const servedByFits = new WeakMap<Pricing, WeakMap<AssessedCard['fits'], Map<string, Alternatives | undefined>>>();

/** The same for all cards that fit the same, draw the same and are driven the same: what they mine has no part in it. */
function modelsServed(
  pricing: Pricing,
  assessed: AssessedCard,
  matrix: 'matrix' | 'plain',
  load: Load,
  sale: TokenSale,
): Alternatives | undefined {
  const ofPricing = servedByFits.get(pricing) ?? new WeakMap();
  servedByFits.set(pricing, ofPricing);
  const known: Map<string, Alternatives | undefined> = ofPricing.get(assessed.fits) ?? new Map();
  ofPricing.set(assessed.fits, known);
  const key = `${sale} ${matrix} ${assessed.route?.name} ${load.workKilowatts} ${load.idleKilowatts}`;
  const found = known.get(key);
  if (found !== undefined || known.has(key)) return found;
  const made = makeModelsServed(pricing, assessed, matrix, load, sale);
  known.set(key, made);
  return made;
}

function makeModelsServed(
  pricing: Pricing,
  assessed: AssessedCard,
  matrix: 'matrix' | 'plain',
  load: Load,
  sale: TokenSale,
): Alternatives | undefined {
  const least = sale === 'interactive' ? numberOf(pricing.assumption('interactive-speed')) : 0;
  const best = new Map<string, RunCore>();
  for (const fit of assessed.fits) {
    const income = tokenIncomeOf(pricing, fit, matrix, sale);
    if (income === undefined || income.tokensPerSecond < least) continue;
    const known = best.get(income.priceClass);
    if (known !== undefined && known.fullIncomeUsdPerDay >= income.fullUsdPerDay) continue;
    const what = `${fit.workload.name} by ${assessed.route?.name ?? 'its route'}`;
    best.set(income.priceClass, workloadCore(pricing, what, income, load, sale));
  }
  const [first, ...others] = best.values();
  return first === undefined ? undefined : [first, ...others];
}

function workloadCore(pricing: Pricing, what: string, income: TokenIncome, load: Load, sale: TokenSale): RunCore {
  const kind = sale === 'interactive' ? 'serve' : 'batch';
  return {
    kind,
    verdict: kind,
    what,
    fullIncomeUsdPerDay: income.fullUsdPerDay,
    incomeSpread: income.spread,
    workShare: income.workShare,
    demandShare: income.demandShare,
    busyKilowatts: load.workKilowatts,
    idleKilowatts: load.idleKilowatts,
    costSpread: wallPowerOf(pricing).workSpread,
    hours: sale === 'interactive' ? 'evenly' : 'cheapest',
    assumptions: tokenAssumptions(pricing, income),
  };
}

const assumptionLists = new WeakMap<TokenIncome['assumptions'], RunCore['assumptions']>();

/** Made once for each size class and sale: the same list for thousands of cards. */
function tokenAssumptions(pricing: Pricing, income: TokenIncome): RunCore['assumptions'] {
  const known = assumptionLists.get(income.assumptions);
  if (known !== undefined) return known;
  const made = [...income.assumptions, ...powerAssumptions(pricing, wallPowerOf(pricing).work)];
  assumptionLists.set(income.assumptions, made);
  return made;
}

function timesUtilisation(spread: Spread, { value }: Quote): Spread {
  if (value.mid === 0) return spread;
  const whole = product(
    { low: spread.lowFactor, mid: 1, high: spread.highFactor },
    { low: value.low / value.mid, mid: 1, high: value.high / value.mid },
  );
  return { lowFactor: whole.low, highFactor: whole.high };
}

function whyNoTokens(pricing: Pricing, { fits, route, match }: AssessedCard, sale: TokenSale): Limit {
  if (match?.kind === 'ambiguous' && fits.length === 0) {
    return {
      why: 'It is not known which model it is, nor so what it runs.',
      mend: 'Run "rerig probe" on the rig: it reads PCI id, revision and VRAM.',
      findingCode: 'model-ambiguous',
    };
  }
  if (route === null) return { why: 'No software stack that is still supported drives it.' };
  const chats = fits.filter(({ workload }) => workload.kind === 'chat');
  const running = chats.filter(({ isFitting, speed }) => isFitting && speed !== undefined);
  if (running.length > 0 && sale === 'interactive') {
    const least = numberOf(pricing.assumption('interactive-speed'));
    return { why: `It writes fewer than ${least} tokens a second with any model that fits, slower than people read.` };
  }
  if (chats.some(({ isFitting }) => isFitting)) {
    return { why: 'It is not known how fast it runs a model.', mend: 'Measure it: run llama-bench on this card.' };
  }
  return { why: 'No language model fits in its VRAM.', findingCode: 'nothing-fits' };
}

function linkShare(pricing: Pricing, link: LinkClass): Quote | undefined {
  switch (link) {
    case 'wide':
      return undefined;
    case 'narrow':
      return pricing.assumption('link-share-narrow');
    case 'slow':
      return pricing.assumption('link-share-slow');
    case 'unknown':
      return pricing.assumption('link-share-unknown');
  }
}

function rentCores(
  pricing: Pricing,
  { assessed, model, link: linkClass }: SlottedCard,
  load: Load | undefined,
  limit: Limit | undefined,
): Alternatives | RefusedOption {
  if (isExcluded(pricing, 'rent')) return refusal('rent', EXCLUDED);
  if (limit !== undefined) return refusal('rent', limit);
  if (load === undefined) return refusal('rent', POWER_UNKNOWN);
  const { rental } = modelPrices(pricing, model);
  if (rental.kind === 'refused') return refusal('rent', { why: rental.why });
  const link = linkShare(pricing, linkClass);
  const income = product(rental.quote.value, link === undefined ? exactly(1) : shareOf(link));
  const utilisation = pricing.assumption('rent-utilisation');
  const core: RunCore = {
    kind: 'rent',
    verdict: isTrainer(assessed, model) ? 'train' : 'serve',
    what: `by the hour as ${model.name}${rental.quote.isEstimate ? ', its rent estimated' : ''}`,
    fullIncomeUsdPerDay: income.mid,
    incomeSpread: timesUtilisation(spreadOf(income), utilisation),
    workShare: numberOf(utilisation) / 100,
    demandShare: 1,
    busyKilowatts: load.workKilowatts,
    idleKilowatts: load.idleKilowatts,
    costSpread: wallPowerOf(pricing).workSpread,
    hours: 'evenly',
    assumptions: rentAssumptions(pricing, rental.quote, [link, utilisation]),
  };
  return [core];
}

const rentLists = new WeakMap<Quote, Map<Quote | undefined, RunCore['assumptions']>>();

function rentAssumptions(
  pricing: Pricing,
  rental: Quote,
  [link, utilisation]: readonly [Quote | undefined, Quote],
): RunCore['assumptions'] {
  const known = rentLists.get(rental) ?? new Map<Quote | undefined, RunCore['assumptions']>();
  rentLists.set(rental, known);
  const list = known.get(link) ?? [
    ...assumptionsOf(rental, link, utilisation),
    ...powerAssumptions(pricing, wallPowerOf(pricing).work),
  ];
  known.set(link, list);
  return list;
}

/** A model from which fine-tuning is worth renting a card for. */
const TRAINED_PARAMETERS = 3e9;

/** Whether renters train on it: matrix units make it worth the hours, and a model of 3B or more is fine-tuned in its VRAM. */
function isTrainer({ grade, fits }: AssessedCard, { matrixUnits }: CardModel): boolean {
  if (matrixUnits === 'none') return false;
  const isTraining = fits.some(
    ({ isFitting, workload }) => isFitting && workload.kind === 'lora' && workload.parameterCount >= TRAINED_PARAMETERS,
  );
  return grade === 'A' || isTraining;
}

function spreadOf({ low, mid, high }: Interval): Spread {
  return mid === 0 ? { lowFactor: 1, highFactor: 1 } : { lowFactor: low / mid, highFactor: high / mid };
}

/** Every coin that it can mine for money, in the hours that pay. */
function mineCores(
  pricing: Pricing,
  assessed: AssessedCard,
  model: CardModel,
  limitWatts: number | undefined,
  hostWatts: number,
  limit: Limit | undefined,
): Alternatives | RefusedOption {
  if (isExcluded(pricing, 'mine')) return refusal('mine', EXCLUDED);
  if (limit !== undefined) return refusal('mine', limit);
  const power = wallPowerOf(pricing);
  const [first, ...others] = miningIncomes(pricing, model, assessed).flatMap((income): RunCore[] => {
    const watts = income.powerWatts ?? (limitWatts === undefined ? undefined : limitWatts * power.mineShare);
    if (watts === undefined) return [];
    return [
      {
        kind: 'mine',
        verdict: 'mine',
        what: income.isThrottled ? `${income.coin}, throttled` : income.coin,
        fullIncomeUsdPerDay: income.usdPerDay,
        incomeSpread: income.spread,
        workShare: 1,
        demandShare: 1,
        busyKilowatts: (watts + hostWatts) * power.kilowattsPerWatt,
        idleKilowatts: 0,
        costSpread: income.isPowerMeasured ? power.measuredSpread : power.mineSpread,
        hours: 'paying',
        assumptions: [...income.assumptions, ...powerAssumptions(pricing, power.mine)],
      },
    ];
  });
  if (first === undefined) return refusal('mine', { why: 'What it earns by mining is not known.' });
  return [first, ...others];
}

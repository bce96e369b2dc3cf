import type { CardModel } from '../cards.ts';
import type { AssessedCard } from '../grading.ts';
import { exactly, type Interval, product } from './interval.ts';
import type { CardPlace, Limit, Limits } from './limits.ts';
import { type LinkClass, linkClassOf } from './link.ts';
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
  readonly cores: readonly RunCore[];
  readonly refused: readonly RefusedOption[];
}

/** Everything that runs on the card. */
export function runCores(
  pricing: Pricing,
  assessed: AssessedCard,
  model: CardModel,
  place: CardPlace,
  limits: Limits,
): RunCores {
  const hostWatts = wallPowerOf(pricing).hostWatts / Math.max(1, place.cardCount);
  const limitWatts = powerLimitWatts(assessed.card, model.boardPowerWatts);
  const load = limitWatts === undefined ? undefined : loadOf(wallPowerOf(pricing), limitWatts, hostWatts);
  const asked: readonly (RunCore | RefusedOption)[] = [
    tokenCore(pricing, assessed, model, load, limits.ai, 'interactive'),
    rentCore(pricing, assessed, model, load, limits.rent),
    tokenCore(pricing, assessed, model, load, limits.ai, 'queued'),
    mineCore(pricing, assessed, model, limitWatts, hostWatts, limits.mine),
  ];
  return {
    cores: asked.flatMap((each) => ('fullIncomeUsdPerDay' in each ? [each] : [])),
    refused: asked.flatMap((each) => ('fullIncomeUsdPerDay' in each ? [] : [each])),
  };
}

const POWER_UNKNOWN: Limit = {
  why: 'It is not known how much power it draws.',
  mend: 'Run "rerig probe" on the rig, which reads its power limit.',
};

/** The best of the workloads that it serves: to people, or from a queue. */
function tokenCore(
  pricing: Pricing,
  assessed: AssessedCard,
  model: CardModel,
  load: Load | undefined,
  limit: Limit | undefined,
  sale: TokenSale,
): RunCore | RefusedOption {
  const kind = sale === 'interactive' ? 'serve' : 'batch';
  if (isExcluded(pricing, kind)) return refusal(kind, EXCLUDED);
  if (limit !== undefined) return refusal(kind, limit);
  if (load === undefined) return refusal(kind, POWER_UNKNOWN);
  const least = sale === 'interactive' ? numberOf(pricing.assumption('interactive-speed')) : 0;
  const matrix = model.matrixUnits === 'none' ? 'plain' : 'matrix';
  let best: { readonly core: RunCore; readonly netUsd: number } | undefined;
  for (const fit of assessed.fits) {
    const income = tokenIncomeOf(pricing, fit, matrix, sale);
    if (income === undefined || income.tokensPerSecond < least) continue;
    const core = workloadCore(
      pricing,
      `${fit.workload.name} by ${assessed.route?.name ?? 'its route'}`,
      income,
      load,
      sale,
    );
    const netUsd = netUsdPerDay(core, pricing.tariff, 1);
    if (best === undefined || netUsd > best.netUsd) best = { core, netUsd };
  }
  return best?.core ?? refusal(kind, whyNoTokens(pricing, assessed, sale));
}

function workloadCore(pricing: Pricing, what: string, income: TokenIncome, load: Load, sale: TokenSale): RunCore {
  const kind = sale === 'interactive' ? 'serve' : 'batch';
  return {
    kind,
    verdict: kind,
    what,
    fullIncomeUsdPerDay: income.fullUsdPerDay,
    incomeSpread: income.spread,
    utilisationShare: income.utilisationShare,
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

function whyNoTokens(pricing: Pricing, { fits, route }: AssessedCard, sale: TokenSale): Limit {
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

function rentCore(
  pricing: Pricing,
  assessed: AssessedCard,
  model: CardModel,
  load: Load | undefined,
  limit: Limit | undefined,
): RunCore | RefusedOption {
  if (isExcluded(pricing, 'rent')) return refusal('rent', EXCLUDED);
  if (limit !== undefined) return refusal('rent', limit);
  if (load === undefined) return refusal('rent', POWER_UNKNOWN);
  const { rental } = modelPrices(pricing, model);
  if (rental.kind === 'refused') return refusal('rent', { why: rental.why });
  const link = linkShare(pricing, linkClassOf(assessed.card));
  const income = product(rental.quote.value, link === undefined ? exactly(1) : shareOf(link));
  const utilisation = pricing.assumption('rent-utilisation');
  const power = wallPowerOf(pricing);
  return {
    kind: 'rent',
    verdict: isTrainer(assessed) ? 'train' : 'serve',
    what: `by the hour as ${model.name}${rental.quote.isEstimate ? ', its rent estimated' : ''}`,
    fullIncomeUsdPerDay: income.mid,
    incomeSpread: timesUtilisation(spreadOf(income), utilisation),
    utilisationShare: numberOf(utilisation) / 100,
    busyKilowatts: load.workKilowatts,
    idleKilowatts: load.idleKilowatts,
    costSpread: power.workSpread,
    hours: 'evenly',
    assumptions: rentAssumptions(pricing, rental.quote, [link, utilisation]),
  };
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

/** Whether renters train on it: it fine-tunes a model of 3B or more inside its VRAM. */
function isTrainer({ grade, fits }: AssessedCard): boolean {
  const isTraining = fits.some(
    ({ isFitting, workload }) => isFitting && workload.kind === 'lora' && workload.parameterCount >= TRAINED_PARAMETERS,
  );
  return grade === 'A' || isTraining;
}

function spreadOf({ low, mid, high }: Interval): Spread {
  return mid === 0 ? { lowFactor: 1, highFactor: 1 } : { lowFactor: low / mid, highFactor: high / mid };
}

/** The coin that is worth the most by its net, in the hours that pay. */
function mineCore(
  pricing: Pricing,
  assessed: AssessedCard,
  model: CardModel,
  limitWatts: number | undefined,
  hostWatts: number,
  limit: Limit | undefined,
): RunCore | RefusedOption {
  if (isExcluded(pricing, 'mine')) return refusal('mine', EXCLUDED);
  if (limit !== undefined) return refusal('mine', limit);
  const power = wallPowerOf(pricing);
  let best: { readonly core: RunCore; readonly netUsd: number } | undefined;
  for (const income of miningIncomes(pricing, model, assessed.card.reading)) {
    const watts = income.powerWatts ?? (limitWatts === undefined ? undefined : limitWatts * power.mineShare);
    if (watts === undefined) continue;
    const kilowatts = (watts + hostWatts) * power.kilowattsPerWatt;
    const core: RunCore = {
      kind: 'mine',
      verdict: 'mine',
      what: income.coin,
      fullIncomeUsdPerDay: income.usdPerDay,
      incomeSpread: income.spread,
      utilisationShare: 1,
      busyKilowatts: kilowatts,
      idleKilowatts: 0,
      costSpread: income.isPowerMeasured ? power.measuredSpread : power.mineSpread,
      hours: 'paying',
      assumptions: income.assumptions,
    };
    const netUsd = netUsdPerDay(core, pricing.tariff, 1);
    if (best === undefined || netUsd > best.netUsd) best = { core, netUsd };
  }
  if (best === undefined) return refusal('mine', { why: 'What it earns by mining is not known.' });
  const own = best.core;
  return { ...own, assumptions: [...own.assumptions, ...powerAssumptions(pricing, power.mine)] };
}

import type { CardModel } from '../cards.ts';
import type { AssessedCard, WorkloadFit } from '../grading.ts';
import type { Reading } from '../inventory.ts';
import { cardCores } from './card-cores.ts';
import { type CardSteps, quickNumber } from './card-number.ts';
import { throttlingOf } from './hash-rate.ts';
import { judged, mostUsd, withheld } from './judge.ts';
import { limitingText, placeNumber } from './limiting.ts';
import { type CardPlace, freePlace } from './limits.ts';
import { type LinkClass, linkClassOf } from './link.ts';
import { numberOfText } from './numbering.ts';
import type { PriceBook } from './price-book.ts';
import { type Pricing, pricingOf } from './pricing.ts';
import type { OperatorSettings } from './settings.ts';
import type { Valuation } from './valued.ts';
import { unmendedUsd } from './worth.ts';

/**
 * What a card is worth: every option in money over the horizon, the verdict that is worth the most, and where it
 * turns. A card that may be of several models has a verdict where all of them have the same; an unknown card and a
 * processor have none. Cards that are alike share one valuation.
 */
export function valueCard(
  assessed: AssessedCard,
  book: PriceBook,
  settings: OperatorSettings,
  place: CardPlace = freePlace,
): Valuation {
  return cardValuation(pricingOf(book, settings), { assessed, number: cardNumber(assessed) }, place);
}

/** A card and the number by which its valuation is found: see `cardNumber`. */
export interface NumberedCard {
  readonly assessed: AssessedCard;
  readonly number: number;
}

/** Values by the card's number, then by that of place and link. */
type ByCard<T> = Map<number, Map<number, T>>;

const valuations = new WeakMap<Pricing, ByCard<Valuation>>();

/** The same by a pricing at hand; `link`, where it is not the card's own: how it would hang in another slot. */
export function cardValuation(
  pricing: Pricing,
  { assessed, number }: NumberedCard,
  place: CardPlace,
  link: LinkClass = linkClassOf(assessed.card),
): Valuation {
  const slotKey = slotNumber(place, link);
  const known = knownOf(valuations, pricing, number);
  const found = known.get(slotKey);
  if (found !== undefined) return found;
  const models = modelsOf(assessed);
  const made = models.length === 0 ? withoutModel(assessed) : byModels(pricing, asAlike(assessed), models, place, link);
  known.set(slotKey, made);
  return made;
}

const worths = new WeakMap<Pricing, ByCard<number>>();

/** What a card would be worth over the horizon, no mend of it reckoned in: `cardValuation` for questions of "what if". */
export function cardWorthUsd(
  pricing: Pricing,
  card: NumberedCard,
  place: CardPlace,
  link: LinkClass = linkClassOf(card.assessed.card),
): number {
  const slotKey = slotNumber(place, link);
  const known = knownOf(worths, pricing, card.number);
  const found = known.get(slotKey);
  if (found !== undefined) return found;
  const [model, ...others] = modelsOf(card.assessed);
  const made =
    model === undefined || others.length > 0
      ? unmendedUsd(cardValuation(pricing, card, place, link))
      : mostUsd(pricing, cardCores(pricing, asAlike(card.assessed), model, place, link));
  known.set(slotKey, made);
  return made;
}

function slotNumber(place: CardPlace, link: LinkClass): number {
  return placeNumber(place) * links.length + links.indexOf(link);
}

function knownOf<T>(all: WeakMap<Pricing, ByCard<T>>, pricing: Pricing, number: number): Map<number, T> {
  const known = all.get(pricing)?.get(number);
  if (known !== undefined) return known;
  const ofPricing = all.get(pricing) ?? new Map<number, Map<number, T>>();
  const ofCard = new Map<number, T>();
  all.set(pricing, ofPricing);
  ofPricing.set(number, ofCard);
  return ofCard;
}

function modelsOf({ match }: AssessedCard): readonly CardModel[] {
  if (match?.kind === 'matched') return [match.model];
  return match?.kind === 'ambiguous' ? match.models : [];
}

function withoutModel({ card, match }: AssessedCard): Valuation {
  if (card.kind === 'cpu')
    return withheld('It is the rig’s own processor, which is neither sold nor rented by itself.');
  const why = match?.kind === 'unknown' ? ` ${match.why}` : '';
  return withheld(`It is not known which card this is, so that nothing of it has a price.${why}`);
}

function byModels(
  pricing: Pricing,
  assessed: AssessedCard,
  models: readonly CardModel[],
  place: CardPlace,
  link: LinkClass,
): Valuation {
  const each = models.map((model) => judged(pricing, cardCores(pricing, assessed, model, place, link), model.name));
  const [first, ...others] = each;
  if (first === undefined) return withoutModel(assessed);
  if (others.length === 0) return first;
  const names = models.map(({ name }) => name);
  if (others.some(({ verdict }) => verdict !== first.verdict) || first.verdict === null) {
    const said = each.map(({ verdict }, index) => `${names[index]}: ${verdict ?? 'not known'}`).join('; ');
    return withheld(`It may be any of several models, and they differ (${said}).`, first.refused);
  }
  const least = each.reduce((one, other) => (worth(other) < worth(one) ? other : one));
  return {
    ...least,
    // Each model turns elsewhere, and past the first of these the models differ.
    breakEvens: [],
    reason: `It may be ${names.join(' or ')}: each has this verdict, and the least of them is shown. ${least.reason}`,
    confidence: 'low',
    confidenceWhy: `It is not known which model it is, nor so where the verdict turns. ${least.confidenceWhy}`,
  };
}

function worth({ best }: Valuation): number {
  return best?.valueUsd.mid ?? 0;
}

/** Readings are taken to this many watts, and hash rates to this share: so that cards of like readings are alike. */
const POWER_STEP_WATTS = 10;
const HASH_STEP_LOG = 0.05;

function powerStep(powerWatts: number | undefined): number | undefined {
  return powerWatts === undefined ? undefined : Math.round(powerWatts / POWER_STEP_WATTS);
}

function roundedPower(powerWatts: number | undefined): number | undefined {
  const step = powerStep(powerWatts);
  return step === undefined ? undefined : step * POWER_STEP_WATTS;
}

function hashStep(hashesPerSecond: number | undefined): number | undefined {
  if (hashesPerSecond === undefined || hashesPerSecond <= 0) return undefined;
  return Math.round(Math.log(hashesPerSecond) / HASH_STEP_LOG);
}

function roundedHashes(hashesPerSecond: number | undefined): number | undefined {
  const step = hashStep(hashesPerSecond);
  return step === undefined ? hashesPerSecond : Math.exp(step * HASH_STEP_LOG);
}

/** A card with its readings rounded, so that those that differ by nothing that matters share a valuation. */
function asAlike(assessed: AssessedCard): AssessedCard {
  const { reading } = assessed.card;
  if (reading === undefined) return assessed;
  const powerWatts = roundedPower(reading.powerWatts);
  const hashesPerSecond = roundedHashes(reading.hashesPerSecond);
  const rounded: Reading = {
    ...reading,
    ...(powerWatts === undefined ? {} : { powerWatts }),
    ...(hashesPerSecond === undefined ? {} : { hashesPerSecond }),
  };
  return { ...assessed, card: { ...assessed.card, reading: rounded } };
}

const links: readonly LinkClass[] = ['wide', 'narrow', 'slow', 'unknown'];

/** A number that all cards share which are alike in all that a valuation reads, but for link and place. */
export function cardNumber(assessed: AssessedCard): number {
  const { card, match, findings } = assessed;
  const make = () => numberOfText(cardText(assessed));
  if (match?.kind !== 'matched' || limitingText(findings) !== '') return make();
  const { reading, powerLimitWatts } = card;
  const steps: CardSteps = {
    limitWatts: reading?.powerLimitWatts ?? powerLimitWatts?.shipped,
    powerStep: powerStep(reading?.powerWatts),
    hashStep: hashStep(reading?.hashesPerSecond),
    algorithm: reading?.algorithm,
    throttling: throttlingOf(assessed, match.model),
  };
  return quickNumber(assessed, match.model, steps, make) ?? make();
}

const fitNumbers = new WeakMap<readonly WorkloadFit[], number>();

/** What tells one list of fits from another, by what a valuation reads of them. */
function fitsNumber(fits: readonly WorkloadFit[]): number {
  const known = fitNumbers.get(fits);
  if (known !== undefined) return known;
  const texts = fits.map(({ workload, isFitting, leftBytes, speed }) =>
    isFitting ? [workload.name, leftBytes, ...speedTexts(speed)].join(':') : '-',
  );
  const made = numberOfText(`fits ${texts.join()}`);
  fitNumbers.set(fits, made);
  return made;
}

function speedTexts(speed: WorkloadFit['speed']): readonly number[] {
  if (speed === undefined) return [];
  const { generateTokensPerSecond: generate, promptTokensPerSecond: prompt } = speed;
  return [generate.low, generate.mid, generate.high, prompt.low, prompt.mid, prompt.high];
}

function cardText(assessed: AssessedCard): string {
  const { card, match, fits, grade, route, findings } = assessed;
  const models = modelsOf(assessed);
  if (models.length === 0) return `${card.kind} ${match?.kind === 'unknown' ? match.why : ''}`;
  const { reading, powerLimitWatts } = card;
  const names = models.length === 1 ? models[0]?.modelId : models.map(({ modelId }) => modelId).join('+');
  const limitWatts = reading?.powerLimitWatts ?? powerLimitWatts?.shipped;
  const watts = roundedPower(reading?.powerWatts);
  const hashes = hashStep(reading?.hashesPerSecond);
  const does = `${limitWatts}|${watts}|${hashes}|${reading?.algorithm}`;
  const held =
    models.length === 1
      ? throttlingOf(assessed, models[0])
      : models.map((model) => throttlingOf(assessed, model)).join();
  return `${names}|${fitsNumber(fits)}|${grade}|${route?.name}|${does}|${held}|${limitingText(findings)}`;
}

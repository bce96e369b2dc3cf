import type { CardModel } from '../cards.ts';
import type { AssessedCard, WorkloadFit } from '../grading.ts';
import type { Reading } from '../inventory.ts';
import { cardCores } from './card-cores.ts';
import { judged, withheld } from './judge.ts';
import { type CardPlace, freePlace } from './limits.ts';
import { linkClassOf } from './link.ts';
import type { PriceBook } from './price-book.ts';
import { type Pricing, pricingOf } from './pricing.ts';
import type { OperatorSettings } from './settings.ts';
import type { Valuation } from './valued.ts';

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
  return cardValuation(pricingOf(book, settings), assessed, place);
}

const valuations = new WeakMap<Pricing, Map<string, Valuation>>();

/** The same by a pricing at hand. */
export function cardValuation(pricing: Pricing, assessed: AssessedCard, place: CardPlace): Valuation {
  const models = modelsOf(assessed);
  if (models.length === 0) return withoutModel(assessed);
  const known = valuations.get(pricing) ?? new Map<string, Valuation>();
  valuations.set(pricing, known);
  const alike = asAlike(assessed);
  const key = keyOf(alike, models, place);
  const valuation = known.get(key) ?? byModels(pricing, alike, models, place);
  known.set(key, valuation);
  return valuation;
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

function byModels(pricing: Pricing, assessed: AssessedCard, models: readonly CardModel[], place: CardPlace): Valuation {
  const each = models.map((model) => judged(pricing, cardCores(pricing, assessed, model, place), model.name));
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
    reason: `It may be ${names.join(' or ')}: each has this verdict, and the least of them is shown. ${least.reason}`,
    confidence: 'low',
    confidenceWhy: `It is not known which model it is. ${least.confidenceWhy}`,
  };
}

function worth({ best }: Valuation): number {
  return best?.valueUsd.mid ?? 0;
}

/** Readings are taken to this many watts and digits: so that cards of like readings are alike. */
const POWER_STEP_WATTS = 5;
const HASH_DIGIT_COUNT = 2;

/** A card with its readings rounded, so that those that differ by nothing that matters share a valuation. */
function asAlike(assessed: AssessedCard): AssessedCard {
  const { reading } = assessed.card;
  if (reading === undefined) return assessed;
  const { powerWatts, hashesPerSecond } = reading;
  const rounded: Reading = {
    ...reading,
    ...(powerWatts === undefined ? {} : { powerWatts: Math.round(powerWatts / POWER_STEP_WATTS) * POWER_STEP_WATTS }),
    ...(hashesPerSecond === undefined
      ? {}
      : { hashesPerSecond: Number(hashesPerSecond.toPrecision(HASH_DIGIT_COUNT)) }),
  };
  return { ...assessed, card: { ...assessed.card, reading: rounded } };
}

const fitIds = new WeakMap<readonly WorkloadFit[], string>();

/** What tells one list of fits from another, by what a valuation reads of them. */
function fitsKey(fits: readonly WorkloadFit[]): string {
  const known = fitIds.get(fits);
  if (known !== undefined) return known;
  const made = fits
    .map(({ isFitting, leftBytes, speed }) =>
      isFitting ? `${leftBytes}:${speed?.generateTokensPerSecond.mid}:${speed?.promptTokensPerSecond.mid}` : '-',
    )
    .join(',');
  fitIds.set(fits, made);
  return made;
}

function keyOf(
  { card, fits, grade, route, findings }: AssessedCard,
  models: readonly CardModel[],
  place: CardPlace,
): string {
  const { reading, powerLimitWatts } = card;
  const blocking = [...findings, ...place.findings]
    .filter(
      ({ severity, code }) =>
        severity === 'blocking' || code.startsWith('disk') || code === 'uplink-slow' || code === 'ram-small',
    )
    .map(({ code, severity, mendCost }) => `${code}${severity}${mendCost.lowUsd}`);
  return [
    models.map(({ modelId }) => modelId).join('+'),
    fitsKey(fits),
    grade,
    route?.name,
    linkClassOf(card),
    reading?.powerLimitWatts ?? powerLimitWatts?.shipped,
    reading?.powerWatts,
    reading?.hashesPerSecond,
    reading?.algorithm,
    place.cardCount,
    place.hasSeat,
    place.isRoomy,
    ...blocking,
  ].join('|');
}

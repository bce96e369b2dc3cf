import type { AssessedCard, AssessedRig } from '../grading.ts';
import { type Bytes, GIB } from '../quantity.ts';
import { samePlace } from './limiting.ts';
import { type CardPlace, undrivenCards } from './limits.ts';
import { numberOf, type Pricing } from './pricing.ts';
import { tokenIncomeOf } from './token-income.ts';

/** A headless system with its agent. An estimate; ours keep within 300 MB of it. */
const SYSTEM_BYTES: Bytes = 1 * GIB;

/** How many of a rig's cards its RAM serves at once, and which: those that earn the most by tokens. */
export interface Seats {
  /** Undefined where the RAM is not known: then it keeps nobody out. */
  readonly seatCount: number | undefined;
  readonly usedCount: number;
  /** In the order of the rig's cards. */
  readonly places: readonly CardPlace[];
}

/**
 * Where each card of a rig stands. Ranked by what tokens bring alone, not by electricity or link: so that cheaper power
 * or a faster link of one card never takes the seat of another, and more RAM only adds seats.
 */
export function seatsOf(pricing: Pricing, { rig, cards, findings }: AssessedRig): Seats {
  const seatCount = seatCountOf(pricing, rig.host.ram?.bytes);
  const isRoomy = rig.host.ram === undefined || rig.host.ram.bytes >= numberOf(pricing.assumption('renter-ram')) * 1e9;
  const cardCount = Math.max(1, cards.filter(({ card }) => card.kind === 'gpu').length);
  const placeIn = placesOf({ cardCount, isRoomy, findings });
  const undriven = undrivenCards(findings);
  const placeOf = ({ card }: AssessedCard, hasSeat: boolean) => placeIn(hasSeat, !undriven(card.cardId));
  const strengths = cards.map((card) => strengthOf(pricing, card));
  const willingCount = strengths.filter((strength) => strength > 0).length;
  if (seatCount === undefined || seatCount >= willingCount) {
    return { seatCount, usedCount: willingCount, places: cards.map((card) => placeOf(card, true)) };
  }
  const ranked = strengths
    .map((strength, index) => ({ strength, index }))
    .filter(({ strength }) => strength > 0)
    .toSorted((one, other) => other.strength - one.strength || one.index - other.index);
  const chosen = new Set(ranked.slice(0, seatCount).map(({ index }) => index));
  const places = cards.map((card, index) => placeOf(card, chosen.has(index)));
  return { seatCount, usedCount: chosen.size, places };
}

/** The places of one rig, each made once. */
function placesOf(rig: Omit<CardPlace, 'hasSeat' | 'isDriven'>): (hasSeat: boolean, isDriven: boolean) => CardPlace {
  const made: CardPlace[] = [];
  return (hasSeat, isDriven) => {
    const index = Number(hasSeat) * 2 + Number(isDriven);
    const place = made[index] ?? samePlace({ ...rig, hasSeat, isDriven });
    made[index] = place;
    return place;
  };
}

function seatCountOf(pricing: Pricing, ramBytes: Bytes | undefined): number | undefined {
  const serverBytes = numberOf(pricing.assumption('server-ram')) * 1e9;
  if (ramBytes === undefined || serverBytes <= 0) return undefined;
  return Math.max(0, Math.floor((ramBytes - SYSTEM_BYTES) / serverBytes));
}

const strengths = new WeakMap<Pricing, WeakMap<AssessedCard['fits'], number>>();

/** What a card earns by tokens at best, in US dollars a day, electricity not taken off; 0 where it serves none. */
export function strengthOf(pricing: Pricing, { card, fits, match }: AssessedCard): number {
  if (card.kind !== 'gpu') return 0;
  const strength = strengths.get(pricing)?.get(fits);
  if (strength !== undefined) return strength;
  const matrix = match?.kind === 'matched' && match.model.matrixUnits !== 'none' ? 'matrix' : 'plain';
  let best = 0;
  for (const fit of fits) {
    const income = tokenIncomeOf(pricing, fit, matrix, 'interactive');
    if (income !== undefined) best = Math.max(best, income.fullUsdPerDay * income.workShare * income.demandShare);
  }
  const known = strengths.get(pricing) ?? new WeakMap<AssessedCard['fits'], number>();
  strengths.set(pricing, known);
  known.set(fits, best);
  return best;
}

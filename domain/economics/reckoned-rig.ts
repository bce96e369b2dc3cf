import type { AssessedCard, AssessedRig } from '../grading.ts';
import type { CardPlace } from './limits.ts';
import type { Pricing } from './pricing.ts';
import { type Seats, seatsOf } from './seats.ts';
import { moneyTotals } from './totals.ts';
import { cardNumber, cardValuation, type NumberedCard } from './value-card.ts';
import type { ValuedCard, ValuedRig } from './valued.ts';

/** A valued rig with what its valuation was reckoned by, so that "what if" need not reckon it again. */
export interface ReckonedRig {
  readonly rig: ValuedRig;
  readonly seats: Seats;
  /** In the order of the rig's cards. */
  readonly slots: readonly ReckonedCard[];
}

/** A valued card, its number and its place. */
export interface ReckonedCard extends NumberedCard {
  readonly valued: ValuedCard;
  readonly place: CardPlace;
}

/** Values every card of a rig where it stands. */
export function reckonedRig(pricing: Pricing, assessed: AssessedRig): ReckonedRig {
  const seats = seatsOf(pricing, assessed);
  const slots: ReckonedCard[] = [];
  for (const [index, place] of seats.places.entries()) {
    const card = assessed.cards[index];
    if (card !== undefined) slots.push(reckonedCard(pricing, card, place));
  }
  const cards = slots.map(({ valued }) => valued);
  return { rig: { assessed, cards, totals: moneyTotals(cards) }, seats, slots };
}

function reckonedCard(pricing: Pricing, assessed: AssessedCard, place: CardPlace): ReckonedCard {
  const number = cardNumber(assessed);
  const valuation = cardValuation(pricing, { assessed, number }, place);
  return { assessed, number, place, valued: { assessed, valuation } };
}

import type { CardModel } from '../cards.ts';
import type { ObservedCard, Reading } from '../inventory.ts';
import type { AssessedCard } from './assessed.ts';
import type { Finding } from './finding.ts';

/** A card as its rules see it: what it can do, what was observed, and its model where that is certain. */
export interface SeenCard {
  readonly assessed: Omit<AssessedCard, 'findings'>;
  readonly card: ObservedCard;
  readonly model: CardModel | undefined;
  /** Of the model, or of all that it may be where they share one. */
  readonly architecture: string | undefined;
}

/** Looks at a card and gives one finding or none. */
export type CardRule = (seen: SeenCard) => Finding | undefined;

/** Looks at what a card's sensors say; asked only of cards that have a reading. */
export type ReadingRule = (reading: Reading, seen: SeenCard) => Finding | undefined;

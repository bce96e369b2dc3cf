import type { ReckonedCard, ReckonedRig } from './reckoned-rig.ts';

/** A card in its slot, and what it would be worth in others. */
export interface Standing {
  readonly reckoned: ReckonedRig;
  readonly slot: ReckonedCard;
  readonly prospect: Prospect;
}

/** What a card is worth where it stands, and at best and at worst elsewhere. */
export interface Prospect {
  readonly worthUsd: number;
  /** What tokens bring by it, in US dollars a day, wherever it stands. */
  readonly strengthUsd: number;
  /** Whether it takes RAM to serve where it stands. */
  readonly usesSeat: boolean;
  /** How much more it would be worth in a rig that keeps nothing from it, in a slot that is fast. */
  readonly wantUsd: number;
  /** How much less it would be worth without a seat, in a slow slot. */
  readonly lossUsd: number;
}

/** Two cards that are worth more in one another's slots. */
export interface Exchange {
  readonly card: Standing;
  readonly other: Standing;
  readonly gainUsd: number;
}

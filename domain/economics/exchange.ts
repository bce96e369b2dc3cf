import type { ReckonedCard, ReckonedRig } from './reckoned-rig.ts';

/** A card in its slot, and what it is worth there. */
export interface Standing {
  readonly reckoned: ReckonedRig;
  readonly slot: ReckonedCard;
  readonly worthUsd: number;
  /** What tokens bring by it, in US dollars a day, wherever it stands. */
  readonly strengthUsd: number;
  /** Whether it takes RAM to serve where it stands. */
  readonly usesSeat: boolean;
}

/** Two cards that are worth more in one another's slots. */
export interface Exchange {
  readonly card: Standing;
  readonly other: Standing;
  readonly gainUsd: number;
}

import type { ReplicaRoute } from './snapshot.ts';

/** Start a replica of a model on a card; its fallback work is ended first where `takesFallback`. */
export interface StartOrder {
  readonly kind: 'start';
  readonly model: string;
  readonly cardId: string;
  /** Further cards over which it is split: only where no card holds it alone. */
  readonly moreCardIds: readonly string[];
  readonly route: ReplicaRoute;
  readonly takesFallback: boolean;
  readonly why: string;
}

/** Send a replica nothing new. */
export interface DrainOrder {
  readonly kind: 'drain';
  readonly replicaId: string;
  readonly why: string;
}

/** End a replica that drains. */
export interface StopOrder {
  readonly kind: 'stop';
  readonly replicaId: string;
  readonly why: string;
}

/** One step of a plan, with its reason in words. */
export type PlacementOrder = StartOrder | DrainOrder | StopOrder;

/** A model that is wanted and gets no card by this plan. */
export interface UnplacedModel {
  readonly model: string;
  /** Whether waiting alone can't help: no card fits, or each that fits has failed it. */
  readonly isHopeless: boolean;
  readonly why: string;
}

/** What is to be done. Empty where all is as it should be. */
export interface PlacementPlan {
  readonly orders: readonly PlacementOrder[];
  readonly unplaced: readonly UnplacedModel[];
}

import type { Grade } from '../grading.ts';
import type { Bytes } from '../quantity.ts';

/** What drives a replica's card. */
export type ReplicaRoute = 'cpu' | 'vulkan' | 'cuda';

/** What a card does. `fallback`: work of the lowest priority, which a replica may take it from; `other`: not ours to end. */
export type CardHolder = 'nothing' | 'fallback' | 'replica' | 'other';

/** A card that replicas may be put on. */
export interface PlacementCard {
  readonly cardId: string;
  readonly rigId: string;
  /** What workloads may use of it; null where it is not known, and then nothing is put on it. */
  readonly vramBytes: Bytes | null;
  /** Best first; empty where nothing drives it. */
  readonly routes: readonly ReplicaRoute[];
  readonly grade: Grade | null;
  readonly holder: CardHolder;
}

/** A model that is offered. */
export interface PlacementModel {
  readonly model: string;
  /** What one replica takes of a card's memory, by route; a route that is absent can't serve it. */
  readonly vramNeedBytes: Readonly<Partial<Record<ReplicaRoute, Bytes>>>;
  /** What it takes laid over several cards of one rig; absent: it can't be. Only done where no card holds it alone. */
  readonly split?: SplitNeed;
  /** Replicas that run without demand. */
  readonly replicasMin: number;
  readonly replicasMax: number;
  /** How long a replica stays after its last request. */
  readonly keepWarmMs: number;
}

/** What a model takes of several cards together, whole layers on each. */
export interface SplitNeed {
  /** Weights and cache, over all cards. */
  readonly sharedBytes: Bytes;
  /** Buffers and the driver's share, on each card, by route. */
  readonly perCardBytes: Readonly<Partial<Record<ReplicaRoute, Bytes>>>;
}

/** A replica that holds its cards. */
export interface PlacementReplica {
  readonly replicaId: string;
  readonly model: string;
  readonly cardId: string;
  /** Further cards over which it is split. */
  readonly moreCardIds: readonly string[];
  /** `draining`: it takes nothing new, and is ended when what runs has finished. */
  readonly state: 'starting' | 'ready' | 'draining';
  readonly stateSinceAtMs: number;
  /** Requests that it answers at once, ≥ 1. */
  readonly parallelCount: number;
  /** Requests sent to it and not yet answered, those that wait in its queue included. */
  readonly inFlightCount: number;
  /** Those of them that nobody waits for. */
  readonly batchInFlightCount: number;
  /** When it was last seen with a request; when it became ready where it never was. */
  readonly lastUsedAtMs: number;
}

/** What is asked of a model now. */
export interface PlacementDemand {
  readonly model: string;
  /** Live requests that wait for a replica to start. */
  readonly waitingCount: number;
  /** Batch requests that wait for a replica to start. */
  readonly batchWaitingCount: number;
  /** How long the first of them has waited. */
  readonly oldestWaitMs: number;
  /** How long more live requests have queued than the replicas' slots bear; 0 where they don't. */
  readonly pressedForMs: number;
}

/** A card on which a model has failed. */
export interface PlacementFailure {
  readonly model: string;
  readonly cardId: string;
  /** When it may be tried again; null: not before something is mended. */
  readonly retryAtMs: number | null;
}

/** Everything that a plan is made from. A model without a demand is asked for by nobody. */
export interface PlacementSnapshot {
  readonly nowMs: number;
  readonly cards: readonly PlacementCard[];
  readonly models: readonly PlacementModel[];
  readonly replicas: readonly PlacementReplica[];
  readonly demands: readonly PlacementDemand[];
  readonly failures: readonly PlacementFailure[];
}

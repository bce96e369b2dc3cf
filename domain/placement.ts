/** Which replicas are started and ended, and on which cards: a pure plan over a snapshot of cards, models and demand. */
export { COLD_STARTS_KEPT, statedColdStartMs } from './placement/cold-start.ts';
export { isPlaceable } from './placement/fitting-route.ts';
export type {
  DrainOrder,
  PlacementOrder,
  PlacementPlan,
  StartOrder,
  StopOrder,
  UnplacedModel,
} from './placement/plan.ts';
export { DRAIN_MS_MAX, planReplicas } from './placement/plan-replicas.ts';
export { pressedSinceAtMs } from './placement/pressure.ts';
export type {
  CardHolder,
  PlacementCard,
  PlacementDemand,
  PlacementFailure,
  PlacementModel,
  PlacementReplica,
  PlacementSnapshot,
  ReplicaRoute,
  SplitNeed,
} from './placement/snapshot.ts';

/** Which replicas are started and ended, and on which cards; and which cards a workload gets that asks for some. */
export {
  type CardChoice,
  type CardRefusal,
  type CardWish,
  type ChosenPlace,
  chooseCards,
  type OfferedCard,
  type OfferedRig,
} from './placement/choose-cards.ts';
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

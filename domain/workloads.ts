/** What runs on cards: its kinds, what cards it needs, its lifecycle, and when what failed is tried again. */
export {
  type CardDemand,
  type CardFeatures,
  type CardNeeds,
  unmetNeed,
  type WorkloadKind,
  type WorkloadPriority,
  workloadKinds,
  workloadPriorities,
} from './workloads/card-demand.ts';
export { cardFeaturesOf } from './workloads/card-features.ts';
export {
  holdsCards,
  isFinal,
  lifecycle,
  nextState,
  type WorkloadEvent,
  type WorkloadState,
  workloadEvents,
  workloadStates,
} from './workloads/lifecycle.ts';
export {
  decideRestart,
  PROVEN_MS,
  RESTART_TRIES_MAX,
  RESTART_WINDOW_MS,
  type RestartDecision,
  type WorkloadFailure,
} from './workloads/restart.ts';

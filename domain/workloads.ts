/** What runs on cards: its kinds, its lifecycle, and when what failed is tried again. */
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

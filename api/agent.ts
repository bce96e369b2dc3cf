/** What a farm's agent tells the exchange, by events that may come twice and are applied once; and what it answers at its door. */
export {
  type CardCapacityView,
  cardCapacitySchema,
  cardListSchema,
  type DrainRequest,
  drainRequestSchema,
  type ResumeRequest,
  resumeRequestSchema,
} from './agent/cards.ts';
export { type DoorView, doorSchema } from './agent/door.ts';
export {
  type AgentEvent,
  agentEventSchema,
  type ReplicaStateEvent,
  type RigProbedEvent,
  replicaDoors,
  replicaStateEventSchema,
  rigProbedEventSchema,
  serverKinds,
} from './agent/events.ts';
export { faultSchema } from './agent/fault.ts';
export { rigSchema } from './agent/rig.ts';
export {
  cardDemandSchema,
  type LogRecord,
  logRecordSchema,
  stopRequestSchema,
  type WorkloadRequest,
  type WorkloadView,
  workloadListSchema,
  workloadRequestSchema,
  workloadViewSchema,
} from './agent/workloads.ts';

/** What a farm's agent tells the exchange: events that may come twice and are applied once. */
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

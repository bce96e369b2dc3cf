/** One per farm: probes its machine, drives the executor, and tells the exchange what happens. */
export type {
  Agent,
  AgentClock,
  AgentOptions,
  ModelReplicaOrder,
  ReplicaOrder,
  ServerLink,
  ServerReplicaOrder,
} from './agent/agent-options.ts';
export type { AgentFault, AgentFaultCode } from './agent/faults.ts';
export { replicaHeapFlags } from './agent/replica-heap-flags.ts';
export { startAgent } from './agent/start-agent.ts';

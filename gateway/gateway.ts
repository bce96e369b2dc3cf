/** The public OpenAI-compatible door: one file an endpoint, over ports that the exchange fills. */

export type { GatewayFaultCode } from './faults.ts';
export { gatewayFault } from './faults.ts';
export { openGateway } from './open-gateway.ts';
export type {
  Admission,
  Caller,
  Constraints,
  Delivery,
  GatewayPorts,
  Isolation,
  Outcome,
  Priority,
  RateLimit,
  Replica,
  ReplicaDoor,
  RequestBounds,
  ServedModel,
} from './ports.ts';
export { type EventPieces, EventStreamReader } from './relay/event-stream.ts';
export { BODY_BYTES_MAX } from './rim.ts';

import { type Fault, type FaultTable, faultMaker } from '@rerig/domain/fault';

/** Every refusal of the gateway. The codes are OpenAI's where it has one, since clients look at them. */
export type GatewayFaultCode =
  | 'invalid_api_key'
  | 'invalid_request'
  | 'invalid_json'
  | 'unsupported_media_type'
  | 'request_too_large'
  | 'model_not_found'
  | 'no_replica'
  | 'context_length_exceeded'
  | 'insufficient_quota'
  | 'replica_failed'
  | 'replica_busy'
  | 'accounting_unavailable'
  | 'unknown_path'
  | 'internal_error';

const table: FaultTable<GatewayFaultCode> = {
  invalid_api_key: 'after-mend',
  invalid_request: 'after-mend',
  invalid_json: 'after-mend',
  unsupported_media_type: 'after-mend',
  request_too_large: 'after-mend',
  model_not_found: 'after-mend',
  no_replica: 'later',
  context_length_exceeded: 'after-mend',
  insufficient_quota: 'after-mend',
  replica_failed: 'later',
  replica_busy: 'later',
  accounting_unavailable: 'later',
  unknown_path: 'never',
  internal_error: 'later',
};

const statuses: Readonly<Record<GatewayFaultCode, number>> = {
  invalid_api_key: 401,
  invalid_request: 400,
  invalid_json: 400,
  unsupported_media_type: 415,
  request_too_large: 413,
  model_not_found: 404,
  no_replica: 503,
  context_length_exceeded: 400,
  insufficient_quota: 429,
  replica_failed: 502,
  replica_busy: 503,
  accounting_unavailable: 503,
  unknown_path: 404,
  internal_error: 500,
};

/** Makes a gateway fault. */
export const gatewayFault = faultMaker(table);

/** The HTTP status of a fault; one that is not the gateway's own is 500. */
export function statusOf(fault: Fault): number {
  return Object.entries(statuses).find(([code]) => code === fault.code)?.[1] ?? 500;
}

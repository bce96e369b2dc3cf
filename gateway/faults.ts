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
  | 'rate_limit_exceeded'
  | 'gateway_busy'
  | 'idempotency_in_progress'
  | 'idempotency_mismatch'
  | 'unsupported_door'
  | 'accounting_unavailable'
  | 'not_found'
  | 'storage_quota_exceeded'
  | 'too_many_batches'
  | 'not_cancellable'
  | 'unknown_path'
  | 'client_gone'
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
  rate_limit_exceeded: 'later',
  gateway_busy: 'later',
  idempotency_in_progress: 'later',
  idempotency_mismatch: 'after-mend',
  unsupported_door: 'after-mend',
  accounting_unavailable: 'later',
  not_found: 'after-mend',
  storage_quota_exceeded: 'after-mend',
  too_many_batches: 'later',
  not_cancellable: 'never',
  unknown_path: 'never',
  client_gone: 'later',
  internal_error: 'later',
};

const statuses: ReadonlyMap<string, number> = new Map(
  Object.entries({
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
    rate_limit_exceeded: 429,
    gateway_busy: 503,
    idempotency_in_progress: 409,
    idempotency_mismatch: 422,
    unsupported_door: 400,
    accounting_unavailable: 503,
    not_found: 404,
    storage_quota_exceeded: 403,
    too_many_batches: 429,
    not_cancellable: 409,
    unknown_path: 404,
    client_gone: 499,
    internal_error: 500,
  } satisfies Record<GatewayFaultCode, number>),
);

/** Makes a gateway fault. */
export const gatewayFault = faultMaker(table);

/** Each code, with its HTTP status and whether trying again can help: what the page on inference tells. */
export function gatewayFaultFacts() {
  return Object.entries(table).map(([code, retry]) => ({ code, status: statuses.get(code), retry }));
}

/** The HTTP status of a fault; one that is not the gateway's own is 500. */
export function statusOf(fault: Fault): number {
  return statuses.get(fault.code) ?? 500;
}

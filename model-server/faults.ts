import { type Fault, type FaultTable, faultMaker } from '@rerig/domain/fault';

/** Every refusal of the model server with its answer to "is it worth retrying?". */
const RETRIES = {
  // before it serves
  wrong_options: 'after-mend',
  llama_missing: 'after-mend',
  llama_mismatch: 'after-mend',
  llama_crashed: 'after-mend',
  driver_missing: 'after-mend',
  card_not_found: 'after-mend',
  model_refused: 'after-mend',
  model_does_not_fit: 'after-mend',
  chat_template_unreadable: 'after-mend',
  golden_check_failed: 'after-mend',
  golden_file_unusable: 'after-mend',
  listen_failed: 'after-mend',
  // while it serves
  loading: 'later',
  stopping: 'later',
  busy: 'later',
  decode_failed: 'later',
  internal_error: 'later',
  malformed_json: 'never',
  invalid_request: 'never',
  body_too_large: 'never',
  body_too_slow: 'later',
  unknown_path: 'never',
  method_not_allowed: 'never',
  model_not_found: 'never',
  context_length_exceeded: 'never',
  template_refused: 'never',
  schema_not_held: 'never',
  grammar_refused: 'never',
  adapter_not_found: 'never',
  door_closed: 'never',
} as const satisfies FaultTable<string>;

/** The closed table of the room's fault codes. */
export type ServeFaultCode = keyof typeof RETRIES;
export type ServeFault = Fault<ServeFaultCode>;

/** Makes a fault of this room; `retry` comes from the table. */
export const serveFault = faultMaker<ServeFaultCode>(RETRIES);

const STATUSES: Partial<Record<string, number>> = {
  loading: 503,
  stopping: 503,
  busy: 503,
  decode_failed: 500,
  internal_error: 500,
  body_too_large: 413,
  body_too_slow: 408,
  unknown_path: 404,
  model_not_found: 404,
  adapter_not_found: 404,
  door_closed: 404,
  method_not_allowed: 405,
};

/** The HTTP status that a fault is answered with: 400 unless the table above names another. */
export function faultStatus(fault: Fault): number {
  return STATUSES[fault.code] ?? 400;
}

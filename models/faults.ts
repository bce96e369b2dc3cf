import { type Fault, type FaultTable, faultMaker } from '@rerig/domain/fault';

/** Every refusal of the room with its answer to "is it worth retrying?". */
const RETRIES = {
  // a file
  model_file_missing: 'after-mend',
  model_file_broken: 'after-mend',
  model_version_unknown: 'after-mend',
  model_not_servable: 'after-mend',
  // the store
  store_unusable: 'after-mend',
  store_busy: 'later',
  disk_full: 'after-mend',
  model_not_found: 'after-mend',
  model_exists: 'after-mend',
  model_damaged: 'after-mend',
  model_in_use: 'later',
  // fetching
  source_unreadable: 'after-mend',
  source_ambiguous: 'after-mend',
  source_refused: 'after-mend',
  source_not_found: 'after-mend',
  source_gone_wrong: 'later',
  source_changed: 'later',
  source_is_page: 'after-mend',
  size_wrong: 'later',
  hash_wrong: 'after-mend',
  fits_no_card: 'after-mend',
  stopped: 'later',
  // sharing
  share_not_open: 'after-mend',
  token_wrong: 'after-mend',
  unknown_path: 'never',
  range_not_satisfiable: 'never',
} as const satisfies FaultTable<string>;

/** The closed table of the room's fault codes. */
export type ModelFaultCode = keyof typeof RETRIES;
export type ModelFault = Fault<ModelFaultCode>;

/** Makes a fault of this room; `retry` comes from the table. */
export const modelFault = faultMaker<ModelFaultCode>(RETRIES);

/** What the system says of a failure, for a fault's `why`. */
export function systemWords(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's code of a failure, `ENOENT`; `undefined` where it has none. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

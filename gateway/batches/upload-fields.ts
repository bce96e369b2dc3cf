import type { Fault } from '@rerig/domain/fault';
import { type GatewayFaultCode, gatewayFault } from '../faults.ts';

/** How long a file is kept where nothing is said: what a batch is made from is of use for as long as its results are. */
const KEPT_SECONDS_DEFAULT = 30 * 24 * 3_600;
/** Bounds of what may be said, as the vendor's API has them: an hour to 30 days. */
const KEPT_SECONDS_MIN = 3_600;
const KEPT_SECONDS_MAX = 2_592_000;

/** What the fields of an upload say beside the file: until when it is kept. Refused where it is for no batch. */
export function readUploadFields(
  fields: ReadonlyMap<string, unknown>,
  nowMs: number,
): { readonly expiresAtMs: number } | Fault<GatewayFaultCode> {
  const purpose = fields.get('purpose');
  if (purpose !== 'batch') return wrongPurpose(purpose);
  const seconds = fields.get('expires_after[seconds]');
  if (seconds === undefined) return { expiresAtMs: nowMs + KEPT_SECONDS_DEFAULT * 1000 };
  const keptSeconds = typeof seconds === 'string' && /^\d{1,10}$/.test(seconds) ? Number(seconds) : 0;
  const anchor = fields.get('expires_after[anchor]') ?? 'created_at';
  if (anchor !== 'created_at' || keptSeconds < KEPT_SECONDS_MIN || keptSeconds > KEPT_SECONDS_MAX) {
    return gatewayFault('invalid_request', {
      what: 'The file was refused.',
      why: `Its "expires_after" is not ${KEPT_SECONDS_MIN} to ${KEPT_SECONDS_MAX} seconds after "created_at".`,
      mend: 'Correct it, or leave it out: the file is kept for 30 days then.',
    });
  }
  return { expiresAtMs: nowMs + keptSeconds * 1000 };
}

function wrongPurpose(purpose: unknown): Fault<GatewayFaultCode> {
  const named = typeof purpose === 'string' && purpose !== '';
  return gatewayFault('invalid_request', {
    what: 'The file was refused.',
    why: named ? `Its purpose is "${purpose.slice(0, 64)}".` : 'The form has no field "purpose".',
    mend: 'Files are kept for batches alone: send "batch" as the purpose.',
  });
}

import type { Fault } from '@rerig/domain/fault';
import { type GatewayFaultCode, gatewayFault } from './faults.ts';

/** Whether a text can be an id of something that is kept: no other is looked for. */
export function isStoredId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,128}$/.test(text);
}

/** The refusal for what is not there: it never was, is no longer kept, or is another organisation's. */
export function notFound(kind: 'file' | 'batch' | 'response', id: string): Fault<GatewayFaultCode> {
  return gatewayFault('not_found', {
    what: `There is no ${kind} "${id.slice(0, 128)}" for this key.`,
    why: `Its organisation keeps no ${kind} of that id: it was removed, its time is over, or it never was.`,
    mend:
      kind === 'response'
        ? 'Send the whole conversation in "input".'
        : `List them with GET /v1/${kind}es.`.replace('filees', 'files'),
  });
}

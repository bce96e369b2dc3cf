import type { ServerResponse } from 'node:http';
import { type ServeFault, serveFault } from '../faults.ts';
import { sendFault } from './answer.ts';
import type { RequestWatch } from './request-context.ts';

/** Answers with a fault, and tells who watches. */
export function refuse(
  response: ServerResponse,
  watch: RequestWatch,
  fault: ServeFault,
  parameter: string | null = null,
): void {
  watch.end('refused', undefined, fault.code);
  sendFault(response, fault, parameter);
}

export function writesNoText(): ServeFault {
  return serveFault('door_closed', {
    what: 'This model writes no text.',
    why: 'It only gives vectors, at POST /v1/embeddings.',
    mend: 'Ask for a vector, or send the request to a model that writes text.',
  });
}

export function givesNoVectors(): ServeFault {
  return serveFault('door_closed', {
    what: 'This model gives no vectors.',
    why: 'It only writes text, or was not started with --embeddings.',
    mend: 'Send the request to a model that is made for embeddings, or start this one with --embeddings mean.',
  });
}

import type { Fault } from '@rerig/domain/fault';
import type { z } from 'zod';
import { type GatewayFaultCode, gatewayFault } from './faults.ts';

/** What is wrong with the shape of a request: the refusal, and the field at fault where there is one. */
export interface ShapeFault {
  readonly fault: Fault<GatewayFaultCode>;
  readonly param: string | null;
}

/** The refusal of a request whose shape a schema did not pass. `door`: whose shape it should have, `POST /v1/batches`. */
export function shapeFault(error: z.ZodError, door: string): ShapeFault {
  const [issue] = error.issues;
  const param = issue === undefined || issue.path.length === 0 ? null : issue.path.map(String).join('.');
  const fault = gatewayFault('invalid_request', {
    what: 'The request was refused.',
    why: `${param === null ? 'Its body' : `Its field "${param}"`} is not as it must be: ${wordsOf(issue)}.`,
    mend: `Correct it; the shape is that of OpenAI's ${door}.`,
  });
  return { fault, param };
}

/** The words of the alternative that came furthest, where there were several. */
function wordsOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code !== 'invalid_union') return issue?.message ?? 'unreadable';
  const furthest = issue.errors.flat().toSorted((one, other) => other.path.length - one.path.length)[0];
  return furthest === undefined ? issue.message : wordsOf(furthest);
}

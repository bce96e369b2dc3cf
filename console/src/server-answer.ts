import { type Fault, FaultError } from '@rerig/domain/fault';
import { z } from 'zod';
import { consoleFault } from './faults.ts';

/** RFC 9457 problem details as the exchange sends them: beside the standard's members, the words of its fault. */
const problemSchema = z.object({
  code: z.string(),
  what: z.string(),
  why: z.string(),
  mend: z.string(),
  retry: z.enum(['never', 'after-mend', 'later']).default('later'),
});

/**
 * Turns whatever a call to the server ended with, other than what was asked for, into the one shape that is shown: an
 * answer that is no success, a network failure, a limit that ran out, a body of another shape. Never throws.
 */
export async function faultOf(cause: unknown): Promise<Fault> {
  if (cause instanceof Response) return faultOfResponse(cause);
  if (cause instanceof FaultError) return cause.fault;
  if (cause instanceof z.ZodError) return otherVersion(cause);
  if (cause instanceof SyntaxError) return oddAnswer('Its text is not JSON.');
  if (cause instanceof DOMException && cause.name === 'TimeoutError') return noAnswer();
  if (cause instanceof TypeError) return unreachable();
  return faultOfPage(cause);
}

/** The shape for what broke in the page itself. */
export function faultOfPage(error: unknown): Fault {
  return consoleFault('console-broken', {
    what: 'The page could not go on.',
    why: `Something broke in it: ${wordsOf(error)}.`,
    mend: 'Reload the page. If it happens again, report it with these words.',
  });
}

/** What was thrown, in words; an object whose own `toString` is broken has none. */
function wordsOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  try {
    return String(thrown);
  } catch {
    return 'an object without words';
  }
}

async function faultOfResponse(response: Response): Promise<Fault> {
  const body: unknown = await response.json().catch(() => null);
  const problem = problemSchema.safeParse(body);
  if (problem.success) return { kind: 'fault', ...problem.data };
  return oddAnswer(`It has the status ${response.status}, and does not say why.`);
}

function otherVersion(error: z.ZodError): Fault {
  const issue = error.issues[0];
  const place = issue === undefined || issue.path.length === 0 ? 'the whole' : issue.path.join('.');
  return consoleFault('console-other-version', {
    what: 'The server sent a farm that this page can not read.',
    why: `At ${place}: ${issue?.message ?? 'not the agreed shape'}. Page and server may be of different versions.`,
    mend: 'Reload the page. If that does not help, run npm ci and start the server again.',
  });
}

function oddAnswer(why: string): Fault {
  return consoleFault('console-odd-answer', {
    what: 'The server gave an answer that this page does not understand.',
    why,
    mend: "Look whether something stands between this page and the server (a proxy), then at the server's log.",
  });
}

function noAnswer(): Fault {
  return consoleFault('console-no-answer', {
    what: 'The server did not answer in time.',
    why: 'It is busy, or the line to it is cut.',
    mend: 'Wait: the page tries again by itself. If it goes on, look at the terminal where Rerig runs.',
  });
}

function unreachable(): Fault {
  return consoleFault('console-unreachable', {
    what: 'The server can not be reached.',
    why: 'Nothing answers at the address of this page: Rerig was stopped, or the network is down.',
    mend: 'Start it again with npm start. The page connects by itself as soon as it runs.',
  });
}

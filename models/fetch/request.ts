import { setTimeout as wait } from 'node:timers/promises';
import { isFault } from '@rerig/domain/fault';
import { type ModelFault, modelFault, systemWords } from '../faults.ts';
import { isPassingStatus } from './status-fault.ts';

/** One request to where models come from. */
export interface ModelRequest {
  readonly url: string;
  readonly method: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as a bearer token to the origin of `url` alone, and to no other that it redirects to. */
  readonly token: string | null;
  /** A redirect to another origin is the answer, and is not followed: its links may be signed for `GET` alone. */
  readonly staysAtOrigin?: boolean;
}

/** An answer after all redirects. Its body is still to come, and ends with `signal` of the request. */
export interface ModelReply {
  readonly response: Response;
  /** Of each redirect on the way, then of the answer: a hub tells a file's hash before it redirects. */
  readonly trail: readonly Headers[];
}

/** What the connection did, which waiting may mend: it was refused, cut, or silent for too long. */
export interface Interruption {
  readonly kind: 'interruption';
  readonly why: string;
}

/** Makes an interruption. */
export function interruption(why: string): Interruption {
  return { kind: 'interruption', why };
}

/** Whether a value is an interruption. */
export function isInterruption(value: unknown): value is Interruption {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'interruption';
}

/** Longest wait for the head of an answer, and then for its next bytes. */
export const SILENCE_MS_MAX = 60_000;
const REDIRECTS_MAX = 8;

/** Asks and follows redirects. Whatever status the last answer has, it is given. */
export async function askModelSource(
  request: ModelRequest,
  signal: AbortSignal,
  silenceMsMax = SILENCE_MS_MAX,
): Promise<ModelReply | ModelFault | Interruption> {
  const { origin } = new URL(request.url);
  const trail: Headers[] = [];
  let url = request.url;
  for (let hop = 0; hop <= REDIRECTS_MAX; hop++) {
    const token = new URL(url).origin === origin ? request.token : null;
    const response = await askOnce(url, { ...request, token }, signal, silenceMsMax);
    if (isFault(response) || isInterruption(response)) return response;
    trail.push(response.headers);
    const next = nextUrl(url, response);
    const leaves = typeof next === 'string' && new URL(next).origin !== origin;
    if (next === null || (leaves && request.staysAtOrigin === true)) return { response, trail };
    await response.body?.cancel();
    if (isFault(next)) return next;
    url = next;
  }
  return modelFault('source_refused', {
    what: `${request.url} can't be fetched.`,
    why: `It redirects more than ${REDIRECTS_MAX} times.`,
    mend: 'Open the URL in a browser, and give the one that it ends at.',
  });
}

/** Tries of a question that has no body worth keeping, and the pause before the second; each further one is twice as long. */
const QUESTION_TRIES_MAX = 4;
const QUESTION_PAUSE_MS = 400;

/** As `askModelSource`, and asks again where waiting may mend it. */
export async function askPatiently(
  request: ModelRequest,
  signal: AbortSignal,
): Promise<ModelReply | ModelFault | Interruption> {
  for (let tryCount = 1; ; tryCount++) {
    const reply = await askModelSource(request, signal);
    const isLast = tryCount === QUESTION_TRIES_MAX || isFault(reply);
    if (isLast || (!isInterruption(reply) && !isPassingStatus(reply.response.status))) return reply;
    if (!isInterruption(reply)) await reply.response.body?.cancel();
    try {
      await wait(QUESTION_PAUSE_MS * 2 ** (tryCount - 1), undefined, { signal });
    } catch {
      // Asked to stop.
      return stoppedFault();
    }
  }
}

async function askOnce(
  url: string,
  { method, headers, token }: ModelRequest,
  signal: AbortSignal,
  silenceMsMax: number,
): Promise<Response | ModelFault | Interruption> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), silenceMsMax);
  try {
    return await fetch(url, {
      method,
      redirect: 'manual',
      // Compressed bytes could not be counted, joined or compared.
      headers: {
        'user-agent': 'rerig',
        'accept-encoding': 'identity',
        ...headers,
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      signal: AbortSignal.any([signal, silence.signal]),
    });
  } catch (error) {
    if (signal.aborted) return stoppedFault();
    if (silence.signal.aborted) return interruption(`no answer within ${Math.round(silenceMsMax / 1000)} s`);
    return interruption(causeWords(error));
  } finally {
    clearTimeout(timer);
  }
}

/** Where it redirects to; null where it does not. An https source does not lead to http. */
function nextUrl(url: string, response: Response): string | ModelFault | null {
  if (![301, 302, 303, 307, 308].includes(response.status)) return null;
  const next = URL.parse(response.headers.get('location') ?? '', url);
  const isAllowed = next !== null && (next.protocol === 'https:' || next.protocol === new URL(url).protocol);
  if (isAllowed) return next.href;
  return modelFault('source_refused', {
    what: `${url} can't be fetched.`,
    why: `It redirects to "${(response.headers.get('location') ?? 'nowhere').slice(0, 200)}".`,
    mend: 'Give the URL of the file itself.',
  });
}

/** Why a request failed: fetch hides the system's word in the cause of its own. */
export function causeWords(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (cause instanceof AggregateError && cause.errors.length > 0) return systemWords(cause.errors[0]);
  return systemWords(cause);
}

/** The fault of what was broken off by its user. */
export function stoppedFault(): ModelFault {
  return modelFault('stopped', {
    what: 'The model was not added.',
    why: 'It was asked to stop.',
    mend: 'Give the same command again: it goes on where it stopped.',
  });
}

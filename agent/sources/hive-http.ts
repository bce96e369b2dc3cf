import { isFault } from '@rerig/domain/fault';
import { request } from 'undici';
import { type SourceFault, sourceFault } from './faults.ts';

const ANSWER_LIMIT_MS = 30_000;
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const TRIES_MAX = 4;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** Whom to ask, as whom, and within what. */
export interface HiveAsking {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
  readonly signal: AbortSignal;
  readonly answerLimitMs?: number;
  readonly pauseMs?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** An answer of HiveOS: as it came, and parsed. */
export interface HiveAnswer {
  readonly kind: 'answer';
  readonly text: string;
  readonly value: unknown;
}

/** Asks, and asks again after a pause where the server is busy or out of reach. */
export async function askHive(asking: HiveAsking, path: string): Promise<HiveAnswer | SourceFault> {
  for (let attempt = 1; ; attempt += 1) {
    const tried = await tryOnce(asking, path);
    if (!isFault(tried) || tried.retry !== 'later' || asking.signal.aborted || attempt >= TRIES_MAX) {
      return asking.signal.aborted && isFault(tried) ? stopped() : tried;
    }
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
    await (asking.pauseMs ?? pauseFor)(pauseMs, asking.signal);
  }
}

async function tryOnce(
  { token, url, signal, answerLimitMs }: HiveAsking,
  path: string,
): Promise<HiveAnswer | SourceFault> {
  const limitMs = answerLimitMs ?? ANSWER_LIMIT_MS;
  try {
    const response = await request(`${url}${path}`, {
      method: 'GET',
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      headersTimeout: limitMs,
      bodyTimeout: limitMs,
      signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
    });
    const text = await readBounded(response.body);
    if (response.statusCode !== 200) return refusedBy(response.statusCode, path);
    if (text === undefined) return unusableAnswer(path, `it has more than ${ANSWER_BYTES_MAX} bytes`);
    return { kind: 'answer', text, value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return unusableAnswer(path, 'it is not JSON');
    return sourceFault('hiveos-unreachable', {
      what: `HiveOS could not be asked for ${path.split('?')[0]}.`,
      why: `The system says: ${error instanceof Error ? error.message.slice(0, 200) : 'nothing'}.`,
      mend: 'See that this machine reaches the internet, and ask again.',
    });
  }
}

/** The body as text; undefined where it is larger than any page. */
async function readBounded(body: AsyncIterable<Buffer>): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  for await (const chunk of body) {
    byteCount += chunk.length;
    if (byteCount > ANSWER_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function pauseFor(pauseMs: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, pauseMs);
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}

function refusedBy(statusCode: number, path: string): SourceFault {
  const what = `HiveOS refused ${path.split('?')[0]}.`;
  if (statusCode === 401 || statusCode === 403) {
    return sourceFault('hiveos-refused', {
      what,
      why: `It answered ${statusCode}: the token is wrong, has ended, or may not read this.`,
      mend: 'Make a personal token in HiveOS under Account, Sessions, and write it into the file.',
    });
  }
  if (statusCode === 404) {
    return sourceFault('hiveos-refused', {
      what,
      why: 'It answered 404: there is no such farm for this token.',
      mend: 'Leave --farm out to read all farms, or look up its number in the address of its page.',
    });
  }
  if (statusCode !== 429 && statusCode < 500) {
    return sourceFault('hiveos-refused', {
      what,
      why: `It answered ${statusCode}.`,
      mend: 'See that the URL is that of API version 2.',
    });
  }
  return sourceFault('hiveos-unreachable', {
    what,
    why: `It answered ${statusCode}, ${TRIES_MAX} times: it is busy.`,
    mend: 'Ask again in some minutes.',
  });
}

/** An answer that is not as the API’s reference has it; `why` ends a sentence. */
export function unusableAnswer(path: string, why: string): SourceFault {
  return sourceFault('hiveos-answer-unusable', {
    what: `HiveOS’s answer to ${path.split('?')[0]} can’t be used.`,
    why: `As it came, ${why}.`,
    mend: 'Ask again; where it stays so, see that the URL is that of API version 2.',
  });
}

function stopped(): SourceFault {
  return sourceFault('source-stopped', {
    what: 'HiveOS was not asked to the end.',
    why: 'You asked to stop.',
    mend: 'Run the command again.',
  });
}

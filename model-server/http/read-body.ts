import type { IncomingMessage } from 'node:http';
import { isFault } from '@rerig/domain/fault';
import { formatBytes, formatDurationMs, MIB } from '@rerig/domain/quantity';
import { type ServeFault, serveFault } from '../faults.ts';
import type { BodyRoom } from './body-room.ts';

/** Most bytes of a request's body. */
export const BODY_BYTES_MAX = 8 * MIB;
/** Most bytes of all bodies that are being read or parsed: what is parsed takes several times as much. */
export const BODIES_BYTES_MAX = 16 * MIB;
/** Longest time that a body may take to arrive. */
const BODY_MS_MAX = 30_000;

/**
 * Reads a JSON body whole and gives what `use` makes of it; its room is given back after that. Refuses one that is too
 * large (from its announced length already), too slow, not JSON, or too much beside the others that are being read.
 */
export async function withJsonBody<Result>(
  request: IncomingMessage,
  room: BodyRoom,
  use: (json: unknown) => Promise<Result>,
): Promise<Result | ServeFault> {
  let takenBytes = 0;
  const take = (byteCount: number) => {
    if (!room.take(byteCount)) return false;
    takenBytes += byteCount;
    return true;
  };
  try {
    const bytes = await readBytes(request, take);
    if (isFault(bytes)) return bytes;
    const parsed = parseJson(bytes);
    return isFault(parsed) ? parsed : await use(parsed.json);
  } finally {
    room.giveBack(takenBytes);
  }
}

function parseJson(bytes: Buffer): { readonly json: unknown } | ServeFault {
  try {
    return { json: JSON.parse(bytes.toString('utf8')) };
  } catch {
    // The parser's own message quotes the body, which may hold a customer's words: it is not shown.
    return serveFault('malformed_json', {
      what: 'The request body is not JSON.',
      why: `${bytes.length} bytes were received that do not parse.`,
      mend: 'Send one JSON object with content-type application/json.',
    });
  }
}

function readBytes(request: IncomingMessage, take: (byteCount: number) => boolean): Promise<Buffer | ServeFault> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX) return Promise.resolve(tooLarge());
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let byteCount = 0;
    const finish = (result: Buffer | ServeFault) => {
      clearTimeout(timer);
      request.off('data', hear);
      resolve(result);
    };
    const hear = (chunk: Buffer) => {
      byteCount += chunk.length;
      if (byteCount > BODY_BYTES_MAX) finish(tooLarge());
      else if (!take(chunk.length)) finish(noRoom());
      else chunks.push(chunk);
    };
    const timer = setTimeout(() => finish(tooSlow()), BODY_MS_MAX);
    request.on('data', hear);
    request.once('end', () => finish(Buffer.concat(chunks)));
    request.once('close', () => finish(tooSlow()));
  });
}

function tooLarge(): ServeFault {
  return serveFault('body_too_large', {
    what: `The request body is larger than ${formatBytes(BODY_BYTES_MAX)}.`,
    why: 'No context that is served could hold so much text.',
    mend: 'Send fewer or shorter messages.',
  });
}

function noRoom(): ServeFault {
  return serveFault('busy', {
    what: 'The model server is busy.',
    why: `Requests of ${formatBytes(BODIES_BYTES_MAX)} together are being read, the most that may.`,
    mend: 'Try again in a moment, or send shorter messages.',
  });
}

function tooSlow(): ServeFault {
  return serveFault('body_too_slow', {
    what: 'The request body did not arrive whole.',
    why: `It broke off, or took longer than ${formatDurationMs(BODY_MS_MAX)}.`,
    mend: 'Send it again over a better connection.',
  });
}

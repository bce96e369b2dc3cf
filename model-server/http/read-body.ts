import type { IncomingMessage } from 'node:http';
import { formatBytes, formatDurationMs, MIB } from '@rerig/domain/quantity';
import { type ServeFault, serveFault } from '../faults.ts';

/** Most bytes of a request's body. */
export const BODY_BYTES_MAX = 8 * MIB;
/** Longest time that a body may take to arrive. */
const BODY_MS_MAX = 30_000;

/** Reads a JSON body whole. Refuses one that is too large (from its announced length already), too slow, or not JSON. */
export async function readJsonBody(request: IncomingMessage): Promise<{ readonly json: unknown } | ServeFault> {
  const bytes = await readBytes(request);
  if (!Buffer.isBuffer(bytes)) return bytes;
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

function readBytes(request: IncomingMessage): Promise<Buffer | ServeFault> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX) return Promise.resolve(tooLarge());
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let byteCount = 0;
    const finish = (result: Buffer | ServeFault) => {
      clearTimeout(timer);
      request.off('data', take);
      resolve(result);
    };
    const take = (chunk: Buffer) => {
      byteCount += chunk.length;
      if (byteCount > BODY_BYTES_MAX) finish(tooLarge());
      else chunks.push(chunk);
    };
    const timer = setTimeout(() => finish(tooSlow()), BODY_MS_MAX);
    request.on('data', take);
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

function tooSlow(): ServeFault {
  return serveFault('body_too_slow', {
    what: 'The request body did not arrive whole.',
    why: `It broke off, or took longer than ${formatDurationMs(BODY_MS_MAX)}.`,
    mend: 'Send it again over a better connection.',
  });
}

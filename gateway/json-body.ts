import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** A body that is no JSON, as the HTTP library names it. */
class NotJsonError extends Error {
  readonly code = 'FST_ERR_CTP_INVALID_JSON_BODY';
  readonly statusCode = 400;

  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'NotJsonError';
  }
}

const bodies = new WeakMap<FastifyRequest, Buffer>();

/** Reads JSON bodies, refusing bytes that are no UTF-8 rather than guessing. Keeps the bytes of those that need them. */
export function readJsonBodies(app: FastifyInstance): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    if (bytes.byteLength === 0) return done(new NotJsonError('it is empty'));
    if (!isUtf8(bytes)) return done(new NotJsonError('it holds bytes that are not UTF-8'));
    if (request.headers['idempotency-key'] !== undefined) bodies.set(request, bytes);
    try {
      done(null, JSON.parse(bytes.toString('utf8')));
    } catch (error) {
      // The parser's message quotes the body, which must not reach a log.
      done(new NotJsonError(error instanceof SyntaxError ? shortened(error.message) : 'it could not be read'));
    }
  });
}

/** SHA-256 of a request's path and body, in hexadecimal. */
export function requestHash(request: FastifyRequest): string {
  const hash = createHash('sha256').update(request.url).update('\n');
  return hash.update(bodies.get(request) ?? JSON.stringify(request.body ?? null)).digest('hex');
}

function shortened(message: string): string {
  return message.replace(/, (\.\.\.)?".*$/s, '').slice(0, 200);
}

import type { FastifyRequest } from 'fastify';

/** Longest id of a client's own, as the vendor has it (developers.openai.com/api/reference/overview, read 2026-11). */
const LENGTH_MAX = 512;

/**
 * The client's own id of a request, from `X-Client-Request-Id`, for traces and log: printable ASCII, up to 512 characters.
 * Null where it has none, or one that is not so: a request is not refused for it.
 */
export function clientRequestIdOf({ headers }: FastifyRequest): string | null {
  const id = headers['x-client-request-id'];
  return typeof id === 'string' && id.length <= LENGTH_MAX && /^[\x20-\x7e]+$/.test(id) ? id : null;
}

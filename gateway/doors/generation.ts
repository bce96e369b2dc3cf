import { isFault } from '@rerig/domain/fault';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { clientRequestIdOf } from '../client-request-id.ts';
import { answerOnce, type KeepAnswer } from '../idempotency/answer-once.ts';
import type { Idempotency } from '../idempotency/idempotency.ts';
import { requestHash } from '../json-body.ts';
import type { Caller } from '../ports.ts';
import { answerWhole } from '../relay/answer-whole.ts';
import { type Asked, pathOf } from '../relay/asked.ts';
import type { Ask, Gateway } from '../relay/run.ts';
import { sendStream } from '../relay/send-stream.ts';
import { authenticated, refuse } from '../rim.ts';
import { shapeFault } from '../shape-fault.ts';

/** A whole answer longer than this may stand in a socket for long: its reader is watched. In UTF-16 code units. */
const WATCHED_LENGTH_MIN = 64 * 1024;

/** What a door's schema says of a body. */
export type Checked =
  | { readonly success: true; readonly asked: Asked }
  | { readonly success: false; readonly error: z.ZodError };

/** What the doors are opened over. */
export interface DoorParts {
  readonly gateway: Gateway;
  readonly idempotency: Idempotency;
}

/** Opens a door to the models: checks key and request, honours an Idempotency-Key, and answers streamed or whole. */
export function openGenerationDoor(
  app: FastifyInstance,
  { gateway, idempotency }: DoorParts,
  door: Asked['door'],
  check: (body: unknown) => Checked,
): void {
  app.post(pathOf(door), async (request, reply) => {
    const caller = await authenticated(request, gateway.ports);
    if (isFault(caller)) return refuse(reply, caller);
    const checked = check(request.body);
    if (!checked.success) {
      const { fault, param } = shapeFault(checked.error, `POST ${pathOf(door)}`);
      return refuse(reply, fault, param);
    }
    const ask = { ...askedBy(caller, request, reply), asked: checked.asked };
    const once = { idempotency, caller, hashOf: () => requestHash(request) };
    return answerOnce(request, reply, once, (keep) => answer(gateway, ask, reply, keep));
  });
}

async function answer(gateway: Gateway, ask: Ask, reply: FastifyReply, keep: KeepAnswer | null): Promise<FastifyReply> {
  const { asked } = ask;
  if (asked.door !== 'embeddings' && asked.request.stream === true) {
    return sendStream(gateway, ask, reply, {
      includesUsage: asked.request.stream_options?.include_usage === true,
      keep: keepStream(keep),
    });
  }
  const whole = await answerWhole(gateway, ask);
  if (isFault(whole)) return refuse(reply, whole);
  const body = JSON.stringify(whole.body);
  await keep?.({ requestId: whole.requestId, contentType: 'application/json', body });
  if (body.length > WATCHED_LENGTH_MIN) giveUpStalledReader(reply, gateway.waits.stallMs);
  return reply.header('x-request-id', whole.requestId).type('application/json').send(body);
}

/** The same for all that a stream sent. */
export function keepStream(keep: KeepAnswer | null): ((body: string, requestId: string) => Promise<void>) | null {
  return keep && ((body, requestId) => keep({ requestId, contentType: 'text/event-stream', body }));
}

/** What a request says of itself beside its body. */
export function askedBy(caller: Caller, request: FastifyRequest, reply: FastifyReply): Omit<Ask, 'asked'> {
  const traceparent = traceparentOf(request);
  const clientRequestId = clientRequestIdOf(request);
  return {
    caller,
    priority: 'live',
    signal: clientGoneSignal(reply),
    onLimitHeaders: (headers) => reply.headers(headers),
    ...(traceparent === null ? {} : { traceparent }),
    ...(clientRequestId === null ? {} : { clientRequestId }),
  };
}

/** Aborted when the client closes the connection before the answer's end. */
function clientGoneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

/** The W3C trace of a request, where it has one that is well formed (www.w3.org/TR/trace-context, read 2026-11). */
function traceparentOf(request: FastifyRequest): string | null {
  const { traceparent } = request.headers;
  return typeof traceparent === 'string' && /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceparent)
    ? traceparent
    : null;
}

/** Closes the connection of a client that reads nothing of its answer, whose bytes would stand here for ever. */
function giveUpStalledReader(reply: FastifyReply, stallMs: number): void {
  reply.raw.setTimeout(stallMs, () => reply.raw.destroy());
}

import type { Fault } from '@rerig/domain/fault';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../ports.ts';
import { refuse } from '../rim.ts';
import type { Idempotency } from './idempotency.ts';

/** An answer that went out whole, with status 200. */
export interface AnsweredOnce {
  readonly requestId: string;
  readonly contentType: 'application/json' | 'text/event-stream';
  readonly body: string;
}

/** Keeps an answer for repetitions of its request. `requestHash` where it is known only once the request was read. */
export type KeepAnswer = (answered: AnsweredOnce, requestHash?: string) => Promise<void>;

/** What answering once needs to know. */
export interface OnceParts {
  readonly idempotency: Idempotency;
  readonly caller: Caller;
  /** The SHA-256 of what is asked, in hexadecimal: asked for before an answer is given again, or kept without one. */
  readonly hashOf: () => string | Promise<string>;
}

/**
 * Answers a request under its Idempotency-Key: with the answer that was kept, a refusal, or by `answer`, which keeps what
 * it sends. Without a key `answer` has nothing to keep with. Only what was answered whole should be kept.
 */
export async function answerOnce(
  request: FastifyRequest,
  reply: FastifyReply,
  { idempotency, caller, hashOf }: OnceParts,
  answer: (keep: KeepAnswer | null) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') return answer(null);
  const start = await idempotency.begin(caller, key, hashOf);
  switch (start.kind) {
    case 'refused':
      return refuseFor(reply, start.fault);
    case 'kept':
      return reply
        .code(start.answer.statusCode)
        .header('x-request-id', start.answer.requestId)
        .header('idempotent-replayed', 'true')
        .type(start.answer.contentType)
        .send(start.answer.body);
    case 'begun':
      try {
        return await answer(async (answered, requestHash) =>
          start.claim.keep({ requestHash: requestHash ?? (await hashOf()), statusCode: 200, ...answered }),
        );
      } finally {
        start.claim.release();
      }
  }
}

/** Sends what was made as JSON, under the id of its request, and keeps it for repetitions. */
export async function sendKept(
  reply: FastifyReply,
  keep: KeepAnswer | null,
  requestId: string,
  made: object,
  requestHash?: string,
): Promise<FastifyReply> {
  const body = JSON.stringify(made);
  await keep?.({ requestId, contentType: 'application/json', body }, requestHash);
  return reply.header('x-request-id', requestId).type('application/json').send(body);
}

function refuseFor(reply: FastifyReply, fault: Fault): FastifyReply {
  if (fault.retry === 'later') reply.header('retry-after', '1');
  return refuse(reply, fault);
}

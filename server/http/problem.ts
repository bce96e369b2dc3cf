import type { Fault } from '@rerig/domain/fault';
import type { FastifyReply } from 'fastify';

/** Answers with a fault as RFC 9457 problem details, with what, why and mend beside. */
export function sendProblem(reply: FastifyReply, status: number, fault: Fault): FastifyReply {
  return reply.code(status).type('application/problem+json').send(problemOf(status, fault));
}

/** The body of such an answer. */
export function problemOf(status: number, { code, what, why, mend, retry }: Fault): string {
  return JSON.stringify({
    type: `urn:rerig:fault:${code}`,
    title: what,
    status,
    detail: `${why} ${mend}`,
    code,
    what,
    why,
    mend,
    retry,
  });
}

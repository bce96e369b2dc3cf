import type { Fault } from '@rerig/domain/fault';
import type { FastifyReply } from 'fastify';

const statusByCode: ReadonlyMap<string, number> = new Map([
  ['workload-unknown', 404],
  ['card-unknown', 404],
  ['rig-unknown', 404],
  ['door-path-unknown', 404],
  ['workload-exists', 409],
  ['card-busy', 409],
  ['door-kept', 409],
  ['door-request-invalid', 400],
  ['door-broken', 500],
  ['executor-closed', 503],
  ['executor-unreachable', 503],
]);

/** Answers with a Fault, whole, as RFC 9457 problem details. */
export function sendFault(reply: FastifyReply, fault: Fault): FastifyReply {
  const status = statusByCode.get(fault.code) ?? (fault.retry === 'later' ? 503 : 422);
  const { code, what, why, mend } = fault;
  return reply
    .code(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: `urn:rerig:fault:${code}`, title: what, status, detail: `${why} ${mend}`, ...fault }));
}

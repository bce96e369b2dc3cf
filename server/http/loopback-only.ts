import type { FastifyInstance } from 'fastify';
import { httpFault } from './faults.ts';
import { sendProblem } from './problem.ts';

const LOOPBACK_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Refuses requests whose Host is not a loopback name. The server listens on loopback alone; this keeps out the web
 * pages that reach it through a name of theirs that they point at 127.0.0.1 (DNS rebinding).
 */
export function acceptLoopbackOnly(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    const name = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    if (LOOPBACK_NAMES.has(name)) return done();
    sendProblem(
      reply,
      421,
      httpFault('http-host-refused', {
        what: 'The request was refused.',
        why: `This server answers on this machine only, and the request was for the host "${name}".`,
        mend: 'Use http://127.0.0.1 with the port that was printed at the start.',
      }),
    );
  });
}

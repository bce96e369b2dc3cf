import { connect } from 'node:net';

/** How a rig answers at a port. `refuses`: its kernel lives, and nobody listens there. */
export type RigAnswer = 'answers' | 'refuses' | 'silent';

/** Tries to connect, and lets go at once. */
export function probeRig(address: string, port: number, withinMs: number): Promise<RigAnswer> {
  const { promise, resolve } = Promise.withResolvers<RigAnswer>();
  const socket = connect({ host: address, port, timeout: withinMs });
  const end = (answer: RigAnswer) => {
    resolve(answer);
    socket.destroy();
  };
  socket.once('connect', () => end('answers'));
  socket.once('timeout', () => end('silent'));
  socket.once('error', (error) => end('code' in error && error.code === 'ECONNREFUSED' ? 'refuses' : 'silent'));
  return promise;
}

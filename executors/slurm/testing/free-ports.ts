import { createServer } from 'node:net';
import { InvariantError } from '@rerig/domain/fault';

/** Below the ports that Linux gives to connections by itself, and above those of usual servers. */
const [LOWEST, HIGHEST] = [18_000, 31_000];
const TRIES_MAX = 50;

/** The first of `count` ports in a row on loopback that nobody listens on now. */
export async function freePorts(count: number): Promise<number> {
  for (let tried = 0; tried < TRIES_MAX; tried += 1) {
    const base = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST - count));
    const ports = Array.from({ length: count }, (_, index) => base + index);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return base;
  }
  throw new InvariantError(`no ${count} ports in a row are free on 127.0.0.1`);
}

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  return promise;
}

import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { InvariantError } from '@rerig/domain/fault';
import { type RunningProgram, startProgram } from '../processes/child-program.ts';
import { peerCacheFolder } from './cache-folder.ts';

export const PORTKEY_VERSION = '1.15.2';

const START_PATH = 'node_modules/@portkey-ai/gateway/build/start-server.js';
const START_LIMIT_MS = 20_000;
const TRY_PAUSE_MS = 50;

/** Where the peer is installed by `node bench/peers/get-portkey.ts`. */
export function portkeyFolder(): string {
  return join(peerCacheFolder(), `peers/portkey-${PORTKEY_VERSION}`);
}

/** Whether it is there. */
export function hasPortkey(): boolean {
  return existsSync(join(portkeyFolder(), START_PATH));
}

/** What to say where it is not there. */
export function portkeyMissing(): string {
  return `  Portkey ${PORTKEY_VERSION} is not installed: aims over it are not measured. Get it: node bench/peers/get-portkey.ts\n`;
}

/** Starts Portkey's gateway on this Node. */
export async function startPortkey(): Promise<{ readonly program: RunningProgram; readonly port: number }> {
  const port = await freePort();
  const program = await startProgram({
    command: process.execPath,
    values: [join(portkeyFolder(), START_PATH), `--port=${port}`, '--headless'],
    environment: { NODE_ENV: 'production' },
    saysReady: false,
  });
  await untilAnswers(`http://127.0.0.1:${port}/`, START_LIMIT_MS);
  return { program, port };
}

/** Headers that send a request of Portkey's to an upstream on this machine. */
export function portkeyHeaders(upstreamPort: number): Readonly<Record<string, string>> {
  return { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1` };
}

/** A port of loopback that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === 'string') throw new InvariantError('a TCP server has no port');
  return address.port;
}

/** Waits until something answers at a URL with any status below 500. */
export async function untilAnswers(url: string, limitMs: number): Promise<void> {
  const endsAtMs = performance.now() + limitMs;
  while (performance.now() < endsAtMs) {
    const status = await fetch(url).then(
      (response) => response.status,
      // Nobody listens there yet.
      () => 599,
    );
    if (status < 500) return;
    await new Promise((resolve) => setTimeout(resolve, TRY_PAUSE_MS));
  }
  throw new InvariantError(`nothing answered at ${url} within ${limitMs} ms`);
}

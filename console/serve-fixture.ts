import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import type { FarmView } from '@rerig/api/exchange';
import { InvariantError } from '@rerig/domain/fault';

/** As strict as a page of one origin can have it: no inline style or script, no eval, no data: address. */
export const STRICT_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** A server that plays the exchange towards a browser: the built pages and the two calls of the farm. */
export interface FixtureServer {
  readonly url: string;
  /** Shows another view, and tells it to every page that watches. */
  readonly push: (farm: FarmView) => void;
  /** Stops listening and cuts every connection, as a killed server does. */
  readonly stop: () => Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** Starts it on loopback, on `port` or on any that is free (0). */
export async function serveFixture(distFolder: string, first: FarmView, port = 0): Promise<FixtureServer> {
  const watchers = new Set<ServerResponse>();
  let farm = first;
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://127.0.0.1').pathname;
    if (path === '/api/v1/farm') {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(farm));
    } else if (path === '/api/v1/farm/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
      response.write(eventOf(farm));
      watchers.add(response);
      response.on('close', () => watchers.delete(response));
    } else {
      await sendPage(response, distFolder, path);
    }
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new InvariantError('the server has no TCP address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    push: (next) => {
      farm = next;
      for (const watcher of watchers) watcher.write(eventOf(farm));
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function eventOf(farm: FarmView): string {
  return `: still here\n\nevent: farm\ndata: ${JSON.stringify(farm)}\n\n`;
}

async function sendPage(response: ServerResponse, distFolder: string, path: string): Promise<void> {
  const file = extname(path) === '' ? '/index.html' : normalize(path);
  const bytes = await readFile(join(distFolder, file)).catch((error: unknown) => {
    // A file that was not built is answered as missing; the test then says which.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  response.writeHead(bytes === null ? 404 : 200, {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'content-security-policy': STRICT_POLICY,
  });
  response.end(bytes ?? '');
}

import { createServer } from 'node:http';
import { Pool } from 'undici';
import { endWithParent } from '../processes/end-with-parent.ts';

/**
 * The limit of what a gateway on Node can do: bytes through, by node:http and undici, with no key, no meter, no parsing.
 * Takes the upstream's port; prints its own as a JSON line on stdout.
 */
function main(upstreamPort: number): void {
  const pool = new Pool(`http://127.0.0.1:${upstreamPort}`, { connections: 256, pipelining: 1 });
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      const headers = { 'content-type': 'application/json' };
      pool.dispatch(
        { path: request.url ?? '/', method: 'POST', headers, body },
        {
          onRequestStart: () => undefined,
          onResponseStart: (_controller, statusCode, upstreamHeaders) => {
            response.writeHead(statusCode, { 'content-type': String(upstreamHeaders['content-type'] ?? 'text/plain') });
          },
          onResponseData: (controller, chunk) => {
            if (response.write(chunk)) return;
            controller.pause();
            response.once('drain', () => controller.resume());
          },
          onResponseEnd: () => {
            response.end();
          },
          onResponseError: () => response.destroy(),
        },
      );
    });
  });
  endWithParent();
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = address === null || typeof address === 'string' ? 0 : address.port;
    process.stdout.write(`${JSON.stringify({ port })}\n`);
  });
}

main(Number(process.argv[2]));

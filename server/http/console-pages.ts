import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { httpFault } from './faults.ts';
import { sendProblem } from './problem.ts';

/** The console loads nothing but its own files, and no other page may frame it. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Serves the console's built pages at `/`; paths that are no file and no API give its first page. */
export async function openConsolePages(app: FastifyInstance, distFolder: string): Promise<void> {
  const isBuilt = existsSync(join(distFolder, 'index.html'));
  if (isBuilt) {
    await app.register(fastifyStatic, {
      root: distFolder,
      wildcard: false,
      setHeaders: (response) => {
        response.header('content-security-policy', CONTENT_SECURITY_POLICY);
        response.header('x-content-type-options', 'nosniff');
        response.header('referrer-policy', 'no-referrer');
      },
    });
  }
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '/';
    const isPage = request.method === 'GET' && !path.startsWith('/api/') && !/\.[a-z0-9]+$/i.test(path);
    if (isPage && isBuilt) return reply.sendFile('index.html');
    if (isPage) return sendProblem(reply, 503, consoleMissing());
    return sendProblem(reply, 404, unknownPath(request.method, path));
  });
}

function consoleMissing() {
  return httpFault('http-console-missing', {
    what: "The console's pages are not there.",
    why: 'They are built by npm ci, and were not (it ran with --ignore-scripts).',
    mend: 'Run: npm run build --workspace console',
  });
}

function unknownPath(method: string, path: string) {
  return httpFault('http-unknown-path', {
    what: `There is no ${method} ${path}.`,
    why: 'No page and no call stands at that path.',
    mend: 'The console is at /, the exchange at /api/v1, the OpenAI-compatible gateway at /v1.',
  });
}

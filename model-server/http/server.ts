import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { serveFault } from '../faults.ts';
import { sendFault, sendJson } from './answer.ts';
import { answerChat, type ServedModel } from './chat-door.ts';

/** Most connections at once; a gateway holds some tens. */
const CONNECTIONS_MAX = 1024;
/** Longest idle time of a kept connection: longer than a gateway's pool keeps one, so that the pool closes first. */
const KEEP_ALIVE_MS = 75_000;

/** What `GET /health` says once the model is ready. */
export interface Health {
  readonly model: string;
  readonly contextTokens: number;
  readonly parallelCount: number;
  readonly buildVariant: string;
  /** Of one sequence alone, in the golden check. */
  readonly tokensPerSecond: number;
}

/** The server's state: nothing is served until the model is ready. */
export interface Readiness {
  served: { readonly model: ServedModel; readonly health: Health } | undefined;
  isStopping: boolean;
}

/** Makes the HTTP server; it does not listen yet. `logProblem` hears of exceptions, which are answered with 500. */
export function createModelServer(readiness: Readiness, logProblem: (problem: unknown) => void): Server {
  const server = createServer({ keepAlive: true, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    answer(readiness, request, response).catch((problem: unknown) => {
      logProblem(problem);
      response.destroy();
    });
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.headersTimeout = 10_000;
  server.requestTimeout = 60_000;
  return server;
}

async function answer(readiness: Readiness, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const method = ROUTES.get(path);
  if (method === undefined) return sendFault(response, unknownPath(path));
  if (request.method !== method) return sendFault(response, wrongMethod(path, method));
  if (path === '/health') return answerHealth(readiness, response);
  const { served } = readiness;
  if (!served) return sendFault(response, loadingFault());
  if (path === '/v1/models') return sendJson(response, 200, modelList(served.health));
  await answerChat(served.model, request, response);
}

const ROUTES: ReadonlyMap<string, string> = new Map([
  ['/health', 'GET'],
  ['/v1/models', 'GET'],
  ['/v1/chat/completions', 'POST'],
]);

function answerHealth({ served, isStopping }: Readiness, response: ServerResponse): void {
  if (!served) {
    sendJson(response, 503, { status: 'loading' });
    return;
  }
  sendJson(response, isStopping ? 503 : 200, {
    status: isStopping ? 'stopping' : 'ready',
    ...served.health,
    rssBytes: process.memoryUsage.rss(),
    ...served.model.batcher.state,
  });
}

function modelList(health: Health): object {
  return {
    object: 'list',
    data: [{ id: health.model, object: 'model', created: 0, owned_by: 'rerig', context_length: health.contextTokens }],
  };
}

function unknownPath(path: string) {
  return serveFault('unknown_path', {
    what: `There is nothing at ${JSON.stringify(path.slice(0, 200))}.`,
    why: 'A model server answers only some of OpenAI’s paths.',
    mend: `Use one of ${[...ROUTES].map(([known, method]) => `${method} ${known}`).join(', ')}.`,
  });
}

function wrongMethod(path: string, method: string) {
  return serveFault('method_not_allowed', {
    what: `${path} does not answer this method.`,
    why: `It answers ${method} alone.`,
    mend: `Send the request with ${method}.`,
  });
}

function loadingFault() {
  return serveFault('loading', {
    what: 'The model is still being loaded.',
    why: 'The server has started, but its weights and its golden check are not done.',
    mend: 'Wait until GET /health answers 200.',
  });
}

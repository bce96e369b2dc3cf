import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { unreachable } from '@rerig/domain/fault';
import type { BatcherState } from '../batching/batcher.ts';
import { serveFault } from '../faults.ts';
import { sendFault, sendJson } from './answer.ts';
import { BodyRoom } from './body-room.ts';
import { answerChat } from './chat-door.ts';
import { BODIES_BYTES_MAX } from './read-body.ts';
import type { Door, ServedModel } from './served-model.ts';

/** Most connections at once; a gateway holds some tens. */
const CONNECTIONS_MAX = 1024;
/** Longest idle time of a kept connection: longer than a gateway's pool keeps one, so that the pool closes first. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_MS_MAX = 10_000;
const REQUEST_MS_MAX = 60_000;

/** What `GET /health` says once the model is ready. */
export interface Health {
  readonly model: string;
  readonly contextTokens: number;
  readonly parallelCount: number;
  readonly buildVariant: string;
  /** Of one sequence alone, in the golden check; 0 where the model writes no text. */
  readonly tokensPerSecond: number;
  /** What can be asked of it. */
  readonly doors: readonly Door[];
  /** LoRA adapters that a request may ask for. */
  readonly adapters: readonly string[];
  /** From the start of the process until it was ready. */
  readonly loadMs: number;
}

/** The server's state: nothing is served until the model is ready. */
export type ServingState =
  | { readonly status: 'loading' }
  | { readonly status: 'ready' | 'stopping'; readonly model: ServedModel; readonly health: Health };

/**
 * Makes the HTTP server; it does not listen yet. `stateNow` is asked at each request; `logProblem` hears of exceptions,
 * which are answered with 500.
 */
export function createModelServer(stateNow: () => ServingState, logProblem: (problem: unknown) => void): Server {
  const room = new BodyRoom(BODIES_BYTES_MAX);
  const server = createServer({ keepAlive: true, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    answer(stateNow(), room, request, response).catch((problem: unknown) => {
      logProblem(problem);
      if (response.headersSent) response.destroy();
      else sendFault(response, internalError());
    });
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.headersTimeout = HEADERS_MS_MAX;
  server.requestTimeout = REQUEST_MS_MAX;
  return server;
}

async function answer(
  state: ServingState,
  room: BodyRoom,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const method = ROUTES.get(path);
  if (method === undefined) return sendFault(response, unknownPath(path));
  if (request.method !== method) return sendFault(response, wrongMethod(path, method));
  if (path === '/health') return answerHealth(state, response);
  switch (state.status) {
    case 'loading':
      return sendFault(response, loadingFault());
    case 'ready':
    case 'stopping':
      if (path === '/v1/models') return sendJson(response, 200, modelList(state.health));
      return answerChat(state.model, room, request, response);
    default:
      return unreachable(state);
  }
}

const ROUTES: ReadonlyMap<string, string> = new Map([
  ['/health', 'GET'],
  ['/v1/models', 'GET'],
  ['/v1/chat/completions', 'POST'],
]);

const IDLE_STATE: BatcherState = {
  runningCount: 0,
  waitingCount: 0,
  stepCount: 0,
  generatedTokenCount: 0,
  promptTokenCount: 0,
  cachedPromptTokenCount: 0,
};

function answerHealth(state: ServingState, response: ServerResponse): void {
  const { status } = state;
  const rssBytes = process.memoryUsage.rss();
  const words =
    status === 'loading' ? {} : { ...state.health, rssBytes, ...(state.model.writer?.batcher.state ?? IDLE_STATE) };
  sendJson(response, status === 'ready' ? 200 : 503, { status, ...words });
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

function internalError() {
  return serveFault('internal_error', {
    what: 'The request was not answered.',
    why: 'The model server met a state that its code does not expect, and wrote where to its log.',
    mend: 'Send it again; if that happens again, report the lines of the log.',
  });
}

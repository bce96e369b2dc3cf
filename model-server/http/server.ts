import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { unreachable } from '@rerig/domain/fault';
import type { BatcherState } from '../batching/batcher.ts';
import { type ServeFault, serveFault } from '../faults.ts';
import { sendFault, sendJson, sendText } from './answer.ts';
import { BodyRoom } from './body-room.ts';
import { answerChat } from './chat-door.ts';
import { answerCompletion } from './completion-door.ts';
import { refuse } from './door-refusals.ts';
import { answerEmbeddings } from './embedding-door.ts';
import { Metrics, type MetricsMoment } from './metrics.ts';
import { BODIES_BYTES_MAX } from './read-body.ts';
import { joinObservers, type RequestObserver, RequestWatch, readContext } from './request-context.ts';
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

/** Who hears of what the server does. */
export interface ServerListeners {
  /** Exceptions, which are answered with 500, and the id of the request that met one. */
  readonly onProblem: (problem: unknown, requestId: string | undefined) => void;
  /** Requests at a door, besides the metrics. */
  readonly observers: readonly RequestObserver[];
}

/** Makes the HTTP server; it does not listen yet. `stateNow` is asked at each request. */
export function createModelServer(stateNow: () => ServingState, listeners: ServerListeners): Server {
  const metrics = new Metrics();
  const grounds = {
    metrics,
    observer: joinObservers([metrics, ...listeners.observers]),
    room: new BodyRoom(BODIES_BYTES_MAX),
  };
  const server = createServer({ keepAlive: true, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const door = DOORS.get(path);
    const watch = door && new RequestWatch(readContext(request, door), grounds.observer);
    if (watch) response.setHeader('x-request-id', watch.context.requestId);
    answer(stateNow(), path, watch, grounds, request, response).catch((problem: unknown) => {
      listeners.onProblem(problem, watch?.context.requestId);
      watch?.end('failed', undefined, 'internal_error');
      if (response.headersSent) response.destroy();
      else sendFault(response, internalError());
    });
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.headersTimeout = HEADERS_MS_MAX;
  server.requestTimeout = REQUEST_MS_MAX;
  return server;
}

/** What all requests have in common. */
interface Grounds {
  readonly metrics: Metrics;
  readonly observer: RequestObserver;
  readonly room: BodyRoom;
}

async function answer(
  state: ServingState,
  path: string,
  watch: RequestWatch | undefined,
  { metrics, room }: Grounds,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refuseIt = (fault: ServeFault) => (watch ? refuse(response, watch, fault) : sendFault(response, fault));
  const method = ROUTES.get(path);
  if (method === undefined) return refuseIt(unknownPath(path));
  if (request.method !== method) return refuseIt(wrongMethod(path, method));
  if (path === '/health') return answerHealth(state, response);
  if (path === '/metrics') return sendText(response, metrics.render(momentOf(state)));
  if (state.status === 'loading') return refuseIt(loadingFault());
  if (watch === undefined) return sendJson(response, 200, modelList(state.health));
  switch (watch.context.door) {
    case 'chat':
      return answerChat(state.model, room, watch, request, response);
    case 'completions':
      return answerCompletion(state.model, room, watch, request, response);
    case 'embeddings':
      return answerEmbeddings(state.model, room, watch, request, response);
    default:
      return unreachable(watch.context.door);
  }
}

const DOORS: ReadonlyMap<string, Door> = new Map([
  ['/v1/chat/completions', 'chat'],
  ['/v1/completions', 'completions'],
  ['/v1/embeddings', 'embeddings'],
]);
const ROUTES: ReadonlyMap<string, string> = new Map([
  ['/health', 'GET'],
  ['/metrics', 'GET'],
  ['/v1/models', 'GET'],
  ...Array.from(DOORS.keys(), (path) => [path, 'POST'] as const),
]);

function momentOf(state: ServingState): MetricsMoment {
  const rssBytes = process.memoryUsage.rss();
  if (state.status === 'loading') return { model: '', slotCount: 0, batcher: undefined, rssBytes };
  const { health, model } = state;
  return { model: health.model, slotCount: health.parallelCount, batcher: model.writer?.batcher.state, rssBytes };
}

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

import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isFault } from '@rerig/domain/fault';
import { type ModelFault, modelFault, systemWords } from '../faults.ts';
import type { ModelStore } from '../model-store.ts';
import { answerFault, sendBlob } from './send-blob.ts';

/** Where and to whom a store is shared. */
export interface ShareOptions {
  /** An address of this machine; `127.0.0.1` is this machine alone. */
  readonly address: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Asked of every request; null only where `address` is this machine's own. */
  readonly token: string | null;
  /** After each answer: what was asked for, the status, and the bytes sent. */
  readonly onAnswer?: (path: string, status: number, sentBytes: number) => void;
}

/** A store that is shared. */
export interface ModelShare {
  readonly port: number;
  /** Ends it: running answers get `STOP_MS_MAX`, then they are cut off. */
  readonly stop: () => Promise<void>;
}

/** The port where `rerig models serve` is found. */
export const MODELS_PORT_DEFAULT = 7411;
const CONNECTIONS_MAX = 128;
/** Longest for a request's head, and longest silence of a reader. */
const HEAD_MS_MAX = 15_000;
const SILENCE_MS_MAX = 60_000;
const STOP_MS_MAX = 3000;

/**
 * Shares a store: `GET /models` gives every entry, `GET` and `HEAD /blobs/sha256/HASH` the bytes, with single ranges. Only
 * blobs that an entry names are given. A reader that is slow costs one buffer of its own.
 */
export async function shareModels(store: ModelStore, options: ShareOptions): Promise<ModelShare | ModelFault> {
  if (options.token === null && !isLoopback(options.address)) return tokenMissing(options.address);
  const server = createServer((request, response) => void answer(store, options, request, response));
  server.maxConnections = CONNECTIONS_MAX;
  server.headersTimeout = HEAD_MS_MAX;
  server.requestTimeout = HEAD_MS_MAX;
  server.setTimeout(SILENCE_MS_MAX, (socket) => socket.destroy());
  const port = await listen(server, options);
  if (isFault(port)) return port;
  return { port, stop: () => stopServer(server) };
}

/** Whether an address is reached from this machine alone. */
function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127(\.\d{1,3}){3}$/.test(address);
}

function listen(server: Server, { address, port }: ShareOptions): Promise<number | ModelFault> {
  return new Promise((resolve) => {
    server.once('error', (error) => resolve(notOpen(address, port, error)));
    server.listen(port, address, () => {
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
    });
  });
}

function stopServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const limit = setTimeout(() => server.closeAllConnections(), STOP_MS_MAX);
    server.close(() => {
      clearTimeout(limit);
      resolve();
    });
    server.closeIdleConnections();
  });
}

async function answer(
  store: ModelStore,
  { token, onAnswer }: ShareOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const { socket } = request;
  const beforeBytes = socket.bytesWritten;
  response.on('close', () => onAnswer?.(path, response.statusCode, socket.bytesWritten - beforeBytes));
  // A reader that goes away is no fault of ours.
  response.on('error', () => undefined);
  if (token !== null && !isRightToken(request.headers.authorization, token))
    return answerFault(response, 401, wrongToken());
  if (request.method !== 'GET' && request.method !== 'HEAD') return answerFault(response, 405, unknownPath(path));
  if (path === '/models') return answerModels(store, request, response);
  const sha256 = /^\/blobs\/sha256\/([0-9a-f]{64})$/.exec(path)?.[1];
  const isKnown = sha256 !== undefined && hasPart(store, sha256);
  if (!isKnown) return answerFault(response, 404, unknownPath(path));
  await sendBlob(store.blobPath(sha256), sha256, request, response);
}

function hasPart(store: ModelStore, sha256: string): boolean {
  return store.list().models.some(({ parts }) => parts.some((part) => part.sha256 === sha256));
}

function answerModels(store: ModelStore, request: IncomingMessage, response: ServerResponse): void {
  const body = Buffer.from(JSON.stringify({ models: store.list().models }));
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Compared over hashes, so that neither the time nor the length tells anything. */
function isRightToken(header: string | undefined, token: string): boolean {
  const given = /^Bearer (.+)$/i.exec(header ?? '')?.[1] ?? '';
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(token));
}

function wrongToken(): ModelFault {
  return modelFault('token_wrong', {
    what: 'The models of this machine are not shared with everybody.',
    why: 'The request has no bearer token, or a wrong one.',
    mend: 'Give --token with the token that "rerig models serve" shows there.',
  });
}

function unknownPath(path: string): ModelFault {
  return modelFault('unknown_path', {
    what: `There is nothing at ${path.slice(0, 200)}.`,
    why: 'GET /models lists the models, and GET /blobs/sha256/HASH gives the bytes of one.',
    mend: 'Ask for one of those.',
  });
}

function tokenMissing(address: string): ModelFault {
  return modelFault('share_not_open', {
    what: `Models are not shared at ${address} without a token.`,
    why: 'Everybody in that network could fetch them, licensed ones too.',
    mend: 'Give --token TOKEN, or listen at 127.0.0.1.',
  });
}

function notOpen(address: string, port: number, error: unknown): ModelFault {
  return modelFault('share_not_open', {
    what: `Models can't be shared at ${address}:${port}.`,
    why: `The system says: ${systemWords(error)}.`,
    mend: 'Give --listen with an address of this machine and a port that is free.',
  });
}

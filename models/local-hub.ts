import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as setTimeoutPromise } from 'node:timers/promises';
import { readRange } from './byte-range.ts';

/** How a file of the local hub misbehaves; what is absent behaves. Counts are bytes of a body. */
export interface LocalHubFile {
  readonly content: Buffer;
  /** The content that is given from the second body on. */
  readonly laterContent?: Buffer;
  /** Asked for by the hub itself; its CDN takes any link that the hub gave. */
  readonly token?: string;
  readonly hasNoRanges?: boolean;
  readonly hasNoEtag?: boolean;
  /** Each body is cut off after so many. */
  readonly cutAfterBytes?: number;
  /** Each body takes a pause of 10 ms after so many. */
  readonly pauseEveryBytes?: number;
  /** Said by the hub in place of the content's own. */
  readonly saidBytes?: number;
  readonly saidSha256?: string;
  /** These statuses are given first, one a request of a body. */
  readonly statusesFirst?: readonly number[];
  readonly contentType?: string;
  /** These statuses are given first by the hub itself. */
  readonly hubStatusesFirst?: readonly number[];
}

/** One request that the local hub saw. */
export interface LocalHubRequest {
  readonly at: 'hub' | 'cdn';
  readonly method: string;
  readonly path: string;
  readonly range: string | null;
  readonly authorization: string | null;
}

/** A hub on this machine: a hub that redirects, and a CDN at another port that gives the bytes. For tests. */
export interface LocalHub {
  readonly endpoint: string;
  readonly cdnOrigin: string;
  readonly requests: readonly LocalHubRequest[];
  /** Files by `ORG/REPO/PATH`; may be changed while it runs. */
  readonly files: Map<string, LocalHubFile>;
  readonly close: () => Promise<void>;
}

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const PAUSE_MS = 10;

/** Starts a local hub that speaks as Hugging Face's does: `resolve`, `tree`, LFS headers, a redirect to a CDN. */
export async function startLocalHub(files: ReadonlyMap<string, LocalHubFile>): Promise<LocalHub> {
  const state: HubState = { files: new Map(files), requests: [], bodyCounts: new Map(), cdnOrigin: '' };
  const cdn = createServer((request, response) => void answerCdn(state, request, response));
  state.cdnOrigin = await listen(cdn);
  const hub = createServer((request, response) => answerHub(state, request, response));
  const endpoint = await listen(hub);
  return {
    endpoint,
    cdnOrigin: state.cdnOrigin,
    requests: state.requests,
    files: state.files,
    close: async () => {
      for (const server of [hub, cdn]) {
        server.close();
        server.closeAllConnections();
      }
      await Promise.all([once(hub, 'close'), once(cdn, 'close')]);
    },
  };
}

interface HubState {
  readonly files: Map<string, LocalHubFile>;
  readonly requests: LocalHubRequest[];
  readonly bodyCounts: Map<string, number>;
  cdnOrigin: string;
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

function note(state: HubState, at: 'hub' | 'cdn', { method = '', url = '', headers }: IncomingMessage): void {
  const { range = null, authorization = null } = headers;
  state.requests.push({ at, method, path: url, range, authorization });
}

function answerHub(state: HubState, request: IncomingMessage, response: ServerResponse): void {
  note(state, 'hub', request);
  const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
  const tree = /^\/api\/models\/([^/]+\/[^/]+)\/tree\//.exec(path)?.[1];
  if (tree !== undefined) {
    answerTree(state, tree, response);
    return;
  }
  const [, repository = '', file = ''] = /^\/([^/]+\/[^/]+)\/resolve\/[^/]+\/(.+)$/.exec(path) ?? [];
  const key = `${repository}/${file}`;
  const found = state.files.get(key);
  if (found === undefined) {
    response.writeHead(404, { 'x-error-code': 'EntryNotFound', 'x-error-message': 'Entry not found' }).end();
    return;
  }
  const questionCount = state.bodyCounts.get(`hub ${key}`) ?? 0;
  state.bodyCounts.set(`hub ${key}`, questionCount + 1);
  const status = found.hubStatusesFirst?.[questionCount];
  if (status !== undefined) {
    response.writeHead(status).end();
    return;
  }
  if (found.token !== undefined && request.headers.authorization !== `Bearer ${found.token}`) {
    response.writeHead(401, { 'x-error-code': 'GatedRepo', 'x-error-message': 'Access to this model is restricted' });
    response.end();
    return;
  }
  const sha256 = found.saidSha256 ?? sha256Of(found.content);
  response
    .writeHead(302, {
      location: `${state.cdnOrigin}/${encodeURIComponent(key)}`,
      'x-repo-commit': COMMIT,
      'x-linked-size': found.saidBytes ?? found.content.length,
      'x-linked-etag': `"${sha256}"`,
    })
    .end();
}

function answerTree(state: HubState, repository: string, response: ServerResponse): void {
  const tree = [...state.files]
    .filter(([key]) => key.startsWith(`${repository}/`))
    .map(([key, { content }]) => ({
      type: 'file',
      path: key.slice(repository.length + 1),
      size: content.length,
      lfs: { oid: sha256Of(content), size: content.length },
    }));
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(tree));
}

async function answerCdn(state: HubState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  note(state, 'cdn', request);
  response.on('error', () => undefined);
  const key = decodeURIComponent((request.url ?? '').slice(1));
  const file = state.files.get(key);
  // Signed links are for GET alone.
  if (file === undefined || request.method !== 'GET') {
    response.writeHead(file === undefined ? 404 : 403).end();
    return;
  }
  const bodyCount = state.bodyCounts.get(key) ?? 0;
  state.bodyCounts.set(key, bodyCount + 1);
  const status = file.statusesFirst?.[bodyCount];
  if (status !== undefined) {
    response.writeHead(status).end();
    return;
  }
  const content = bodyCount > 0 ? (file.laterContent ?? file.content) : file.content;
  await sendContent(file, content, request, response);
}

async function sendContent(
  file: LocalHubFile,
  content: Buffer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const etag = `"${sha256Of(content).slice(0, 32)}"`;
  const ifRange = request.headers['if-range'];
  const isSame = ifRange === undefined || (ifRange === etag && file.hasNoEtag !== true);
  const range = file.hasNoRanges === true || !isSame ? null : readRange(request.headers.range, content.length);
  if (range === 'beyond') {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  const body = range === null ? content : content.subarray(range.firstByte, range.lastByte + 1);
  response.setHeader('content-length', body.length);
  response.setHeader('content-type', file.contentType ?? 'application/octet-stream');
  if (file.hasNoEtag !== true) response.setHeader('etag', etag);
  if (range !== null)
    response.setHeader('content-range', `bytes ${range.firstByte}-${range.lastByte}/${content.length}`);
  response.writeHead(range === null ? 200 : 206);
  await sendSlowly(file, body, response);
}

async function sendSlowly(file: LocalHubFile, body: Buffer, response: ServerResponse): Promise<void> {
  const endBytes = Math.min(body.length, file.cutAfterBytes ?? body.length);
  const isWhole = endBytes === body.length;
  try {
    await pipeline(Readable.from(pieces(file, body.subarray(0, endBytes))), response, { end: isWhole });
  } catch {
    // The client went away, as it may.
  }
  // What was written so far goes out before the connection is cut.
  if (!isWhole) setTimeout(() => response.destroy(), PAUSE_MS);
}

async function* pieces({ pauseEveryBytes }: LocalHubFile, body: Buffer): AsyncGenerator<Buffer> {
  const stepBytes = pauseEveryBytes ?? 64 * 1024;
  for (let sentBytes = 0; sentBytes < body.length; sentBytes += stepBytes) {
    yield body.subarray(sentBytes, sentBytes + stepBytes);
    if (pauseEveryBytes !== undefined) await setTimeoutPromise(PAUSE_MS);
  }
}

function sha256Of(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

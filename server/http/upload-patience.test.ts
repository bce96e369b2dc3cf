import { connect } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refuseConnection } from './refuse-connection.ts';
import { UploadPatience } from './upload-patience.ts';

const LATE = 'ERR_HTTP_REQUEST_TIMEOUT';
/** Of every request, and of an upload's window. */
const LIMIT_MS = 200;
const SEND_EVERY_MS = 20;
const WINDOW_BYTES_MIN = 1_000;

let app: FastifyInstance;
let port = 0;
let takenBytes = 0;

beforeAll(async () => {
  const patience = new UploadPatience((socket) => refuseConnection(socket, LATE), {
    windowMs: LIMIT_MS,
    windowBytesMin: WINDOW_BYTES_MIN,
  });
  app = Fastify({
    requestTimeout: LIMIT_MS,
    // Node takes the longer of two limits for the whole request: that of headers is a minute where it is not said.
    http: { connectionsCheckingInterval: 50, headersTimeout: LIMIT_MS },
    forceCloseConnections: true,
    clientErrorHandler: (error, socket) => {
      if (error.code !== LATE || !patience.isGranted(socket)) refuseConnection(socket, error.code);
    },
  });
  patience.attach(app);
  app.addContentTypeParser('text/plain', (_request, _payload, done) => done(null));
  app.post('/v1/files', async (request, reply) => {
    if (request.headers.authorization === undefined) return reply.code(401).send({});
    takenBytes = 0;
    for await (const piece of request.raw) takenBytes += piece.length;
    return { takenBytes };
  });
  app.post('/v1/batches', async (request) => {
    for await (const piece of request.raw) takenBytes += piece.length;
    return {};
  });
  port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
});

afterAll(() => app.close());

interface Sent {
  readonly said: string;
  readonly tookMs: number;
}

/** Sends a piece of the body every 20 ms, until it is whole or the connection is closed. */
async function send(path: string, pieceBytes: number, bodyBytes: number, headers = 'authorization: x\r\n') {
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${headers}content-type: text/plain\r\n`;
  return talk(`${head}connection: close\r\ncontent-length: ${bodyBytes}\r\n\r\n`, pieceBytes, bodyBytes);
}

async function talk(head: string, pieceBytes: number, bodyBytes: number): Promise<Sent> {
  const startedAtMs = performance.now();
  const socket = connect(port, '127.0.0.1');
  let said = '';
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('data', (bytes) => {
    said += String(bytes);
    clearInterval(timer);
  });
  // A connection that is closed under a write says so here; what it said before is what counts.
  socket.on('error', () => socket.destroy());
  socket.write(head);
  let leftBytes = bodyBytes;
  const timer = setInterval(() => {
    const nextBytes = Math.min(pieceBytes, leftBytes);
    leftBytes -= nextBytes;
    if (nextBytes > 0 && socket.writable) socket.write('x'.repeat(nextBytes));
  }, SEND_EVERY_MS);
  await closed;
  clearInterval(timer);
  return { said, tookMs: performance.now() - startedAtMs };
}

describe('an upload', () => {
  it('may take many times the limit of a request while it keeps coming', async () => {
    const bodyBytes = 60 * WINDOW_BYTES_MIN;
    const { said, tookMs } = await send('/v1/files', WINDOW_BYTES_MIN, bodyBytes);
    expect(said).toMatch(/^HTTP\/1\.1 200 /);
    expect(said).toContain(`{"takenBytes":${bodyBytes}}`);
    expect(tookMs).toBeGreaterThan(4 * LIMIT_MS);
  });

  it.each([
    ['drips', 1],
    ['stands still', 0],
  ])('that %s is given up', async (_, pieceBytes) => {
    const { said, tookMs } = await send('/v1/files', pieceBytes, 1_000_000);
    expect(said).toMatch(/^HTTP\/1\.1 408 (?:.|\n|\r)*http-request-late/);
    expect(tookMs).toBeLessThan(20 * LIMIT_MS);
  });

  it('that was refused before its body came holds no connection', async () => {
    const { said, tookMs } = await send('/v1/files', WINDOW_BYTES_MIN, 1_000_000_000, '');
    expect(said).toMatch(/^HTTP\/1\.1 401 /);
    expect(tookMs).toBeLessThan(20 * LIMIT_MS);
  });
});

describe('any other request', () => {
  it.each([
    ['a body', 'POST /v1/batches HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 1000000\r\n\r\n'],
    ['headers', 'POST /v1/files HTTP/1.1\r\nhost: x\r\nx-slow: '],
    ['nothing at all', ''],
  ])('has its limit, whether it is slow with %s', async (_, head) => {
    const { said, tookMs } = await talk(head, head === '' ? 0 : WINDOW_BYTES_MIN / 100, 1_000_000);
    expect(said).toMatch(/^HTTP\/1\.1 408 /);
    expect(tookMs).toBeLessThan(20 * LIMIT_MS);
  });

  it('is refused with headers without end, or as no HTTP', async () => {
    expect((await talk(`GET / HTTP/1.1\r\nx: ${'a'.repeat(100_000)}`, 0, 0)).said).toMatch(/431 .*(?:.|\n|\r)*headers/);
    expect((await talk('HELO there\r\n\r\n', 0, 0)).said).toMatch(/^HTTP\/1\.1 400 (?:.|\n|\r)*http-not-http/);
  });
});

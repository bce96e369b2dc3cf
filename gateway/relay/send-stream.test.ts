import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KEY, MODEL, ScriptedGateway } from '../scripted-gateway.ts';
import { chunkOf, goodScript, type Script, wholeOf } from '../scripted-replica.ts';

const WAITS = { stallMs: 400, keepAliveMs: 50 };
/** What kernel buffers and the gateway's own bounds may hold of one stream between a replica and its reader. */
const IN_BETWEEN_BYTES_MAX = 32e6;

const hello = { model: MODEL, messages: [{ role: 'user' as const, content: 'Hello' }] };
const whole = JSON.stringify(hello);
const streamed = JSON.stringify({ ...hello, stream: true });

const gateway = new ScriptedGateway();
const patient = new ScriptedGateway();

beforeAll(async () => {
  await gateway.open({ waits: WAITS });
  await patient.open();
});

beforeEach(() => {
  gateway.reset();
  patient.reset();
});

afterAll(async () => {
  await gateway.close();
  await patient.close();
});

/** Sends a request on a connection that takes nothing until it is told to. */
function askUnread(of: ScriptedGateway, body: string): Socket {
  const { hostname, port } = new URL(of.baseUrl);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => socket.destroy());
  socket.pause();
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEY}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  return socket;
}

/** A stream of 64 MB, as fast as it is taken; tells how much of it was. */
function flood(): { readonly script: Script; readonly sentBytes: () => number } {
  let sentBytes = 0;
  const event = chunkOf('a'.repeat(32 * 1024), 1);
  const push = (response: ServerResponse) => {
    while (sentBytes < 64e6 && !response.destroyed) {
      sentBytes += event.length;
      if (response.write(event)) continue;
      response.once('drain', () => push(response));
      return;
    }
  };
  const script: Script = (_request, response) => {
    response.writeHead(200);
    push(response);
  };
  return { script, sentBytes: () => sentBytes };
}

describe('a reader that takes little or nothing', () => {
  it('of a byte a second costs bounded memory, and the others are answered meanwhile', async () => {
    const { script, sentBytes } = flood();
    patient.script = script;
    const socket = askUnread(patient, streamed);
    await expect.poll(sentBytes, { timeout: 5_000 }).toBeGreaterThan(0);
    patient.script = goodScript;
    let takenBytes = 0;
    let sentBytesBefore = 0;
    const taking = setInterval(() => {
      sentBytesBefore = sentBytes();
      const bytes: unknown = socket.read(1);
      if (bytes instanceof Buffer) takenBytes += bytes.length;
    }, 1_000);
    for (let asked = 0; asked < 3; asked += 1) {
      await expect.poll(() => takenBytes, { timeout: 5_000 }).toBeGreaterThan(asked);
      const response = await patient.post(whole);
      expect(response.status).toBe(200);
      await response.text();
    }
    clearInterval(taking);
    expect(sentBytes()).toBeLessThan(IN_BETWEEN_BYTES_MAX);
    expect(sentBytes()).toBe(sentBytesBefore);
    socket.destroy();
    expect([...(await patient.outcomes(4))].sort()).toEqual(['client-gone', 'completed', 'completed', 'completed']);
  }, 20_000);

  it('is given up once it has taken nothing for as long as is waited, and its stream is charged as left', async () => {
    const { script, sentBytes } = flood();
    gateway.script = script;
    const socket = askUnread(gateway, streamed);
    expect(await gateway.outcomes(1)).toEqual(['client-gone']);
    expect(sentBytes()).toBeLessThan(IN_BETWEEN_BYTES_MAX);
    expect(gateway.settled[0]?.delivery.usage.completion_tokens).toBeGreaterThan(0);
    socket.destroy();
  });

  it('of a large whole answer loses its connection, which would hold the answer for ever', async () => {
    gateway.script = (_request, response) => response.end(wholeOf('a'.repeat(24e6), 3));
    const accepted: Socket[] = [];
    gateway.app.server.once('connection', (connection) => accepted.push(connection));
    const socket = askUnread(gateway, whole);
    expect(await gateway.outcomes(1)).toEqual(['completed']);
    let takenBytes = 0;
    await expect.poll(() => accepted[0]?.destroyed, { timeout: 5_000 }).toBe(true);
    socket.on('data', (bytes) => {
      takenBytes += bytes.length;
    });
    socket.resume();
    await once(socket, 'close');
    expect(takenBytes).toBeLessThan(24e6);
  });
});

/** Reads a stream that waits; calls back once it was told twice that it does. Gives all of its text. */
async function readWaiting(response: Response, onToldTwice: () => void): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if (text.split(': waiting for a replica\n\n').length > 2) onToldTwice();
  }
  return text;
}

describe('a stream that waits for a cold start', () => {
  it('is told that it waits by comments, which are no events, and then gets its answer', async () => {
    const { replicas } = gateway;
    const started = Promise.withResolvers<boolean>();
    gateway.replicas = [];
    gateway.onAwait = () => started.promise;
    const text = await readWaiting(await gateway.post(streamed), () => {
      gateway.replicas = replicas;
      started.resolve(true);
    });
    expect(text.lastIndexOf(': waiting')).toBeLessThan(text.indexOf('data: '));
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(await gateway.outcomes(1)).toEqual(['completed']);
  });

  it('gets an error event where none starts, as its head was sent, and holds nothing', async () => {
    const started = Promise.withResolvers<boolean>();
    gateway.replicas = [];
    gateway.onAwait = () => started.promise;
    const response = await gateway.post(streamed);
    const text = await readWaiting(response, () => started.resolve(false));
    expect(response.status).toBe(200);
    expect(text).toMatch(/data: \{"error":.*"no_replica"/);
    expect(text).not.toContain('[DONE]');
    expect(gateway.admitted).toEqual([]);
  });
});

import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { openAiErrorSchema } from '@rerig/api/openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MODEL, ScriptedGateway } from '../scripted-gateway.ts';
import type { Script } from '../scripted-replica.ts';

const WAITS = { firstTokenMs: 300, wholeMs: 300, probeMs: 300, lookingMs: 250 };
/** What a connection's buffers may hold of what is not read, over all tries. */
const IN_BETWEEN_BYTES_MAX = 32e6;

const hello = { model: MODEL, messages: [{ role: 'user' as const, content: 'Hello' }] };
const whole = JSON.stringify(hello);
const streamed = JSON.stringify({ ...hello, stream: true });

const gateway = new ScriptedGateway();

beforeAll(async () => {
  await gateway.open({ waits: WAITS });
});

beforeEach(() => gateway.reset());

afterAll(() => gateway.close());

async function withReplicaOf(speak: (socket: Socket) => void, use: (port: number) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    speak(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  try {
    await use(typeof address === 'object' && address !== null ? address.port : 0);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

describe('a replica that hangs or never ends', () => {
  const hang: Script = () => undefined;

  it.each([
    ['a whole answer', whole],
    ['a stream', streamed],
  ])('is passed over at its limit for the next, of %s', async (_, body) => {
    const [good] = gateway.replicas;
    if (good === undefined) expect.fail('there is no replica');
    await withReplicaOf(
      () => undefined,
      async (port) => {
        // A higher price ranks behind: the one that hangs is asked first.
        gateway.replicas = [
          gateway.replica('hangs', port),
          { ...good, priceMicroUsdPerMillionCompletionTokens: 900_000n },
        ];
        const response = await gateway.post(body);
        expect(response.status).toBe(200);
        expect(await response.text()).toContain('8 GB');
        expect(await gateway.outcomes(1)).toEqual(['completed']);
        expect(gateway.observed).toMatchObject([{ triedCount: 2 }]);
      },
    );
  });

  it.each([
    ['a whole answer', whole],
    ['a stream', streamed],
  ])(
    'is a refusal that is free where it is the only one, of %s',
    async (_, body) => {
      gateway.script = hang;
      const response = await gateway.post(body);
      const text = await response.text();
      expect([200, 502, 503]).toContain(response.status);
      expect(text).toMatch(/within 0\.3 s/);
      expect(await gateway.outcomes(1)).toEqual(['refused']);
      expect(gateway.settled[0]?.delivery.usage.total_tokens).toBe(0);
    },
    20_000,
  );

  it('that sends headers without end is cut off after a bounded number of bytes', async () => {
    let sentBytes = 0;
    await withReplicaOf(
      (socket) => {
        const line = `x-endless: ${'a'.repeat(1_000)}\r\n`;
        const push = () => {
          while (!socket.destroyed && sentBytes < 512e6) {
            sentBytes += line.length;
            if (socket.write(line)) continue;
            socket.once('drain', push);
            return;
          }
        };
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\n');
          push();
        });
      },
      async (port) => {
        gateway.replicas = [gateway.replica('endless', port)];
        const response = await gateway.post(whole);
        const { error } = openAiErrorSchema.parse(await response.json());
        expect(error.code).toBe('replica_failed');
        expect(await gateway.outcomes(1)).toEqual(['refused']);
        // Each try reads no more than a connection's buffers hold.
        expect(sentBytes).toBeLessThan(IN_BETWEEN_BYTES_MAX);
      },
    );
  }, 20_000);
});

import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type OpenAiError, openAiErrorSchema } from '@rerig/api/openai';
import { isFault } from '@rerig/domain/fault';
import fc from 'fast-check';
import Fastify, { type FastifyInstance } from 'fastify';
import OpenAI from 'openai';
import { Pool } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  BODY_BYTES_MAX,
  type Delivery,
  type GatewayPorts,
  gatewayFault,
  openGateway,
  type RequestBounds,
} from './gateway.ts';
import { caller, chunkOf, goodScript, replicaOf, type Script } from './scripted-replica.ts';

const KEY = 'rk-test-key-of-the-customer';
const MODEL = 'tiny';

/** A replica as a program of its own: it plays whatever script a test gives it, good or bad. */
let script: Script;
let replicaServer: Server;
let app: FastifyInstance;
let baseUrl = '';
let pools: Pool[] = [];
let replicaPorts: number[] = [];
let creditLeft = true;
let admitted: { readonly requestId: string; readonly bounds: RequestBounds }[] = [];
let settled: { readonly requestId: string; readonly delivery: Delivery }[] = [];
let settleFaults = 0;

const ports: GatewayPorts = {
  authenticate: async (secret) =>
    secret === KEY
      ? caller
      : gatewayFault('invalid_api_key', { what: 'The API key was refused.', why: 'It is unknown.', mend: 'Check it.' }),
  models: async () => [
    {
      model: MODEL,
      ownedBy: 'op',
      createdAtUnixSeconds: 1,
      status: 'ready',
      coldStartMs: null,
      contextTokens: 1024,
      priceMicroUsdPerMillionPromptTokens: 50_000n,
      priceMicroUsdPerMillionCompletionTokens: 200_000n,
    },
  ],
  replicas: async (_caller, model) =>
    model === MODEL
      ? pools.map((dispatcher, index) => replicaOf(`r${index}`, model, dispatcher))
      : gatewayFault('model_not_found', { what: 'No.', why: 'No.', mend: 'No.' }),
  awaitReplica: async () => gatewayFault('no_replica', { what: 'No.', why: 'None.', mend: 'Wait.' }),
  reportReplica: () => undefined,
  admit: async (_caller, { requestId, bounds }) => {
    if (!creditLeft)
      return gatewayFault('insufficient_quota', { what: 'Refused.', why: 'No credit.', mend: 'Add credit.' });
    admitted.push({ requestId, bounds });
    return null;
  },
  settle: async (requestId, delivery) => {
    if (settleFaults > 0) {
      settleFaults -= 1;
      return gatewayFault('accounting_unavailable', { what: 'Not now.', why: 'The database is away.', mend: 'Wait.' });
    }
    settled.push({ requestId, delivery });
    return null;
  },
  now: () => performance.now(),
  makeRequestId: () => `chatcmpl-${admitted.length}-${Math.random()}`,
};

function openai(key = KEY): OpenAI {
  return new OpenAI({ apiKey: key, baseURL: `${baseUrl}/v1`, maxRetries: 0 });
}

function post(body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${baseUrl}/v1/chat/completions`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
  });
}

async function errorOf(response: Response): Promise<OpenAiError> {
  return openAiErrorSchema.parse(await response.json());
}

const hello = { model: MODEL, messages: [{ role: 'user' as const, content: 'Hello' }] };

beforeAll(async () => {
  replicaServer = createServer((request, response) => script(request, response)).listen(0, '127.0.0.1');
  await once(replicaServer, 'listening');
  app = Fastify({ bodyLimit: BODY_BYTES_MAX, forceCloseConnections: true });
  await openGateway(app, ports);
  baseUrl = await app.listen({ host: '127.0.0.1', port: 0 });
});

beforeEach(() => {
  script = goodScript;
  admitted = [];
  settled = [];
  creditLeft = true;
  settleFaults = 0;
  replicaPorts = [(replicaServer.address() as AddressInfo).port];
  pools = replicaPorts.map((port) => new Pool(`http://127.0.0.1:${port}`));
});

afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.destroy()));
});

afterAll(async () => {
  await app.close();
  replicaServer.closeAllConnections();
  replicaServer.close();
});

async function settlement(): Promise<Delivery> {
  await expect.poll(() => settled.length, { timeout: 5_000 }).toBe(1);
  const [first] = settled;
  if (first === undefined) expect.fail('nothing was settled');
  return first.delivery;
}

describe('the gateway with the official client', () => {
  it('lists the models of the key', async () => {
    const { data } = await openai().models.list();
    expect(data.map(({ id }) => id)).toEqual([MODEL]);
    expect((await openai().models.retrieve(MODEL)).owned_by).toBe('op');
  });

  it('answers whole, with usage, and settles once', async () => {
    const answer = await openai().chat.completions.create(hello);
    expect(answer.choices[0]?.message.content).toBe('Grüße 8 GB.');
    expect(answer.choices[0]?.finish_reason).toBe('stop');
    expect(answer.usage).toMatchObject({ prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 });
    expect(await settlement()).toMatchObject({ outcome: 'completed', usage: { completion_tokens: 3 } });
  });

  it('streams, and gives usage at the end only where it was asked for', async () => {
    for (const include_usage of [true, false]) {
      const stream = await openai().chat.completions.create({
        ...hello,
        stream: true,
        stream_options: { include_usage },
      });
      const chunks = [];
      for await (const chunk of stream) chunks.push(chunk);
      expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('Grüße 8 GB.');
      expect(chunks.filter((chunk) => chunk.usage != null)).toHaveLength(include_usage ? 1 : 0);
      if (include_usage) expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 10 } });
    }
  });

  it('is settled before the client sees the end', async () => {
    const stream = await openai().chat.completions.create({ ...hello, stream: true });
    for await (const _chunk of stream);
    expect(settled).toHaveLength(1);
  });

  it('refuses a wrong key, an unknown model and too little credit as the vendor does', async () => {
    await expect(openai('rk-wrong').chat.completions.create(hello)).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    await expect(openai().chat.completions.create({ ...hello, model: 'gpt-9' })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
      message: expect.stringContaining(`Ask for one of: ${MODEL}.`),
    });
    creditLeft = false;
    await expect(openai().chat.completions.create(hello)).rejects.toMatchObject({
      status: 429,
      code: 'insufficient_quota',
    });
    expect(settled).toEqual([]);
  });

  it('asks the replica to stream and to count, whatever the client asked for', async () => {
    let asked = '';
    script = (request, response) => {
      request.on('data', (bytes: Buffer) => {
        asked += bytes.toString();
      });
      request.on('end', () => goodScript(request, response));
    };
    await openai().chat.completions.create({
      ...hello,
      max_tokens: 5,
      stop: ['x'],
      seed: 7,
      temperature: 0.5,
      top_p: 0.9,
    });
    expect(JSON.parse(asked)).toMatchObject({
      stream: true,
      stream_options: { continuous_usage_stats: true },
      max_tokens: 5,
      stop: ['x'],
      seed: 7,
    });
    expect(admitted[0]?.bounds.completionTokens).toBe(5);
  });
});

describe('the gateway with bad input', () => {
  it.each([
    ['malformed JSON', '{"model":', 400, 'invalid_json', null],
    ['an empty body', '', 400, 'invalid_json', null],
    ['a JSON string', '"hi"', 400, 'invalid_request', null],
    ['no messages', JSON.stringify({ model: MODEL, messages: [] }), 400, 'invalid_request', 'messages'],
    [
      'a wrong role',
      JSON.stringify({ ...hello, messages: [{ role: 'king', content: 'x' }] }),
      400,
      'invalid_request',
      'messages.0.role',
    ],
    ['a hot temperature', JSON.stringify({ ...hello, temperature: 3 }), 400, 'invalid_request', 'temperature'],
    ['zero max_tokens', JSON.stringify({ ...hello, max_tokens: 0 }), 400, 'invalid_request', 'max_tokens'],
    ['nine choices', JSON.stringify({ ...hello, n: 9 }), 400, 'invalid_request', 'n'],
    [
      'five stop strings',
      JSON.stringify({ ...hello, stop: ['a', 'b', 'c', 'd', 'e'] }),
      400,
      'invalid_request',
      'stop',
    ],
  ])('refuses %s, and holds nothing', async (_, body, status, code, param) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    const { error } = await errorOf(response);
    expect(error).toMatchObject({ code, param, rerig: { mend: expect.any(String) } });
    expect(admitted).toEqual([]);
  });

  it('refuses a body of 50 MB without reading it all', async () => {
    const { hostname, port } = new URL(baseUrl);
    const bodyBytes = 50_000_000;
    const sent = httpRequest({
      hostname,
      port,
      path: '/v1/chat/completions',
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', 'content-length': bodyBytes },
    });
    sent.on('error', () => sent.destroy());
    sent.write(Buffer.alloc(100_000, 32));
    const [response] = await once(sent, 'response');
    expect(response.statusCode).toBe(413);
    sent.destroy();
  });

  it('refuses other paths, other media types and a missing key, in the same shape', async () => {
    const unknown = await fetch(`${baseUrl}/v1/embeddings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect([unknown.status, (await errorOf(unknown)).error.code]).toEqual([404, 'unknown_path']);
    const form = await post('a=b', { 'content-type': 'application/x-www-form-urlencoded' });
    expect([form.status, (await errorOf(form)).error.code]).toEqual([415, 'unsupported_media_type']);
    const keyless = await fetch(`${baseUrl}/v1/models`);
    expect([keyless.status, (await errorOf(keyless)).error.code]).toEqual([401, 'invalid_api_key']);
  });

  it('never fails on any JSON at all, and settles whatever it admits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (whole, part) => {
        for (const body of [
          whole,
          { ...hello, messages: part },
          { ...hello, stop: part },
          { ...hello, stream_options: part },
        ]) {
          const before = settled.length;
          const admittedBefore = admitted.length;
          const response = await post(JSON.stringify(body));
          await response.text();
          expect([200, 400, 404]).toContain(response.status);
          expect(settled.length - before).toBe(admitted.length - admittedBefore);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('the gateway when things break', () => {
  it('passes the refusal of a prompt over the context on, and charges nothing', async () => {
    script = (_request, response) => {
      const rerig = { what: 'Too long.', why: '2000 tokens, 1024 fit.', mend: 'Shorten it.', retry: 'after-mend' };
      const error = {
        message: 'Too long.',
        type: 'invalid_request_error',
        param: 'messages',
        code: 'context_length_exceeded',
        rerig,
      };
      response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
    };
    await expect(openai().chat.completions.create(hello)).rejects.toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
    });
    expect(await settlement()).toMatchObject({ outcome: 'refused', usage: { total_tokens: 0 } });
  });

  it('asks the next replica when one fails before its first token', async () => {
    pools = [new Pool('http://127.0.0.1:9'), new Pool(`http://127.0.0.1:${replicaPorts[0]}`)];
    const answer = await openai().chat.completions.create(hello);
    expect(answer.choices[0]?.message.content).toBe('Grüße 8 GB.');
    expect(await settlement()).toMatchObject({ outcome: 'completed' });
  });

  it('says that no replica is ready, and holds nothing', async () => {
    pools = [];
    await expect(openai().chat.completions.create(hello)).rejects.toMatchObject({ status: 503, code: 'no_replica' });
    expect(admitted).toEqual([]);
  });

  it.each<[string, Script]>([
    ['ends without [DONE]', (_request, response) => response.writeHead(200).end(chunkOf('ab', 2))],
    [
      'resets',
      (_request, response) => {
        response.writeHead(200).write(chunkOf('ab', 2), () => response.destroy());
      },
    ],
    ['sends half an event', (_request, response) => response.writeHead(200).end(`${chunkOf('ab', 2)}data: {"id":`)],
    [
      'sends what is not JSON',
      (_request, response) => response.writeHead(200).end(`${chunkOf('ab', 2)}data: hello\n\n`),
    ],
    [
      'lies about its count',
      (_request, response) => response.writeHead(200).end(`${chunkOf('ab', 2)}${chunkOf('cd', -5)}data: [DONE]\n\n`),
    ],
    [
      'reports an error',
      (_request, response) =>
        response
          .writeHead(200)
          .end(
            `${chunkOf('ab', 2)}data: {"error":{"message":"out of memory","type":"x","param":null,"code":null}}\n\n`,
          ),
    ],
  ])('tells the client in the stream when a replica %s, and charges what arrived', async (_, broken) => {
    script = broken;
    const stream = await openai().chat.completions.create({ ...hello, stream: true });
    let text = '';
    const reading = async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    };
    await expect(reading()).rejects.toThrow(/broke off after 2 tokens/);
    expect(text).toBe('ab');
    expect(await settlement()).toMatchObject({ outcome: 'upstream-failed', usage: { completion_tokens: 2 } });
  });

  it('charges a dropped stream for the tokens that were made until then, and stops the replica', async () => {
    let isStopped = false;
    script = (_request, response) => {
      let made = 0;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const making = setInterval(() => response.write(chunkOf('a', ++made)), 5);
      response.on('close', () => {
        clearInterval(making);
        isStopped = true;
      });
    };
    const stream = await openai().chat.completions.create({ ...hello, stream: true });
    let seen = 0;
    for await (const _chunk of stream) if (++seen === 3) break;
    const delivery = await settlement();
    expect(delivery.outcome).toBe('client-gone');
    expect(delivery.usage.completion_tokens).toBeGreaterThanOrEqual(3);
    await expect.poll(() => isStopped).toBe(true);
  });

  it('settles again while the accounting is away, and the client sees one whole answer', async () => {
    settleFaults = 2;
    const answer = await openai().chat.completions.create(hello);
    expect(answer.choices[0]?.message.content).toBe('Grüße 8 GB.');
    expect(settled).toHaveLength(1);
  });

  it('is a fault, not a crash, when a port throws', async () => {
    const { authenticate } = ports;
    Object.assign(ports, { authenticate: () => Promise.reject(new TypeError('secret detail')) });
    try {
      const response = await post(JSON.stringify(hello));
      const text = await response.text();
      expect(response.status).toBe(500);
      expect(text).not.toContain('secret detail');
    } finally {
      Object.assign(ports, { authenticate });
    }
    expect(isFault(await ports.authenticate('x'))).toBe(true);
  });
});

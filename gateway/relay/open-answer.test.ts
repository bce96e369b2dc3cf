import { isFault } from '@rerig/domain/fault';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../ports.ts';
import { KEY, MODEL, ScriptedGateway } from '../scripted-gateway.ts';
import { chunkOf, type Script } from '../scripted-replica.ts';

const hello = { model: MODEL, messages: [{ role: 'user' as const, content: 'Hello' }] };

const gateway = new ScriptedGateway();

beforeAll(async () => {
  await gateway.open();
});

beforeEach(() => gateway.reset());

afterAll(() => gateway.close());

function openai(key = KEY): OpenAI {
  return new OpenAI({ apiKey: key, baseURL: `${gateway.baseUrl}/v1`, maxRetries: 0 });
}

async function settlement(): Promise<Delivery> {
  await expect.poll(() => gateway.settled.length, { timeout: 5_000 }).toBe(1);
  const [first] = gateway.settled;
  if (first === undefined) expect.fail('nothing was settled');
  return first.delivery;
}

describe('the gateway when things break', () => {
  it('passes the refusal of a prompt over the context on, and charges nothing', async () => {
    gateway.script = (_request, response) => {
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
    gateway.replicas = [gateway.replica('gone', 9), ...gateway.replicas];
    const answer = await openai().chat.completions.create(hello);
    expect(answer.choices[0]?.message.content).toBe('Grüße 8 GB.');
    expect(await settlement()).toMatchObject({ outcome: 'completed' });
  });

  it('says that no replica is ready, and holds nothing', async () => {
    gateway.replicas = [];
    await expect(openai().chat.completions.create(hello)).rejects.toMatchObject({ status: 503, code: 'no_replica' });
    expect(gateway.admitted).toEqual([]);
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
    gateway.script = broken;
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
    gateway.script = (_request, response) => {
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
    gateway.settleFaultCount = 2;
    const answer = await openai().chat.completions.create(hello);
    expect(answer.choices[0]?.message.content).toBe('Grüße 8 GB.');
    expect(gateway.settled).toHaveLength(1);
  });

  it('is a fault, not a crash, when a port throws', async () => {
    const { authenticate } = gateway.ports;
    Object.assign(gateway.ports, { authenticate: () => Promise.reject(new TypeError('secret detail')) });
    try {
      const response = await gateway.post(JSON.stringify(hello));
      const text = await response.text();
      expect(response.status).toBe(500);
      expect(text).not.toContain('secret detail');
    } finally {
      Object.assign(gateway.ports, { authenticate });
    }
    expect(isFault(await gateway.ports.authenticate('x'))).toBe(true);
  });
});

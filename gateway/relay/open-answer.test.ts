import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { isFault } from '@rerig/domain/fault';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KEY, MODEL, ScriptedGateway } from '../scripted-gateway.ts';
import { chunkOf, type Script, withBody } from '../scripted-replica.ts';

const hello = { model: MODEL, messages: [{ role: 'user' as const, content: 'Hello' }] };

const gateway = new ScriptedGateway();

beforeAll(async () => {
  await gateway.open();
});

beforeEach(() => gateway.reset());

afterAll(() => gateway.close());

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
    await expect(gateway.openai().chat.completions.create(hello)).rejects.toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
    });
    expect(await gateway.settlement()).toMatchObject({ outcome: 'refused', usage: { total_tokens: 0 } });
  });

  it('asks the next replica when one fails before its first token', async () => {
    gateway.replicas = [gateway.replica('gone', 9), ...gateway.replicas];
    const answer = await gateway.openai().chat.completions.create(hello);
    expect(answer.choices[0]?.message.content).toBe('Grüße 8 GB.');
    expect(await gateway.settlement()).toMatchObject({ outcome: 'completed' });
  });

  it('says that no replica is ready, and holds nothing', async () => {
    gateway.replicas = [];
    await expect(gateway.openai().chat.completions.create(hello)).rejects.toMatchObject({
      status: 503,
      code: 'no_replica',
    });
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
    const stream = await gateway.openai().chat.completions.create({ ...hello, stream: true });
    let text = '';
    const reading = async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    };
    await expect(reading()).rejects.toThrow(/broke off after 2 tokens/);
    expect(text).toBe('ab');
    expect(await gateway.settlement()).toMatchObject({ outcome: 'upstream-failed', usage: { completion_tokens: 2 } });
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
    const stream = await gateway.openai().chat.completions.create({ ...hello, stream: true });
    let seen = 0;
    for await (const _chunk of stream) if (++seen === 3) break;
    const delivery = await gateway.settlement();
    expect(delivery.outcome).toBe('client-gone');
    expect(delivery.usage.completion_tokens).toBeGreaterThanOrEqual(3);
    await expect.poll(() => isStopped).toBe(true);
  });

  it('settles again while the accounting is away, and the client sees one whole answer', async () => {
    gateway.settleFaultCount = 2;
    const answer = await gateway.openai().chat.completions.create(hello);
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

describe('the gateway under load and over time', () => {
  it('answers while a replica that failed thrice is passed over, and says so once', async () => {
    gateway.replicas = [gateway.replica('gone', 9), ...gateway.replicas];
    for (let sent = 0; sent < 12; sent += 1) await gateway.openai().chat.completions.create(hello);
    expect(gateway.settled.every(({ delivery }) => delivery.outcome === 'completed')).toBe(true);
    expect(gateway.health.filter((line) => line === 'gone failing').length).toBeLessThanOrEqual(1);
  });

  it('waits for a replica to start where there is none', async () => {
    const [replica] = gateway.replicas;
    if (replica === undefined) expect.fail('there is no replica');
    gateway.replicas = [];
    gateway.onAwait = () => {
      gateway.replicas = [replica];
      return true;
    };
    expect((await gateway.openai().chat.completions.create(hello)).choices[0]?.message.content).toBe('Grüße 8 GB.');
  });

  it('tells what a request was, in numbers', async () => {
    await gateway.openai().chat.completions.create(hello);
    expect(gateway.observed).toMatchObject([
      { door: 'chat', model: MODEL, outcome: 'completed', completionTokenCount: 3, promptTokenCount: 7, triedCount: 1 },
    ]);
    expect(JSON.stringify(gateway.observed)).not.toContain('Hello');
  });

  it('believes no count above what the text can hold, nor above what was admitted', async () => {
    gateway.script = (_request, response) => {
      response.writeHead(200).end(`${chunkOf('ab', 900, 'stop')}data: [DONE]\n\n`);
    };
    for await (const _chunk of await gateway.openai().chat.completions.create({ ...hello, stream: true }));
    expect((await gateway.settlement()).usage.completion_tokens).toBeLessThan(40);
    for await (const _chunk of await gateway
      .openai()
      .chat.completions.create({ ...hello, stream: true, max_tokens: 3 }));
    expect(gateway.settled[1]?.delivery.usage.completion_tokens).toBe(3);
  });

  it('reads no more of a replica than a bound while a client takes nothing', async () => {
    let sentBytes = 0;
    gateway.script = (_request, response) => {
      response.writeHead(200);
      const event = chunkOf('a'.repeat(32 * 1024), 1);
      const push = () => {
        while (sentBytes < 64e6 && !response.destroyed) {
          sentBytes += event.length;
          if (!response.write(event)) return response.once('drain', push);
        }
        return response;
      };
      push();
    };
    const { hostname, port } = new URL(gateway.baseUrl);
    const body = JSON.stringify({ ...hello, stream: true });
    const socket = connect(Number(port), hostname);
    const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEY}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    socket.pause();
    socket.write(head + body);
    let before = -1;
    await expect
      .poll(
        () => {
          const isStill = before === sentBytes && sentBytes > 0;
          before = sentBytes;
          return isStill;
        },
        { interval: 300, timeout: 10_000 },
      )
      .toBe(true);
    expect(sentBytes).toBeLessThan(32e6);
    socket.destroy();
    expect((await gateway.settlement()).outcome).toBe('client-gone');
  });

  it('settles what was delivered, with its own tenant’s text alone, whatever replicas do', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.constant('token' as const) },
      fc.constantFrom('garbage', 'half', 'reset', 'error', 'comment', 'end', 'done'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { maxLength: 8 }), { minLength: 1, maxLength: 4 }), async (plays) => {
        gateway.reset();
        gateway.script = (request, response) => {
          withBody(request, (asked) => {
            const mark = /tenant-(\d+)/.exec(asked)?.[1] ?? '0';
            play(plays[Number(mark)] ?? [], `<${mark}>`, response);
          });
        };
        const texts = await Promise.all(plays.map((_, tenant) => streamedText(tenant)));
        await expect.poll(() => gateway.settled.length, { timeout: 20_000 }).toBe(gateway.admitted.length);
        for (const [tenant, text] of texts.entries()) expect(text.replaceAll(`<${tenant}>`, '')).toBe('');
        const delivered = texts.reduce((sum, text) => sum + text.split('<').length - 1, 0);
        const charged = gateway.settled.reduce((sum, { delivery }) => sum + delivery.usage.completion_tokens, 0);
        expect(charged).toBe(delivered);
      }),
      { numRuns: 6 },
    );
  }, 120_000);
});

async function streamedText(tenant: number): Promise<string> {
  const content = `I am tenant-${tenant}`;
  const response = await gateway.post(
    JSON.stringify({ model: MODEL, messages: [{ role: 'user', content }], stream: true }),
  );
  const text = await response.text();
  expect([200, 502, 503]).toContain(response.status);
  return [...text.matchAll(/"content":"([^"]*)"/g)].map(([, piece]) => piece).join('');
}

function play(steps: readonly string[], mark: string, response: ServerResponse): void {
  response.writeHead(200);
  let made = 0;
  for (const step of steps) {
    if (step === 'token') response.write(chunkOf(mark, ++made));
    if (step === 'comment') response.write(': alive\n\n');
    if (step === 'garbage') response.write('data: hello\n\n');
    if (step === 'half') return void response.end('data: {"id":');
    if (step === 'error') response.write('data: {"error":{"message":"broken"}}\n\n');
    if (step === 'reset') return void response.destroy();
    if (step === 'end') return void response.end();
    if (step === 'done') return void response.end('data: [DONE]\n\n');
  }
  response.end('data: [DONE]\n\n');
}

import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { type OpenAiError, openAiErrorSchema } from '@rerig/api/openai';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { KEY, MODEL, ScriptedGateway } from './scripted-gateway.ts';

const hello = { model: MODEL, messages: [{ role: 'user' as const, content: 'Hello' }] };

const gateway = new ScriptedGateway();

beforeAll(async () => {
  await gateway.open();
});

beforeEach(() => gateway.reset());

afterAll(() => gateway.close());

async function errorOf(response: Response): Promise<OpenAiError> {
  return openAiErrorSchema.parse(await response.json());
}

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
    const response = await gateway.post(body);
    expect(response.status).toBe(status);
    const { error } = await errorOf(response);
    expect(error).toMatchObject({ code, param, rerig: { mend: expect.any(String) } });
    expect(gateway.admitted).toEqual([]);
  });

  it('refuses a body of 50 MB without reading it all', async () => {
    const { hostname, port } = new URL(gateway.baseUrl);
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
    const unknown = await fetch(`${gateway.baseUrl}/v1/audio/speech`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect([unknown.status, (await errorOf(unknown)).error.code]).toEqual([404, 'unknown_path']);
    const form = await gateway.post('a=b', { 'content-type': 'application/x-www-form-urlencoded' });
    expect([form.status, (await errorOf(form)).error.code]).toEqual([415, 'unsupported_media_type']);
    const keyless = await fetch(`${gateway.baseUrl}/v1/models`);
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
          const before = gateway.settled.length;
          const admittedBefore = gateway.admitted.length;
          const response = await gateway.post(JSON.stringify(body));
          await response.text();
          expect([200, 400, 404]).toContain(response.status);
          expect(gateway.settled.length - before).toBe(gateway.admitted.length - admittedBefore);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('refuses bytes that are no UTF-8, and headers without end', async () => {
    const response = await gateway.post(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]));
    expect([response.status, (await errorOf(response)).error.code]).toEqual([400, 'invalid_json']);
    const flood = await gateway.post('{}', { 'x-flood': 'a'.repeat(100_000) });
    expect(flood.status).toBe(431);
  });

  it('refuses 10,000 messages, and takes a conversation of 4,096', async () => {
    const ask = (messageCount: number) =>
      gateway.post(JSON.stringify({ model: MODEL, messages: Array(messageCount).fill(hello.messages[0]) }));
    const refused = await ask(10_000);
    expect([refused.status, (await errorOf(refused)).error.param]).toEqual([400, 'messages']);
    expect((await ask(4_096)).status).toBe(200);
  });

  it('answers a repeated Idempotency-Key without new work, streamed or whole, and refuses another body under it', async () => {
    for (const stream of [false, true]) {
      const headers = { 'idempotency-key': `key-${stream}` };
      const body = JSON.stringify({ ...hello, stream });
      const first = await (await gateway.post(body, headers)).text();
      const before = gateway.admitted.length;
      const again = await gateway.post(body, headers);
      expect(await again.text()).toBe(first);
      expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
      expect(gateway.admitted.length).toBe(before);
      const other = await gateway.post(JSON.stringify({ ...hello, seed: 1 }), headers);
      expect([other.status, (await errorOf(other)).error.code]).toEqual([422, 'idempotency_mismatch']);
    }
  });

  it('gives a completion an id that begins with cmpl, and each request one of its own', async () => {
    const asked = JSON.stringify({ model: MODEL, prompt: 'Hello', max_tokens: 4 });
    const idOf = async (body: string, path: string) => {
      const response = await gateway.post(body, {}, path);
      return [response.headers.get('x-request-id'), z.object({ id: z.string() }).parse(await response.json()).id];
    };
    const ids = [await idOf(asked, '/v1/completions'), await idOf(asked, '/v1/completions')];
    ids.push(await idOf(JSON.stringify(hello), '/v1/chat/completions'));
    expect(ids.map(([, id]) => id?.slice(0, 9))).toEqual([
      expect.stringMatching(/^cmpl-/),
      expect.stringMatching(/^cmpl-/),
      'chatcmpl-',
    ]);
    expect(ids.every(([header, id]) => header === id)).toBe(true);
    expect(gateway.admitted.map(({ requestId }) => requestId)).toEqual(ids.map(([header]) => header));
    expect(new Set(ids.map(([header]) => header)).size).toBe(3);
  });

  it("notes a client's own id of a request, and refuses none for one that it can't note", async () => {
    const named = await gateway.post(JSON.stringify(hello), { 'x-client-request-id': 'order 17' });
    expect([named.status, named.headers.get('x-request-id')]).toEqual([200, expect.stringMatching(/^chatcmpl-/)]);
    for (const id of ['a'.repeat(513), 'Gr\u00fc\u00dfe', '']) {
      expect((await gateway.post(JSON.stringify(hello), { 'x-client-request-id': id })).status).toBe(200);
    }
    expect(gateway.observed.map(({ clientRequestId }) => clientRequestId)).toEqual(['order 17', null, null, null]);
  });

  it('holds a second request under the same Idempotency-Key off while the first is answered', async () => {
    const headers = { 'idempotency-key': 'both' };
    const both = await Promise.all([1, 2].map(() => gateway.post(JSON.stringify(hello), headers)));
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    expect(gateway.admitted).toHaveLength(1);
  });

  it('says with every answer where the limits stand, and when to come again', async () => {
    gateway.caller = { ...gateway.caller, apiKeyId: 'few', keyLimit: { requestsPerMinute: 1, tokensPerMinute: null } };
    const first = await gateway.post(JSON.stringify(hello));
    expect(first.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    const second = await gateway.post(JSON.stringify(hello));
    expect([second.status, (await errorOf(second)).error.code]).toEqual([429, 'rate_limit_exceeded']);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(gateway.admitted).toHaveLength(1);
  });
});

import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { type OpenAiError, openAiErrorSchema } from '@rerig/api/openai';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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
});

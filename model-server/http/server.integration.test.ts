import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chatRequestSchema, openAiErrorSchema } from '@rerig/api/openai';
import { TINY_RECIPE, writeRandomModel } from '@rerig/models/gguf-writing';
import fc from 'fast-check';
import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const MAIN = join(import.meta.dirname, '..', 'main.ts');
const MODEL = TINY_RECIPE.name;
const LIMIT_MS = 60_000;
const readySchema = z.looseObject({ event: z.literal('ready'), listen: z.string() });

let folder = '';
let child: ChildProcess;
let url = '';
let client: OpenAI;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rerig-doors-'));
  const modelPath = join(folder, 'tiny.gguf');
  writeRandomModel(modelPath);
  const flags = ['--model', modelPath, '--name', MODEL, '--context', '1024', '--queue', '32', '--embeddings', 'mean'];
  child = spawn(process.execPath, [MAIN, '--listen', '127.0.0.1:0', ...flags], { stdio: ['pipe', 'pipe', 'inherit'] });
  if (child.stdout === null) return;
  for await (const line of createInterface({ input: child.stdout })) {
    const event = readySchema.safeParse(JSON.parse(line));
    if (!event.success) continue;
    url = `http://${event.data.listen}`;
    break;
  }
  client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
}, LIMIT_MS);
afterAll(() => {
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const messages = [{ role: 'user' as const, content: 'Which card?' }];
const pick = z.object({
  card: z.enum(['P102-100', 'CMP 40HX']),
  count: z.int().min(1).max(64),
  why: z.string().max(20),
});
const tools = [
  {
    type: 'function' as const,
    function: {
      name: 'price',
      description: 'Price of a card',
      parameters: z.toJSONSchema(pick, { target: 'draft-2020-12' }),
      strict: true,
    },
  },
  {
    type: 'function' as const,
    function: { name: 'stop', parameters: { type: 'object', properties: {}, additionalProperties: false } },
  },
];

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers,
  });
}

const healthSchema = z.looseObject({ runningCount: z.number(), rssBytes: z.number() });

async function health(): Promise<z.infer<typeof healthSchema>> {
  return healthSchema.parse(await (await fetch(`${url}/health`)).json());
}

describe("OpenAI's client at a model server", () => {
  it('gets JSON of a schema, whole and streamed, that its own helper parses', async () => {
    for (let seed = 0; seed < 5; seed++) {
      const answer = await client.chat.completions.parse({
        model: MODEL,
        messages,
        seed,
        response_format: zodResponseFormat(pick, 'pick'),
      });
      expect(answer.choices[0]?.finish_reason).toBe('stop');
      expect(pick.safeParse(answer.choices[0]?.message.parsed).success).toBe(true);
    }
    const stream = client.chat.completions.stream({
      model: MODEL,
      messages,
      seed: 1,
      response_format: zodResponseFormat(pick, 'pick'),
    });
    expect(pick.safeParse((await stream.finalChatCompletion()).choices[0]?.message.parsed).success).toBe(true);
  });

  it('gets any JSON object, and text of a grammar', async () => {
    const object = await client.chat.completions.create({
      model: MODEL,
      messages,
      seed: 3,
      max_tokens: 900,
      temperature: 0.2,
      response_format: { type: 'json_object' },
    });
    const text = object.choices[0]?.message.content ?? '';
    expect(text).toMatch(/^\{/);
    if (object.choices[0]?.finish_reason === 'stop') expect(JSON.parse(text)).toBeTypeOf('object');
    const response = await post('/v1/chat/completions', { model: MODEL, messages, grammar: 'root ::= "yes" | "no"' });
    expect(await response.json()).toMatchObject({
      choices: [{ message: { content: expect.stringMatching(/^(yes|no)$/) } }],
    });
  });

  it('gets calls of functions, whole and streamed, by name or where one is required', async () => {
    const choice = { type: 'function' as const, function: { name: 'price' } };
    const answer = await client.chat.completions.create({
      model: MODEL,
      messages,
      tools,
      tool_choice: choice,
      seed: 5,
    });
    const call = answer.choices[0]?.message.tool_calls?.[0];
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
    if (call?.type !== 'function') return expect(call).toBe('a call');
    expect(call.function.name).toBe('price');
    expect(pick.safeParse(JSON.parse(call.function.arguments)).success).toBe(true);

    const stream = client.chat.completions.stream({
      model: MODEL,
      messages,
      tools,
      tool_choice: 'required',
      parallel_tool_calls: false,
      seed: 6,
    });
    const streamed = await stream.finalChatCompletion();
    expect(streamed.choices[0]?.finish_reason).toBe('tool_calls');
    expect(streamed.choices[0]?.message.tool_calls).toHaveLength(1);
    const next = await client.chat.completions.create({
      model: MODEL,
      messages: [
        ...messages,
        { role: 'assistant', tool_calls: [call] },
        { role: 'tool', tool_call_id: call.id, content: '30 USD' },
      ],
      tools,
      tool_choice: 'none',
      max_tokens: 8,
    });
    expect(next.choices[0]?.message.content).toBeTypeOf('string');
  });

  it('gets several choices, and the counts of all of them', async () => {
    const answer = await client.chat.completions.create({ model: MODEL, messages, n: 3, max_tokens: 8, seed: 1 });
    expect(answer.choices.map((choice) => choice.index)).toEqual([0, 1, 2]);
    expect(new Set(answer.choices.map((choice) => choice.message.content)).size).toBe(3);
    expect(answer.usage?.completion_tokens).toBe(24);
    const one = await client.chat.completions.create({ model: MODEL, messages, max_tokens: 8, seed: 1 });
    expect(one.usage?.prompt_tokens).toBe(answer.usage?.prompt_tokens);
    expect(one.choices[0]?.message.content).toBe(answer.choices[0]?.message.content);
  });

  it('gets log probabilities, one entry for each token shown, whole and streamed', async () => {
    const wanted = { model: MODEL, messages, max_tokens: 10, seed: 2, logprobs: true, top_logprobs: 3 };
    const whole = await client.chat.completions.create(wanted);
    const entries = whole.choices[0]?.logprobs?.content ?? [];
    expect(entries.map((entry) => entry.token).join('')).toBe(whole.choices[0]?.message.content);
    for (const entry of entries) {
      expect(entry.top_logprobs).toHaveLength(3);
      expect(entry.logprob).toBeLessThanOrEqual((entry.top_logprobs[0]?.logprob ?? 0) + 1e-9);
    }
    const streamed = [];
    for await (const chunk of await client.chat.completions.create({ ...wanted, stream: true })) {
      streamed.push(...(chunk.choices[0]?.logprobs?.content ?? []));
    }
    expect(streamed).toEqual(entries);
  });

  it('gets the counts in each event of a stream that asks for them', async () => {
    const body = {
      model: MODEL,
      messages,
      max_tokens: 6,
      stream: true,
      stream_options: { include_usage: true, continuous_usage_stats: true },
    };
    const text = await (await post('/v1/chat/completions', body, { 'x-request-id': 'req-7' })).text();
    const events = text
      .trim()
      .split('\n\n')
      .map((event) => event.slice(6));
    expect(events.at(-1)).toBe('[DONE]');
    const chunks = events.slice(0, -1).map((event) =>
      z
        .looseObject({
          id: z.literal('req-7'),
          usage: z.looseObject({
            completion_tokens: z.number(),
            prompt_tokens_details: z.object({ cached_tokens: z.number() }),
          }),
        })
        .parse(JSON.parse(event)),
    );
    const counts = chunks.map((chunk) => chunk.usage.completion_tokens);
    expect(counts).toEqual(counts.toSorted((one, other) => one - other));
    expect(counts.at(-1)).toBe(6);
  });

  it('gets raw text: of prompts and tokens, repeated before the answer, with log probabilities, streamed', async () => {
    const many = await client.completions.create({
      model: MODEL,
      prompt: ['one', 'two'],
      n: 2,
      max_tokens: 4,
      echo: true,
    });
    expect(many.choices.map((choice) => choice.text.trimStart().slice(0, 3))).toEqual(['one', 'one', 'two', 'two']);
    expect(many.usage?.completion_tokens).toBe(16);
    const tokens = await client.completions.create({
      model: MODEL,
      prompt: [300, 301, 302],
      max_tokens: 5,
      logprobs: 2,
      seed: 4,
    });
    const [choice] = tokens.choices;
    expect(choice?.logprobs?.tokens?.join('')).toBe(choice?.text);
    expect(choice?.logprobs?.text_offset?.[0]).toBe(0);
    let text = '';
    const stream = await client.completions.create({
      model: MODEL,
      prompt: [300, 301, 302],
      max_tokens: 5,
      seed: 4,
      stream: true,
    });
    for await (const chunk of stream) text += chunk.choices[0]?.text ?? '';
    expect(text).toBe(choice?.text);
  });

  it('gets vectors of length 1 as floats and as base64, also shortened', async () => {
    const floats = await client.embeddings.create({
      model: MODEL,
      input: ['one card', 'two'],
      encoding_format: 'float',
    });
    const packed = await client.embeddings.create({ model: MODEL, input: ['one card', 'two'] });
    for (const [index, { embedding }] of floats.data.entries()) {
      expect(Math.hypot(...embedding)).toBeCloseTo(1, 4);
      for (const [at, value] of embedding.entries()) expect(packed.data[index]?.embedding[at]).toBeCloseTo(value, 4);
    }
    const short = await client.embeddings.create({ model: MODEL, input: [[300, 301]], dimensions: 8 });
    expect(short.data[0]?.embedding).toHaveLength(8);
    expect(Math.hypot(...(short.data[0]?.embedding ?? []))).toBeCloseTo(1, 4);
  });

  it('sees the model, its doors and what it has done', async () => {
    expect((await client.models.list()).data[0]?.id).toBe(MODEL);
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({
      status: 'ready',
      doors: ['chat', 'completions', 'embeddings'],
    });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(
      /rerig_model_server_requests_total\{model="random-tiny",door="chat",priority="live",outcome="completed"\} \d+/,
    );
    expect(metrics).toMatch(/rerig_model_server_inter_token_seconds_count\{model="random-tiny"\} [1-9]/);
    for (const line of metrics.trim().split('\n')) expect(line).toMatch(/^(# (HELP|TYPE) |[a-z_]+\{.*\} [\d.e+-]+$)/);
  });
});

describe('bad input at a model server', () => {
  const junk = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(-1, 1e308, '', null, [], {}, 'x'.repeat(3000)));

  it('is answered in the shape of an error, or answered, whatever stands in a field', {
    timeout: LIMIT_MS,
  }, async () => {
    const fields = Object.keys(chatRequestSchema.shape).filter((name) => name !== 'stream');
    const body = fc
      .tuple(fc.constantFrom(...fields, 'unknown'), junk)
      .map(([name, value]) => ({ model: MODEL, messages, max_tokens: 2, [name]: value }));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('/v1/chat/completions', '/v1/completions', '/v1/embeddings'),
        body,
        async (path, request) => {
          const rest = path === '/v1/chat/completions' ? {} : { prompt: 'one', input: 'one' };
          const response = await post(path, { ...request, ...rest });
          const answer: unknown = await response.json();
          expect([200, 400, 404]).toContain(response.status);
          if (response.status !== 200) expect(openAiErrorSchema.safeParse(answer).success).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each<[string, object, number, RegExp]>([
    ['10,000 messages', { messages: Array.from({ length: 10_000 }, () => messages[0]) }, 400, /messages/],
    [
      'a prompt over the context',
      { messages: [{ role: 'user', content: 'card '.repeat(5000) }] },
      400,
      /context is 1024/,
    ],
    [
      'a schema that is not held',
      { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: { not: {} } } } },
      400,
      /not/,
    ],
    ['a grammar that is none', { grammar: 'root = nothing' }, 400, /grammar/],
    ['an adapter that is not there', { lora: [{ name: 'none' }] }, 404, /none/],
    ['a call that is required of no function', { tool_choice: 'required' }, 400, /tools/],
    [
      'a strict function that is not held',
      {
        tools: [
          {
            type: 'function',
            function: { name: 'a', strict: true, parameters: { properties: { x: { multipleOf: 3 } } } },
          },
        ],
      },
      400,
      /tools\.0\.function\.parameters/,
    ],
    ['two forms', { grammar: 'root ::= "a"', response_format: { type: 'json_object' } }, 400, /two forms/],
  ])('refuses %s', async (_, rest, status, words) => {
    const response = await post('/v1/chat/completions', { model: MODEL, messages, ...rest });
    expect([response.status, await response.text()]).toEqual([status, expect.stringMatching(words)]);
  });

  it('reads a body that comes byte by byte, and bytes that are no UTF-8', { timeout: LIMIT_MS }, async () => {
    const body = Buffer.from(
      `{"model":"${MODEL}","max_tokens":2,"messages":[{"role":"user","content":"\xff\xfe a"}]}`,
      'latin1',
    );
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-length': body.length },
      });
      request.on('response', (response) => resolve(response.resume().statusCode));
      request.on('error', reject);
      for (const byte of body) request.write(Buffer.of(byte));
      request.end();
    });
    expect(status).toBe(200);
  });

  it('of a reader that takes nothing stalls no other, and is dropped before much waits for it', {
    timeout: LIMIT_MS,
  }, async () => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname).pause();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    const body = JSON.stringify({ model: MODEL, messages, stream: true, logprobs: true, top_logprobs: 20, n: 8 });
    socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    const answer = await client.chat.completions.create({ model: MODEL, messages, max_tokens: 64 });
    expect(answer.usage?.completion_tokens).toBeGreaterThan(0);
    await expect.poll(async () => (await health()).runningCount, { timeout: 30_000 }).toBe(0);
    expect((await health()).rssBytes).toBeLessThan(300 * 2 ** 20);
    let end = '';
    socket.on('data', (bytes) => {
      end = (end + bytes.toString()).slice(-100);
    });
    socket.resume();
    await closed;
    expect(end).not.toContain('[DONE]');
  });
});

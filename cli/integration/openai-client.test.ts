import OpenAI, { toFile } from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { RunningRerig } from './running-rerig.ts';
import { EMBEDDER, startWithBoth, WRITER } from './served-models.ts';

const LIMIT_MS = 120_000;
const messages = [{ role: 'user' as const, content: 'How much VRAM does an RTX 3060 have?' }];

let rerig: RunningRerig;
let client: OpenAI;

beforeAll(async () => {
  rerig = await startWithBoth();
  client = new OpenAI({ baseURL: rerig.document.apiUrl, apiKey: rerig.document.apiKey, maxRetries: 0 });
}, LIMIT_MS);

afterAll(async () => {
  await rerig?.stop();
});

describe("OpenAI's client", () => {
  it('gets an answer, whole and streamed, with the same text and usage', { timeout: LIMIT_MS }, async () => {
    const whole = await client.chat.completions.create({ model: WRITER, messages, temperature: 0 });
    const stream = await client.chat.completions.create({
      model: WRITER,
      messages,
      temperature: 0,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let completionTokens = 0;
    for await (const { choices, usage } of stream) {
      text += choices[0]?.delta.content ?? '';
      completionTokens = usage?.completion_tokens ?? completionTokens;
    }
    expect(text).toContain('12 GB');
    expect(whole.choices[0]?.message.content).toBe(text);
    expect(whole.usage?.completion_tokens).toBe(completionTokens);
  });

  it('gets an object that fits its schema, and a call of its tool', { timeout: LIMIT_MS }, async () => {
    const card = z.object({ card: z.string().max(30), vramGb: z.int().min(1).max(96) });
    const format = zodResponseFormat(card, 'card');
    const { choices } = await client.chat.completions.parse({ model: WRITER, messages, response_format: format });
    expect(card.parse(choices[0]?.message.parsed)).toEqual(choices[0]?.message.parsed);
    const called = await client.chat.completions.create({
      model: WRITER,
      messages,
      tool_choice: 'required',
      tools: [
        {
          type: 'function',
          function: {
            name: 'vram_of',
            strict: true,
            parameters: {
              type: 'object',
              properties: { card: { type: 'string', maxLength: 30 } },
              required: ['card'],
              additionalProperties: false,
            },
          },
        },
      ],
    });
    expect(called.choices[0]?.finish_reason).toBe('tool_calls');
    const [call] = called.choices[0]?.message.tool_calls ?? [];
    expect(call?.type === 'function' && JSON.parse(call.function.arguments)).toEqual({ card: expect.any(String) });
  });

  it('gets vectors of a model that shares the card, and then text again', { timeout: LIMIT_MS }, async () => {
    const { data, usage } = await client.embeddings.create({ model: EMBEDDER, input: ['one card', 'two cards'] });
    expect(data).toHaveLength(2);
    for (const { embedding } of data) expect(Math.hypot(...embedding)).toBeCloseTo(1, 3);
    expect(usage.prompt_tokens).toBeGreaterThan(2);
    const answer = await client.completions.create({ model: WRITER, prompt: 'An RTX 3060 has', max_tokens: 4 });
    expect(answer.usage?.completion_tokens).toBeLessThanOrEqual(4);
  });

  it('gets a response, and one that goes on from it', { timeout: LIMIT_MS }, async () => {
    const input = 'How much VRAM does an RTX 3060 have?';
    const first = await client.responses.create({ model: WRITER, input, temperature: 0 });
    expect(first.output_text).toContain('12 GB');
    const next = await client.responses.create({
      model: WRITER,
      input: 'And an RX 580 8GB?',
      previous_response_id: first.id,
      temperature: 0,
    });
    expect(next.usage?.input_tokens ?? 0).toBeGreaterThan(first.usage?.input_tokens ?? 0);
  });

  it('gets a batch of lines done, at half the price', { timeout: LIMIT_MS }, async () => {
    const lines = ['RTX 3060', 'RX 580 8GB', 'GTX 1080 Ti'].map((card, index) =>
      JSON.stringify({
        custom_id: `line-${index}`,
        method: 'POST',
        url: '/v1/chat/completions',
        body: {
          model: WRITER,
          temperature: 0,
          messages: [{ role: 'user', content: `How much VRAM does an ${card} have?` }],
        },
      }),
    );
    const file = await client.files.create({
      file: await toFile(Buffer.from(lines.join('\n')), 'batch.jsonl'),
      purpose: 'batch',
    });
    const { id } = await client.batches.create({
      input_file_id: file.id,
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
    });
    const done = await vi.waitFor(
      async () => {
        const batch = await client.batches.retrieve(id);
        expect(batch.status).toBe('completed');
        return batch;
      },
      { timeout: LIMIT_MS / 2, interval: 200 },
    );
    expect(done.request_counts).toEqual({ total: 3, completed: 3, failed: 0 });
    const text = await (await client.files.content(done.output_file_id ?? '')).text();
    expect(text.trim().split('\n')).toHaveLength(3);
    expect(text).toContain('11 GB');
  });
});

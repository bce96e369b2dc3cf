import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const MODEL_SERVER = join(import.meta.dirname, '..');
const SHIPPED = join(MODEL_SERVER, '..', 'training', 'model', 'rigger-5m.gguf');
const LIMIT_MS = 60_000;
const messages = [{ role: 'user' as const, content: 'What is a riser?' }];
const tools = [
  {
    type: 'function' as const,
    function: {
      name: 'price',
      description: 'Price of a card',
      parameters: {
        type: 'object',
        properties: { card: { type: 'string', maxLength: 20 } },
        required: ['card'],
        additionalProperties: false,
      },
    },
  },
];

let child: ChildProcess;
let client: OpenAI;

beforeAll(async () => {
  const flags = ['--model', SHIPPED, '--listen', '127.0.0.1:0'];
  child = spawn(process.execPath, [join(MODEL_SERVER, 'main.ts'), ...flags], { stdio: ['pipe', 'pipe', 'ignore'] });
  if (child.stdout === null) return;
  for await (const line of createInterface({ input: child.stdout })) {
    const event = z.looseObject({ event: z.string(), listen: z.string().optional() }).parse(JSON.parse(line));
    if (event.event !== 'ready') continue;
    client = new OpenAI({ baseURL: `http://${event.listen}/v1`, apiKey: 'none', maxRetries: 0 });
    break;
  }
}, LIMIT_MS);
afterAll(() => {
  child.kill('SIGKILL');
});

describe('chat with the model that ships', () => {
  it('answers as it was taught, and the same streamed', async () => {
    const wanted = { model: 'rigger', messages, temperature: 0, max_tokens: 60 };
    const whole = (await client.chat.completions.create(wanted)).choices[0]?.message.content;
    expect(whole).toContain('riser');
    let text = '';
    for await (const chunk of await client.chat.completions.create({ ...wanted, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? '';
    }
    expect(text).toBe(whole);
  });

  it('calls a function where it must, and may answer in words where it need not', async () => {
    const must = await client.chat.completions.create({ model: 'rigger', messages, tools, tool_choice: 'required' });
    const call = must.choices[0]?.message.tool_calls?.[0];
    expect(call).toMatchObject({ type: 'function', function: { name: 'price' } });
    expect(must.choices[0]?.finish_reason).toBe('tool_calls');
    const may = await client.chat.completions.create({
      model: 'rigger',
      messages,
      tools,
      temperature: 0,
      max_tokens: 60,
    });
    const answer = may.choices[0]?.message;
    expect(Boolean(answer?.content) || Boolean(answer?.tool_calls)).toBe(true);
    expect(may.usage?.prompt_tokens_details?.cached_tokens).toBeGreaterThan(100);
  });
});

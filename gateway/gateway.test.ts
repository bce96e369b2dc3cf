import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MODEL, ScriptedGateway } from './scripted-gateway.ts';
import { goodScript } from './scripted-replica.ts';

const hello = { model: MODEL, messages: [{ role: 'user' as const, content: 'Hello' }] };

const gateway = new ScriptedGateway();

beforeAll(async () => {
  await gateway.open();
});

beforeEach(() => gateway.reset());

afterAll(() => gateway.close());

describe('the gateway with the official client', () => {
  it('lists the models of the key', async () => {
    const { data } = await gateway.openai().models.list();
    expect(data.map(({ id }) => id)).toEqual([MODEL]);
    expect((await gateway.openai().models.retrieve(MODEL)).owned_by).toBe('op');
  });

  it('answers whole, with usage, and settles once', async () => {
    const answer = await gateway.openai().chat.completions.create(hello);
    expect(answer.choices[0]?.message.content).toBe('Grüße 8 GB.');
    expect(answer.choices[0]?.finish_reason).toBe('stop');
    expect(answer.usage).toMatchObject({ prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 });
    expect(await gateway.settlement()).toMatchObject({ outcome: 'completed', usage: { completion_tokens: 3 } });
  });

  it('streams, and gives usage at the end only where it was asked for', async () => {
    for (const include_usage of [true, false]) {
      const stream = await gateway.openai().chat.completions.create({
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
    const stream = await gateway.openai().chat.completions.create({ ...hello, stream: true });
    for await (const _chunk of stream);
    expect(gateway.settled).toHaveLength(1);
  });

  it('refuses a wrong key, an unknown model and too little credit as the vendor does', async () => {
    await expect(gateway.openai('rk-wrong').chat.completions.create(hello)).rejects.toBeInstanceOf(
      OpenAI.AuthenticationError,
    );
    await expect(gateway.openai().chat.completions.create({ ...hello, model: 'gpt-9' })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
      message: expect.stringContaining(`Ask for one of: ${MODEL}.`),
    });
    gateway.hasCredit = false;
    await expect(gateway.openai().chat.completions.create(hello)).rejects.toMatchObject({
      status: 429,
      code: 'insufficient_quota',
    });
    expect(gateway.settled).toEqual([]);
  });

  it('asks the replica for what the client asked for, under its own name, and counts streams all along', async () => {
    const asked: string[] = [];
    gateway.script = (request, response) => {
      request.on('data', (bytes: Buffer) => asked.push(bytes.toString()));
      goodScript(request, response);
    };
    gateway.replicas = gateway.replicas.map((replica) => ({ ...replica, upstreamModel: 'org/tiny' }));
    const fields = { ...hello, max_tokens: 5, stop: ['x'], seed: 7, temperature: 0.5, top_p: 0.9 };
    await gateway.openai().chat.completions.create(fields);
    expect(JSON.parse(asked[0] ?? '')).toEqual({ ...fields, model: 'org/tiny', stream: false });
    for await (const _chunk of await gateway.openai().chat.completions.create({ ...fields, stream: true }));
    expect(JSON.parse(asked[1] ?? '')).toMatchObject({
      stream: true,
      stream_options: { continuous_usage_stats: true },
    });
    expect(gateway.admitted[0]?.bounds.completionTokens).toBe(5);
  });

  it('serves completions and embeddings, whole and streamed, under the name that was asked for', async () => {
    const text = await gateway.openai().completions.create({ model: MODEL, prompt: 'one' });
    expect([text.choices[0]?.text, text.model]).toEqual(['two words', MODEL]);
    let streamed = '';
    for await (const chunk of await gateway
      .openai()
      .completions.create({ model: MODEL, prompt: 'one', stream: true })) {
      streamed += chunk.choices[0]?.text ?? '';
    }
    expect(streamed).toBe('two words');
    const vectors = await gateway.openai().embeddings.create({ model: MODEL, input: 'one', encoding_format: 'float' });
    expect(vectors.data[0]?.embedding).toEqual([0.6, 0.8]);
    expect(gateway.settled.map(({ delivery }) => delivery.usage.total_tokens)).toEqual([9, 9, 5]);
  });

  it('shows of each model whether it answers at once, and what it costs', async () => {
    expect(await gateway.openai().models.retrieve(MODEL)).toMatchObject({ status: 'ready', cold_start_ms: 1200 });
  });
});

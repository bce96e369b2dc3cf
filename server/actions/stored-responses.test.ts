import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sweepResponses } from '../store/response-rows.ts';
import { lastOf, MODEL, ScriptedExchange } from './scripted-exchange.ts';

const exchange = new ScriptedExchange();
let openai: OpenAI;
let stranger: OpenAI;

beforeAll(async () => {
  await exchange.open();
  const client = (apiKey: string) => new OpenAI({ apiKey, baseURL: exchange.baseUrl, maxRetries: 0 });
  openai = client(exchange.customerSecret);
  stranger = client(exchange.strangerSecret);
}, 60_000);

beforeEach(() => {
  exchange.toolCall = null;
  exchange.say = (asked) => `You said ${lastOf(asked)}`;
  exchange.asked.length = 0;
});

afterAll(async () => {
  await exchange.close();
  expect(exchange.errors).toEqual([]);
});

describe('responses with the official client', () => {
  it('answer a text, with usage, and are charged once', async () => {
    const response = await openai.responses.create({ model: MODEL, input: 'Hello', instructions: 'Be short.' });
    expect(response).toMatchObject({
      status: 'completed',
      output_text: 'You said Hello',
      usage: { input_tokens: 10, input_tokens_details: { cached_tokens: 6 }, output_tokens: 4, total_tokens: 14 },
    });
    expect(exchange.asked[0]).toMatchObject({
      messages: [
        { role: 'system', content: 'Be short.' },
        { role: 'user', content: 'Hello' },
      ],
    });
    const { rows } = await exchange.store.pool.query('select count(*)::int from inference_request');
    expect(rows).toEqual([{ count: 1 }]);
  });

  it('go on from the response before, and keep what was said', async () => {
    const first = await openai.responses.create({ model: MODEL, input: 'One' });
    const second = await openai.responses.create({ model: MODEL, input: 'Two', previous_response_id: first.id });
    exchange.asked.length = 0;
    await openai.responses.create({ model: MODEL, input: 'Three', previous_response_id: second.id });
    expect(exchange.asked[0]?.messages?.map(({ content }) => content)).toEqual([
      'One',
      'You said One',
      'Two',
      'You said Two',
      'Three',
    ]);
    expect((await openai.responses.retrieve(second.id)).output).toEqual(second.output);
    const items = await openai.responses.inputItems.list(second.id);
    expect(items.data).toMatchObject([
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Two' }] },
    ]);
    const message = second.output[0];
    if (message?.id === undefined || message.id === null) expect.fail('the response has no message');
    const referred = [
      { type: 'item_reference' as const, id: message.id },
      { role: 'user' as const, content: 'Four' },
    ];
    await openai.responses.create({ model: MODEL, input: referred });
    expect(exchange.asked.at(-1)?.messages?.map(({ content }) => content)).toEqual(['You said Two', 'Four']);
    await openai.responses.delete(first.id);
    await expect(
      openai.responses.create({ model: MODEL, input: 'Five', previous_response_id: second.id }),
    ).rejects.toMatchObject({ status: 404, code: 'not_found' });
  });

  it('are kept by nobody where the customer says so, and are not there for another organisation', async () => {
    const gone = await openai.responses.create({ model: MODEL, input: 'Hello', store: false });
    await expect(openai.responses.retrieve(gone.id)).rejects.toMatchObject({ status: 404 });
    const kept = await openai.responses.create({ model: MODEL, input: 'Hello' });
    await expect(stranger.responses.retrieve(kept.id)).rejects.toMatchObject({ status: 404 });
    await expect(stranger.responses.delete(kept.id)).rejects.toMatchObject({ status: 404 });
    expect((await openai.responses.retrieve(kept.id)).id).toBe(kept.id);
  });

  it('stream their events, and are kept before the last of them', async () => {
    const types: string[] = [];
    const stream = openai.responses.stream({ model: MODEL, input: 'Hello' });
    for await (const event of stream) {
      types.push(event.type);
      if (event.type === 'response.completed') await openai.responses.retrieve(event.response.id);
    }
    const final = await stream.finalResponse();
    expect(final.output_text).toBe('You said Hello');
    expect(final.usage?.output_tokens).toBe(4);
    expect(types[0]).toBe('response.created');
    expect(types.filter((type) => type === 'response.output_text.delta')).toHaveLength(2);
    expect(types.at(-1)).toBe('response.completed');
  });

  it('parse what has the shape of a schema, streamed and whole', async () => {
    exchange.say = () => '{"cards":8}';
    const format = zodTextFormat(z.object({ cards: z.number() }), 'answer');
    const parsed = await openai.responses.parse({ model: MODEL, input: 'How many?', text: { format } });
    expect(parsed.output_parsed).toEqual({ cards: 8 });
    expect(exchange.asked[0]).toMatchObject({
      response_format: { type: 'json_schema', json_schema: { name: 'answer' } },
    });
    const stream = openai.responses.stream({ model: MODEL, input: 'How many?', text: { format } });
    expect((await stream.finalResponse()).output_parsed).toEqual({ cards: 8 });
  });

  it('call functions and take their outputs, streamed and whole', async () => {
    exchange.toolCall = { name: 'look', arguments: '{"card":1}' };
    const tools = [{ type: 'function' as const, name: 'look', parameters: { type: 'object' }, strict: false }];
    const whole = await openai.responses.create({ model: MODEL, input: 'Look', tools });
    expect(whole.output).toMatchObject([
      { type: 'function_call', name: 'look', arguments: '{"card":1}', call_id: 'call_1' },
    ]);
    const streamed = await openai.responses.stream({ model: MODEL, input: 'Look', tools }).finalResponse();
    expect(streamed.output).toMatchObject([{ type: 'function_call', name: 'look', arguments: '{"card":1}' }]);
    exchange.toolCall = null;
    const input = [{ type: 'function_call_output' as const, call_id: 'call_1', output: 'a fox' }];
    await openai.responses.create({ model: MODEL, input, previous_response_id: whole.id, tools });
    expect(exchange.asked.at(-1)?.messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', tool_calls: [{ id: 'call_1', function: { name: 'look' } }] },
      { role: 'tool', tool_call_id: 'call_1', content: 'a fox' },
    ]);
  });

  it.each([
    ['a tool of the vendor', { tools: [{ type: 'web_search' }] }, 400, /no built-in tool/],
    ['an unknown model', { model: 'gpt-9' }, 404, /gpt-9|not there/],
    ['a response that never was', { previous_response_id: 'resp_0' }, 404, /Send the whole conversation/],
    ['an id that is none', { previous_response_id: 'a\u0000b' }, 404, /no response/],
    ['a wrong temperature', { temperature: 'hot' }, 400, /temperature/],
  ])('are refused for %s, with words and without a charge', async (_, body, status, words) => {
    const response = await fetch(`${exchange.baseUrl}/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${exchange.customerSecret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, input: 'Hello', ...body }),
    });
    expect(response.status).toBe(status);
    expect(await response.text()).toMatch(words);
    expect(exchange.asked).toEqual([]);
  });
});

describe('kept responses', () => {
  it('go when they are too old, and the oldest first where there are too many', async () => {
    const ids: string[] = [];
    for (const input of ['a', 'b', 'c']) ids.push((await openai.responses.create({ model: MODEL, input })).id);
    const { pool } = exchange.store;
    const sizes = await pool.query<{ readonly bytes: number }>(
      'select byte_count as bytes from stored_response where response_id = any ($1)',
      [ids.slice(1)],
    );
    const totalBytes = sizes.rows.reduce((sum, { bytes }) => sum + bytes, 0);
    await sweepResponses(pool, { ageMs: 1e9, totalBytes });
    const { rows } = await pool.query<{ readonly response_id: string }>('select response_id from stored_response');
    expect(rows.map(({ response_id }) => response_id).toSorted()).toEqual(ids.slice(1).toSorted());
    await sweepResponses(pool, { ageMs: -1_000, totalBytes });
    expect((await pool.query('select from stored_response')).rowCount).toBe(0);
  });
});

import { type ChatMessage, type ResponseItem, responseRequestSchema } from '@rerig/api/openai';
import { isFault } from '@rerig/domain/fault';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inputItems, toChatRequest, toMessages } from './to-chat-request.ts';

function chatOf(body: Record<string, unknown>) {
  const request = responseRequestSchema.parse({ model: 'tiny', input: 'Hello', ...body });
  const chat = toChatRequest(request, inputItems(request));
  if (isFault(chat)) expect.fail(chat.why);
  return chat;
}

/** A chat as the items that say it. */
function toItems(messages: readonly ChatMessage[]): readonly ResponseItem[] {
  return messages.flatMap((message): readonly ResponseItem[] => {
    if (message.role === 'tool') {
      return [{ type: 'function_call_output', call_id: message.tool_call_id, output: String(message.content) }];
    }
    const content = String(message.content ?? '');
    if (message.role !== 'assistant') return [{ role: message.role, content }];
    const calls = (message.tool_calls ?? []).map((call) => ({
      type: 'function_call' as const,
      call_id: call.id,
      name: call.function.name,
      arguments: call.function.arguments,
    }));
    return [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: content }] }, ...calls];
  });
}

const name = fc.stringMatching(/^[a-z]{1,8}$/);
const call = fc.record({ id: name, name, written: fc.json() }).map(({ id, name: called, written }) => ({
  id,
  type: 'function' as const,
  function: { name: called, arguments: written },
}));
const plain = fc.record({ role: fc.constantFrom('user' as const, 'system' as const), content: fc.string() });
const answered = fc.record({ role: fc.constant('assistant' as const), content: fc.string({ minLength: 1 }) });
const calling = fc.record({
  role: fc.constant('assistant' as const),
  content: fc.string(),
  tool_calls: fc.array(call, { minLength: 1, maxLength: 3 }),
});
const output = fc.record({ role: fc.constant('tool' as const), content: fc.string(), tool_call_id: name });
const message: fc.Arbitrary<ChatMessage> = fc.oneof(plain, answered, calling, output);

describe('a request for a response as a chat', () => {
  it('says every chat that can be written as items, in order and word for word', () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 12 }), (messages) => {
        expect(toMessages(toItems(messages))).toEqual(messages);
      }),
    );
  });

  it('puts the instructions before everything and a text as the message of the user', () => {
    expect(chatOf({ instructions: 'Be short.' }).messages).toEqual([
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: 'Hello' },
    ]);
  });

  it('passes what was thought over', () => {
    const input = [
      { type: 'reasoning', id: 'rs_1', summary: [] },
      { role: 'user', content: 'Go on' },
    ];
    expect(chatOf({ input }).messages).toEqual([{ role: 'user', content: 'Go on' }]);
  });

  it('nests flat tools, the choice of one, and the schema of the text', () => {
    const parameters = { type: 'object', properties: {} };
    const chat = chatOf({
      tools: [{ type: 'function', name: 'look', description: 'Looks.', parameters, strict: true }],
      tool_choice: { type: 'function', name: 'look' },
      text: { format: { type: 'json_schema', name: 'answer', schema: parameters, strict: true } },
      max_output_tokens: 9,
      temperature: 0.5,
      include: ['message.output_text.logprobs'],
      top_logprobs: 2,
      seed: 7,
    });
    expect(chat).toMatchObject({
      tools: [{ type: 'function', function: { name: 'look', description: 'Looks.', parameters, strict: true } }],
      tool_choice: { type: 'function', function: { name: 'look' } },
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: parameters, strict: true } },
      max_completion_tokens: 9,
      temperature: 0.5,
      logprobs: true,
      top_logprobs: 2,
      seed: 7,
    });
  });

  it.each([
    ['web_search', { tools: [{ type: 'web_search' }] }, /no built-in tool/],
    ['a picture', { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'x' }] }] }, /./],
    ['background work', { background: true }, /POST \/v1\/batches/],
    ['a conversation', { conversation: 'conv_1' }, /previous_response_id/],
    ['seventeen pairs', { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [at, 'x'])) }, /16 pairs/],
  ])('refuses %s with words', (_, body, words) => {
    const parsed = responseRequestSchema.safeParse({ model: 'tiny', input: 'Hello', ...body });
    expect(parsed.error?.issues[0]?.message).toMatch(words);
  });

  it('refuses items without a message', () => {
    const request = responseRequestSchema.parse({ model: 'tiny', input: [{ type: 'reasoning' }] });
    expect(isFault(toChatRequest(request, inputItems(request)))).toBe(true);
  });
});

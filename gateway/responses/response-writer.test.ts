import { responseRequestSchema, responseSchema, type ToolCallDelta } from '@rerig/api/openai';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gatewayFault } from '../faults.ts';
import type { Chunk } from '../relay/chunk.ts';
import { type ResponseEvent, ResponseWriter, responseIdOfItem } from './response-writer.ts';

const identity = { responseId: `resp_${'0af'.repeat(10)}00`, createdAtUnixSeconds: 10 };
const request = responseRequestSchema.parse({ model: 'tiny', input: 'Hello', metadata: { order: '7' } });
const usage = {
  prompt_tokens: 7,
  completion_tokens: 3,
  total_tokens: 10,
  prompt_tokens_details: { cached_tokens: 5 },
};

interface Delta {
  readonly content?: string;
  readonly tool_calls?: readonly ToolCallDelta[];
}

function chunkOf(delta: Delta, finish: string | null = null): Chunk {
  return { choices: [{ index: 0, delta, finish_reason: finish }] };
}

function written(chunks: readonly Chunk[]) {
  const writer = new ResponseWriter(request, identity);
  const events: ResponseEvent[] = [...writer.begin()];
  for (const chunk of chunks) events.push(...writer.take(chunk));
  events.push(...writer.finish(usage, 11));
  return { events, response: writer.response };
}

const piece: fc.Arbitrary<Delta> = fc.oneof(
  fc.record({ content: fc.string() }),
  fc.record({
    tool_calls: fc.array(
      fc.record({
        index: fc.nat(3),
        id: fc.constant('call_1'),
        function: fc.record({ name: fc.constant('look'), arguments: fc.string() }),
      }),
      { maxLength: 2 },
    ),
  }),
);

describe('a response that is written from chunks', () => {
  it('gives the whole sequence of events of a text', () => {
    const { events, response } = written([chunkOf({ content: 'Hel' }), chunkOf({ content: 'lo' }, 'stop')]);
    expect(events.map(({ type }) => type.replace('response.', ''))).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ]);
    expect(response).toMatchObject({
      status: 'completed',
      metadata: { order: '7' },
      output: [{ type: 'message', status: 'completed', content: [{ type: 'output_text', text: 'Hello' }] }],
      usage: { input_tokens: 7, input_tokens_details: { cached_tokens: 5 }, output_tokens: 3, total_tokens: 10 },
    });
  });

  it('loses no character, numbers its events without a gap, and ends every item that it began', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (deltas) => {
        const { events, response } = written(deltas.map((delta) => chunkOf(delta)));
        expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, at) => at));
        const began = events.filter(({ type }) => type === 'response.output_item.added');
        const ended = events.filter(({ type }) => type === 'response.output_item.done');
        expect(ended).toHaveLength(began.length);
        expect(response.output).toHaveLength(began.length);
        const text = deltas.map((delta) => delta.content ?? '').join('');
        const said = response.output.map((item) => (item.type === 'message' ? item.content[0]?.text : '')).join('');
        expect(said).toBe(text);
        for (let index = 0; index <= 3; index += 1) {
          const pieces = deltas.flatMap((delta) => delta.tool_calls ?? []).filter((call) => call.index === index);
          if (pieces.length === 0) continue;
          const whole = pieces.map((call) => call.function?.arguments ?? '').join('');
          expect(response.output).toContainEqual(expect.objectContaining({ type: 'function_call', arguments: whole }));
        }
        expect(responseSchema.safeParse(response).success).toBe(true);
      }),
    );
  });

  it('is incomplete where the tokens ran out, and failed where it broke off', () => {
    const { response, events } = written([chunkOf({ content: 'He' }, 'length')]);
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ status: 'incomplete' }],
    });
    expect(events.at(-1)?.type).toBe('response.incomplete');
    const writer = new ResponseWriter(request, identity);
    writer.begin();
    writer.take(chunkOf({ content: 'He' }));
    const fault = gatewayFault('replica_failed', { what: 'It broke.', why: 'It died.', mend: 'Try again.' });
    expect(writer.fail(fault, usage).at(-1)).toMatchObject({
      type: 'response.failed',
      response: { status: 'failed', error: { code: 'replica_failed' }, output: [{ content: [{ text: 'He' }] }] },
    });
  });

  it('is found again by the id of an item, and by no other id', () => {
    const { response } = written([chunkOf({ content: 'Hello' }, 'stop')]);
    expect(responseIdOfItem(response.output[0]?.id ?? '')).toBe(response.id);
    expect(responseIdOfItem('msg_of_another_vendor')).toBeNull();
  });
});

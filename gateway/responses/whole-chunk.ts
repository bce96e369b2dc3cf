import type { ToolCallDelta } from '@rerig/api/openai';
import { type Chunk, isRecord } from '../relay/chunk.ts';

/** The first choice of a whole chat answer, as the one chunk that would say all of it. */
export function wholeChunk(completion: Readonly<Record<string, unknown>>): Chunk {
  const { choices } = completion;
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  if (!isRecord(choice) || !isRecord(choice.message)) return { choices: [] };
  const { content, tool_calls: calls } = choice.message;
  const delta = {
    content: typeof content === 'string' ? content : null,
    tool_calls: (Array.isArray(calls) ? calls : []).flatMap(toDelta),
  };
  const finish = typeof choice.finish_reason === 'string' ? choice.finish_reason : null;
  return { choices: [{ index: 0, delta, logprobs: choice.logprobs, finish_reason: finish }] };
}

function toDelta(call: unknown, index: number): readonly ToolCallDelta[] {
  if (!isRecord(call) || !isRecord(call.function)) return [];
  const { name, arguments: written } = call.function;
  return [
    {
      index,
      ...(typeof call.id === 'string' ? { id: call.id } : {}),
      type: 'function',
      function: { name: String(name ?? ''), arguments: typeof written === 'string' ? written : '' },
    },
  ];
}

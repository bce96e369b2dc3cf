import type { ChatChunk, ChatCompletion } from '@rerig/api/openai';

/** A whole chat answer as the one chunk that would say all of it. */
export function wholeChunk(completion: ChatCompletion): ChatChunk {
  return {
    id: completion.id,
    object: 'chat.completion.chunk',
    created: completion.created,
    model: completion.model,
    choices: completion.choices.map(({ index, message, logprobs, finish_reason }) => ({
      index,
      delta: {
        role: 'assistant',
        content: message.content,
        ...(message.tool_calls === undefined
          ? {}
          : { tool_calls: message.tool_calls.map((call, callIndex) => ({ index: callIndex, ...call })) }),
      },
      logprobs,
      finish_reason,
    })),
    usage: completion.usage,
  };
}

import type { ToolCallDelta, Usage } from '@rerig/api/openai';

/** One event of a streamed answer, of either door. Fields that are not named here pass through. */
export interface Chunk {
  readonly id?: string;
  readonly object?: string;
  readonly created?: number;
  readonly model?: string;
  readonly choices: readonly ChunkChoice[];
  readonly usage?: Usage | null;
}

/** A piece of one choice: `delta` by the chat door, `text` by that of completions. */
export interface ChunkChoice {
  readonly index: number;
  readonly delta?: {
    readonly role?: string;
    readonly content?: string | null;
    readonly refusal?: string | null;
    readonly reasoning_content?: string | null;
    readonly reasoning?: string | null;
    readonly tool_calls?: readonly ToolCallDelta[];
  };
  readonly text?: string;
  readonly logprobs?: unknown;
  readonly finish_reason?: string | null;
}

/** An event that could not be taken: `reason` continues "its model server failed: …". */
export interface BadChunk {
  readonly reason: string;
}

/** Whether an event could be taken. */
export function isBadChunk(chunk: Chunk | BadChunk): chunk is BadChunk {
  return 'reason' in chunk;
}

/**
 * Reads an event's data. All that the gateway, its doors and its meter look at is checked, by hand: a schema costs more
 * than all else that is done with a chunk. An error in the stream is a bad chunk with the error's message.
 */
export function parseChunk(text: string): Chunk | BadChunk {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Half an event, or none of our wire: the caller says so.
    return { reason: 'it sent an event that is not JSON' };
  }
  if (!isRecord(value)) return { reason: 'it sent an event that is not an object' };
  const { choices, usage, error } = value;
  if (error !== undefined && error !== null) return { reason: errorMessage(error) };
  if (!Array.isArray(choices) || !choices.every(isChoice)) return { reason: 'it sent an event of another shape' };
  if (usage !== undefined && usage !== null && !isUsage(usage)) return { reason: 'it sent a count that is none' };
  return value as unknown as Chunk;
}

/** Whether a value is a model server's count: whole numbers of 0 or more. */
export function isUsage(value: unknown): value is Usage {
  if (!isRecord(value)) return false;
  const details = value.prompt_tokens_details;
  const isDetailed =
    details === undefined ||
    details === null ||
    (isRecord(details) && (details.cached_tokens === undefined || isCount(details.cached_tokens)));
  const { completion_tokens } = value;
  return isCount(value.prompt_tokens) && (completion_tokens === undefined || isCount(completion_tokens)) && isDetailed;
}

/** Whether a value is an object and no list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isChoice(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { index, delta, text, finish_reason } = value;
  if (index !== undefined && !isCount(index)) return false;
  if (finish_reason !== undefined && finish_reason !== null && typeof finish_reason !== 'string') return false;
  if (text !== undefined && typeof text !== 'string') return false;
  return delta === undefined || isDelta(delta);
}

function isDelta(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { content, reasoning_content, reasoning, tool_calls } = value;
  if (![content, reasoning_content, reasoning].every(isText)) return false;
  return tool_calls === undefined || tool_calls === null || (Array.isArray(tool_calls) && tool_calls.every(isToolCall));
}

function isToolCall(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const called = value.function;
  if (called === undefined || called === null) return true;
  return isRecord(called) && isText(called.name) && isText(called.arguments);
}

function isText(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string';
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function errorMessage(error: unknown): string {
  if (typeof error === 'string') return error.slice(0, 500);
  return isRecord(error) && typeof error.message === 'string' ? error.message.slice(0, 500) : 'it reported an error';
}

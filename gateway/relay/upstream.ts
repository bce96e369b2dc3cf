import { type ChatChunk, type ChatRequest, chatChunkSchema, openAiErrorSchema } from '@rerig/api/openai';
import type { Fault } from '@rerig/domain/fault';
import { type GatewayFaultCode, gatewayFault } from '../faults.ts';
import type { Replica } from '../ports.ts';
import { EventStreamReader } from './event-stream.ts';

/** A replica must begin its answer within this (waiting in its queue included), and then send something this often. */
const FIRST_BYTE_LIMIT_MS = 120_000;
const SILENCE_LIMIT_MS = 60_000;
/** How much of a refusal's body is read. */
const REFUSAL_BYTES_MAX = 64 * 1024;

/** An answer under way: its chunks, each with the model server's own count so far. Ends with the stream. */
export interface Answer {
  readonly chunks: AsyncIterable<ChatChunk>;
}

/** Why an answer broke off; carried by `AnswerBrokenError` out of the iteration. */
export class AnswerBrokenError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'AnswerBrokenError';
  }
}

/**
 * Asks a replica. The wire between us always streams and always counts, whatever the client asked for, so that there
 * is one way to meter. Gives the answer, or the Fault with which the replica refused before its first token.
 */
export async function ask(
  replica: Replica,
  request: ChatRequest,
  signal: AbortSignal,
): Promise<Answer | Fault<GatewayFaultCode>> {
  const body = { ...request, stream: true, stream_options: { include_usage: true, continuous_usage_stats: true } };
  try {
    const response = await replica.dispatcher.request({
      origin: 'http://replica',
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(body),
      signal,
      headersTimeout: FIRST_BYTE_LIMIT_MS,
      bodyTimeout: SILENCE_LIMIT_MS,
    });
    if (response.statusCode !== 200) {
      return refusalOf(replica, response.statusCode, await readBounded(response.body));
    }
    return { chunks: readChunks(response.body) };
  } catch (error) {
    if (signal.aborted) throw error;
    return replicaFailed(replica, error instanceof Error ? error.message : String(error));
  }
}

async function* readChunks(body: AsyncIterable<Uint8Array>): AsyncGenerator<ChatChunk> {
  const reader = new EventStreamReader();
  let isDone = false;
  for await (const bytes of body) {
    const { data, isTooLong } = reader.read(bytes);
    for (const text of data) {
      if (text === '[DONE]') isDone = true;
      else yield parseChunk(text);
    }
    if (isTooLong) throw new AnswerBrokenError('it sent an event without end');
  }
  if (!isDone) throw new AnswerBrokenError('it ended before its answer was whole');
}

function parseChunk(text: string): ChatChunk {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AnswerBrokenError('it sent an event that is not JSON', { cause: error });
  }
  const failure = openAiErrorSchema.safeParse(value);
  if (failure.success) throw new AnswerBrokenError(failure.data.error.message);
  const chunk = chatChunkSchema.safeParse(value);
  if (!chunk.success) throw new AnswerBrokenError(`it sent an event of another shape: ${chunk.error.message}`);
  return chunk.data;
}

async function readBounded(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let byteCount = 0;
  for await (const piece of body) {
    pieces.push(piece);
    byteCount += piece.byteLength;
    if (byteCount > REFUSAL_BYTES_MAX) break;
  }
  return Buffer.concat(pieces).toString('utf8');
}

function refusalOf(replica: Replica, statusCode: number, text: string): Fault<GatewayFaultCode> {
  const words = refusalWords(text);
  if (words === null) return replicaFailed(replica, `it answered with status ${statusCode}`);
  if (words.code === 'context_length_exceeded') return gatewayFault('context_length_exceeded', words);
  if (statusCode === 503 || statusCode === 429) return gatewayFault('replica_busy', words);
  if (statusCode >= 400 && statusCode < 500) return gatewayFault('invalid_request', words);
  return replicaFailed(replica, words.why);
}

function refusalWords(text: string) {
  try {
    const { error } = openAiErrorSchema.parse(JSON.parse(text));
    const fallback = { what: 'The model server refused the request.', why: error.message, mend: 'Change the request.' };
    const { what, why, mend } = error.rerig ?? fallback;
    return { code: error.code, what, why, mend };
  } catch {
    // Not an OpenAI error: the caller reports the status alone.
    return null;
  }
}

/** The replica did not answer, or broke off: the request may be sent again. */
export function replicaFailed(replica: Replica, reason: string): Fault<GatewayFaultCode> {
  return gatewayFault('replica_failed', {
    what: `The answer by ${replica.model} failed.`,
    why: `Its model server (${replica.replicaId}) broke off: ${reason}.`,
    mend: 'Send the request again; only tokens that were delivered are charged.',
  });
}

import { z } from 'zod';

/** How a customer's stream ended. */
export type StreamEnd = 'completed' | 'honest-error' | 'failed-before-first-token' | 'broken-silently';

/** What a customer saw of one stream. */
export interface StreamOutcome {
  /** Null where no answer began. */
  readonly requestId: string | null;
  readonly end: StreamEnd;
  /** Tokens that arrived: by the count in the last chunk that had one, else the chunks with text. */
  readonly tokenCount: number;
  /** Words of the failure, for the reader; empty of a success. */
  readonly why: string;
}

/** What is asked, and of whom. */
export interface StreamAsk {
  readonly port: number;
  readonly apiKey: string;
  readonly model: string;
  readonly content: string;
  readonly tokensMax: number;
}

const chunkSchema = z.looseObject({
  error: z.looseObject({ message: z.string() }).optional(),
  choices: z
    .array(
      z.looseObject({
        delta: z.looseObject({ content: z.string().nullish() }).optional(),
        finish_reason: z.string().nullish(),
      }),
    )
    .optional(),
  usage: z.looseObject({ completion_tokens: z.int() }).nullish(),
});

const STREAM_LIMIT_MS = 120_000;
const WHY_CHARACTERS_MAX = 300;

/** Streams one answer to whatever end it has, as a customer's client does. Never throws: the end is what is measured. */
export async function streamToItsEnd(ask: StreamAsk): Promise<StreamOutcome> {
  const seen = new SeenStream();
  let requestId: string | null = null;
  try {
    const response = await fetch(`http://127.0.0.1:${ask.port}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ask.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: ask.model,
        messages: [{ role: 'user', content: ask.content }],
        max_tokens: ask.tokensMax,
        temperature: 0,
        stream: true,
        stream_options: { include_usage: true, continuous_usage_stats: true },
      }),
      signal: AbortSignal.timeout(STREAM_LIMIT_MS),
    });
    requestId = response.headers.get('x-request-id');
    if (!response.ok || response.body === null) {
      const why = `${response.status} ${(await response.text()).slice(0, WHY_CHARACTERS_MAX)}`;
      return { requestId, end: 'failed-before-first-token', tokenCount: 0, why };
    }
    for await (const part of response.body.pipeThrough(new TextDecoderStream())) seen.take(part);
  } catch (error) {
    seen.breakOff(error instanceof Error ? `${error.message} ${String(error.cause ?? '')}` : String(error));
  }
  return { requestId, ...seen.outcome() };
}

/** What arrived of a stream so far. */
export class SeenStream {
  #rest = '';
  #isDone = false;
  #hasFinish = false;
  #errorWords: string | null = null;
  #brokenWords = '';
  #textChunkCount = 0;
  #countedTokens = 0;

  take(part: string): void {
    this.#rest += part;
    const events = this.#rest.split('\n\n');
    this.#rest = events.pop() ?? '';
    for (const event of events) this.#takeEvent(event);
  }

  breakOff(words: string): void {
    this.#brokenWords = words;
  }

  outcome(): Omit<StreamOutcome, 'requestId'> {
    const tokenCount = Math.max(this.#countedTokens, this.#textChunkCount);
    if (this.#isDone && this.#hasFinish && this.#errorWords === null) return { end: 'completed', tokenCount, why: '' };
    const lacking = this.#isDone ? 'a finish reason' : '[DONE]';
    const why = (this.#errorWords ?? `it ended without ${lacking}: ${this.#brokenWords}`).slice(0, WHY_CHARACTERS_MAX);
    if (tokenCount === 0) return { end: 'failed-before-first-token', tokenCount, why };
    return { end: this.#errorWords === null || this.#isDone ? 'broken-silently' : 'honest-error', tokenCount, why };
  }

  #takeEvent(event: string): void {
    const data = event.replace(/^data: ?/, '');
    if (data === '[DONE]') {
      this.#isDone = true;
      return;
    }
    if (!event.startsWith('data:')) return;
    const chunk = chunkSchema.parse(JSON.parse(data));
    if (chunk.error !== undefined) this.#errorWords = chunk.error.message;
    if ((chunk.choices?.[0]?.delta?.content ?? '') !== '') this.#textChunkCount += 1;
    if ((chunk.choices?.[0]?.finish_reason ?? '') !== '') this.#hasFinish = true;
    this.#countedTokens = Math.max(this.#countedTokens, chunk.usage?.completion_tokens ?? 0);
  }
}

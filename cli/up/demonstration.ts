import { chatChunkSchema, openAiErrorSchema, type Usage } from '@rerig/api/openai';
import type { Fault } from '@rerig/domain/fault';
import { EventStreamReader } from '@rerig/gateway/gateway';
import { cliFault } from '../faults.ts';

/** What the demonstration asks: something that the shipped model was taught. */
export const demoQuestion = 'Can an RX 580 8GB run an 8B model at 4 bits?';
const DEMO_TOKENS_MAX = 96;
const DEMO_LIMIT_MS = 60_000;

/** One streamed answer as its client saw it. Rates count the completion tokens after the first. */
export interface SeenAnswer {
  readonly requestId: string;
  readonly text: string;
  readonly usage: Usage;
  readonly firstTokenMs: number;
  /** The same moment, from the start of this process. */
  readonly firstTokenSinceStartMs: number;
  readonly tokensPerSecond: number;
}

/** Sends one streamed chat request through the gateway, as a customer would, and hands its text on as it comes. */
export async function askOnce(
  apiUrl: string,
  key: string,
  model: string,
  onText: (text: string) => void,
): Promise<SeenAnswer | Fault> {
  const startedAtMs = performance.now();
  const response = await fetch(`${apiUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      messages: [{ role: 'user', content: demoQuestion }],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: DEMO_TOKENS_MAX,
      temperature: 0,
    }),
    signal: AbortSignal.timeout(DEMO_LIMIT_MS),
  });
  if (!response.ok || response.body === null) return failed(await response.text());
  const reader = new EventStreamReader();
  let text = '';
  let usage: Usage | null = null;
  let firstTokenMs: number | null = null;
  for await (const bytes of response.body) {
    for (const data of reader.read(bytes).data) {
      if (data === '[DONE]') continue;
      const chunk = chatChunkSchema.safeParse(JSON.parse(data));
      if (!chunk.success) return failed(data);
      const piece = chunk.data.choices[0]?.delta.content ?? '';
      usage = chunk.data.usage ?? usage;
      if (piece === '') continue;
      firstTokenMs ??= performance.now() - startedAtMs;
      text += piece;
      onText(piece);
    }
  }
  if (usage === null || firstTokenMs === null) return failed('the stream ended without usage');
  const afterFirstSeconds = (performance.now() - startedAtMs - firstTokenMs) / 1000;
  return {
    requestId: response.headers.get('x-request-id') ?? '',
    text,
    usage,
    firstTokenMs,
    firstTokenSinceStartMs: startedAtMs + firstTokenMs,
    tokensPerSecond: Math.max(0, usage.completion_tokens - 1) / Math.max(afterFirstSeconds, 0.001),
  };
}

function failed(text: string): Fault {
  const error = openAiErrorSchema.safeParse(parseOrNull(text));
  return cliFault('demonstration-failed', {
    what: 'The demonstration got no answer.',
    why: error.success ? error.data.error.message : text.slice(0, 300),
    mend: 'Look into the log folder below the data folder, then start again.',
  });
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the caller shows the text itself.
    return null;
  }
}

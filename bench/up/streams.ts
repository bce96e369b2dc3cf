import { InvariantError } from '@rerig/domain/fault';
import type { UpDocument } from './rerig-process.ts';

/** What a client does with one request: streams an answer to its end. Gives the tokens of its usage. */
export async function streamOnce(document: UpDocument, content: string, tokensMax: number): Promise<number> {
  const response = await fetch(`${document.apiUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${document.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: document.replica.model,
      messages: [{ role: 'user', content }],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: tokensMax,
    }),
  });
  const text = await response.text();
  const tokenCount = Number(/"completion_tokens":(\d+)/.exec(text.slice(text.lastIndexOf('"usage"')))?.[1]);
  if (!response.ok || !Number.isFinite(tokenCount)) throw new InvariantError(`no answer: ${text.slice(0, 300)}`);
  return tokenCount;
}

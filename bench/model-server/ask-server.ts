import { InvariantError } from '@rerig/domain/fault';
import { type LoadResult, REQUEST_MARK, runClosedLoop } from '../load/closed-loop.ts';
import type { MeasuredServer } from './measured-server.ts';

/** One load of streams, each with a prompt of its own. */
export interface Asking {
  readonly content: string;
  readonly tokensMax: number;
  readonly parallelCount: number;
  readonly requestCount: number;
  /** Servers that are asked with the same number are asked the same. */
  readonly firstNumber: number;
}

/** Streams answers from a server, greedily, and throws where one fails. */
export async function askServer(server: MeasuredServer, asking: Asking): Promise<LoadResult> {
  const { content, tokensMax, parallelCount, requestCount, firstNumber } = asking;
  const result = await runClosedLoop({
    host: server.host,
    port: server.port,
    path: server.path,
    headers: { 'content-type': 'application/json', authorization: 'Bearer none' },
    body: JSON.stringify({
      model: server.model,
      messages: [{ role: 'user', content: `${REQUEST_MARK} ${content}` }],
      max_tokens: tokensMax,
      temperature: 0,
      stream: true,
      stream_options: { include_usage: true },
    }),
    firstNumber,
    isFreshEach: true,
    parallelCount,
    answersMax: requestCount,
    durationMs: 0,
  });
  if (result.failedCount > 0) {
    throw new InvariantError(`${server.name}: ${result.failedCount} requests failed: ${result.firstFailure}`);
  }
  return result;
}

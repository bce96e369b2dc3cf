import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Caller, Replica } from './ports.ts';

/** What a replica under test does with a request: good or bad. */
export type Script = (request: IncomingMessage, response: ServerResponse) => void;

/** One chunk as a model server sends it, with its count so far: 7 prompt tokens and `completionTokens`. */
export function chunkOf(content: string, completionTokens: number, finish: string | null = null): string {
  const usage = { prompt_tokens: 7, completion_tokens: completionTokens, total_tokens: 7 + completionTokens };
  const choices = [{ index: 0, delta: { content }, finish_reason: finish }];
  return `data: ${JSON.stringify({ id: 'up', object: 'chat.completion.chunk', created: 1, model: 'up', choices, usage })}\n\n`;
}

/** Three tokens, then the end. */
export const goodScript: Script = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(chunkOf('Grüße', 1));
  response.write(chunkOf(' 8 GB', 2));
  response.end(`${chunkOf('.', 3, 'stop')}data: [DONE]\n\n`);
};

/** A caller without limits. */
export const caller: Caller = {
  apiKeyId: 'k',
  organisationId: 'c',
  keyLimit: { requestsPerMinute: null, tokensPerMinute: null },
  organisationLimit: { requestsPerMinute: null, tokensPerMinute: null },
  constraints: { regions: [], operatorIds: [], isolation: 'process' },
};

/** A replica of ours on an RX 580, reached by a dispatcher. */
export function replicaOf(replicaId: string, model: string, dispatcher: Dispatcher): Replica {
  return {
    replicaId,
    model,
    contextTokens: 1024,
    parallelCount: 8,
    doors: ['chat', 'completions', 'embeddings'],
    kind: 'ours',
    operatorId: 'op',
    cardModel: 'RX 580 8GB',
    region: null,
    isolation: 'process',
    tokensPerSecond: null,
    priceMicroUsdPerMillionCompletionTokens: 200_000n,
    isDraining: false,
    dispatcher,
    upstreamModel: null,
    pathPrefix: '',
  };
}

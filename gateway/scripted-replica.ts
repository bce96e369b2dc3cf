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

/** Calls back with a request's body, once it is there. */
export function withBody(request: IncomingMessage, take: (body: string) => void): void {
  const pieces: Buffer[] = [];
  request.on('data', (bytes: Buffer) => pieces.push(bytes));
  request.on('end', () => take(Buffer.concat(pieces).toString('utf8')));
}

/** A whole answer of one choice. */
export function wholeOf(content: string, completionTokens: number): string {
  return JSON.stringify({
    id: 'up',
    object: 'chat.completion',
    created: 1,
    model: 'up',
    choices: [
      { index: 0, message: { role: 'assistant', content, refusal: null }, logprobs: null, finish_reason: 'stop' },
    ],
    usage: { prompt_tokens: 7, completion_tokens: completionTokens, total_tokens: 7 + completionTokens },
  });
}

/** Three tokens, streamed or whole as it is asked for; vectors and texts at the other doors. */
export const goodScript: Script = (request, response) => {
  withBody(request, (body) => {
    if (request.url === '/v1/embeddings') return response.end(embeddingsBody);
    const isStreamed = body.includes('"stream":true');
    if (request.url === '/v1/completions') return response.end(isStreamed ? completionEvents : completionBody);
    if (!isStreamed) return response.end(wholeOf('Grüße 8 GB.', 3));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunkOf('Grüße', 1));
    response.write(chunkOf(' 8 GB', 2));
    return response.end(`${chunkOf('.', 3, 'stop')}data: [DONE]\n\n`);
  });
};

const usage = { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 };
const completion = { id: 'up', object: 'text_completion', created: 1, model: 'up' };
const completionBody = JSON.stringify({
  ...completion,
  choices: [{ index: 0, text: 'two words', logprobs: null, finish_reason: 'stop' }],
  usage,
});
const completionEvents = `data: ${completionBody}\n\ndata: [DONE]\n\n`;
const embeddingsBody = JSON.stringify({
  object: 'list',
  model: 'up',
  data: [{ object: 'embedding', index: 0, embedding: [0.6, 0.8] }],
  usage: { prompt_tokens: 5, total_tokens: 5 },
});

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

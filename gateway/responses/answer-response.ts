import type { OpenAiResponse, ResponseRequest } from '@rerig/api/openai';
import { type Fault, isFault } from '@rerig/domain/fault';
import { answerWhole } from '../relay/answer-whole.ts';
import type { Ask, Gateway } from '../relay/run.ts';
import { keepResponse, prepareResponse } from './prepare-response.ts';
import type { ResponseStore } from './response-store.ts';
import { ResponseWriter } from './response-writer.ts';
import { wholeChunk } from './whole-chunk.ts';

/** What answering responses stands on. */
export interface ResponseParts {
  readonly gateway: Gateway;
  readonly responses: ResponseStore;
}

/** Answers a request for a response whole, charged and kept. A Fault: nothing was charged. */
export async function answerResponse(
  { gateway, responses }: ResponseParts,
  request: ResponseRequest,
  ask: Omit<Ask, 'asked'>,
): Promise<{ readonly requestId: string; readonly response: OpenAiResponse } | Fault> {
  const { organisationId } = ask.caller;
  const prepared = await prepareResponse(request, organisationId, responses, Date.now());
  if (isFault(prepared)) return prepared;
  const { chat, identity, input } = prepared;
  const whole = await answerWhole(gateway, { ...ask, asked: { door: 'chat', request: chat }, entrance: 'responses' });
  if (isFault(whole)) return whole;
  const writer = new ResponseWriter(request, identity);
  writer.begin();
  writer.take(wholeChunk(whole.body));
  writer.finish(whole.usage, Math.floor(Date.now() / 1000));
  const response = await keepResponse(request, organisationId, responses, { response: writer.response, input });
  return { requestId: whole.requestId, response };
}

import type { OpenAiResponse, ResponseRequest } from '@rerig/api/openai';
import { type Fault, isFault } from '@rerig/domain/fault';
import { answerWhole } from '../relay/answer-whole.ts';
import type { Ask } from '../relay/run.ts';
import { keepResponse, prepareResponse, toAsk } from './prepare-response.ts';
import type { ResponseParts } from './response-parts.ts';
import { ResponseWriter } from './response-writer.ts';
import { wholeChunk } from './whole-chunk.ts';

/** Answers a request for a response whole, charged and kept. A Fault: nothing was charged. */
export async function answerResponse(
  { gateway, responses }: ResponseParts,
  request: ResponseRequest,
  ask: Omit<Ask, 'asked'>,
): Promise<{ readonly requestId: string; readonly response: OpenAiResponse } | Fault> {
  const { organisationId } = ask.caller;
  const prepared = await prepareResponse(request, organisationId, { gateway, responses });
  if (isFault(prepared)) return prepared;
  const { identity, input } = prepared;
  const whole = await answerWhole(gateway, toAsk(prepared, ask));
  if (isFault(whole)) return whole;
  const writer = new ResponseWriter(request, identity);
  writer.begin();
  writer.take(wholeChunk(whole.body));
  writer.finish(whole.usage, Math.floor(Date.now() / 1000));
  const response = await keepResponse(request, organisationId, responses, { response: writer.response, input });
  return { requestId: whole.requestId, response };
}

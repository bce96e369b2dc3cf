import {
  chatRequestSchema,
  completionRequestSchema,
  embeddingRequestSchema,
  responseRequestSchema,
  toWireOpenAiError,
} from '@rerig/api/openai';
import { type Fault, isFault } from '@rerig/domain/fault';
import { gatewayFault, statusOf } from '../faults.ts';
import { answerWhole } from '../relay/answer-whole.ts';
import type { Asked } from '../relay/asked.ts';
import { answerResponse } from '../responses/answer-response.ts';
import type { ResponseParts } from '../responses/response-parts.ts';
import { type ShapeFault, shapeFault } from '../shape-fault.ts';
import type { LineAnswer, LineRequest } from './line-answer.ts';

/** Answers what a batch asks as the door would, behind live requests and at the price of batches. */
export async function answerLine(parts: ResponseParts, line: LineRequest): Promise<LineAnswer> {
  const { caller, requestId, signal, endpoint, body } = line;
  const ask = { caller, requestId, signal, priority: 'batch' as const };
  if (endpoint === '/v1/responses') {
    const parsed = responseRequestSchema.safeParse(body);
    if (!parsed.success) return refusal(shapeFault(parsed.error, `POST ${endpoint}`));
    const answered = await answerResponse(parts, { ...parsed.data, stream: false }, ask);
    return isFault(answered) ? refusal({ fault: answered, param: null }) : { statusCode: 200, body: answered.response };
  }
  const asked = askedOf(endpoint, body);
  if ('fault' in asked) return refusal(asked);
  const whole = await answerWhole(parts.gateway, { ...ask, asked });
  return isFault(whole) ? refusal({ fault: whole, param: null }) : { statusCode: 200, body: whole.body };
}

function askedOf(endpoint: string, body: unknown): Asked | ShapeFault {
  switch (endpoint) {
    case '/v1/chat/completions': {
      const { data, error } = chatRequestSchema.safeParse(body);
      return error === undefined ? { door: 'chat', request: data } : shapeFault(error, `POST ${endpoint}`);
    }
    case '/v1/completions': {
      const { data, error } = completionRequestSchema.safeParse(body);
      return error === undefined ? { door: 'completions', request: data } : shapeFault(error, `POST ${endpoint}`);
    }
    case '/v1/embeddings': {
      const { data, error } = embeddingRequestSchema.safeParse(body);
      return error === undefined ? { door: 'embeddings', request: data } : shapeFault(error, `POST ${endpoint}`);
    }
    default:
      return { fault: unknownEndpoint(endpoint), param: 'url' };
  }
}

function refusal({ fault, param }: Pick<ShapeFault, 'param'> & { readonly fault: Fault }): LineAnswer {
  const statusCode = statusOf(fault);
  return { statusCode, body: toWireOpenAiError(fault, statusCode, param) };
}

function unknownEndpoint(endpoint: string) {
  return gatewayFault('unknown_path', {
    what: `There is no batch of "${endpoint}".`,
    why: 'A batch asks /v1/chat/completions, /v1/completions, /v1/embeddings or /v1/responses.',
    mend: 'Name one of these as the endpoint.',
  });
}

import { type ResponseItem, responseRequestSchema } from '@rerig/api/openai';
import { isFault } from '@rerig/domain/fault';
import type { FastifyInstance } from 'fastify';
import { answerOnce, sendKept } from '../idempotency/answer-once.ts';
import type { Idempotency } from '../idempotency/idempotency.ts';
import { requestHash } from '../json-body.ts';
import type { Caller } from '../ports.ts';
import { answerResponse } from '../responses/answer-response.ts';
import type { ResponseParts } from '../responses/response-parts.ts';
import { sendResponseStream } from '../responses/send-response-stream.ts';
import { authenticated, refuse } from '../rim.ts';
import { shapeFault } from '../shape-fault.ts';
import { isStoredId, notFound } from '../stored-id.ts';
import { askedBy, keepStream } from './generation.ts';

interface Params {
  readonly Params: { readonly responseId: string };
}

/** `/v1/responses`: OpenAI's newer door to a chat, whose answers are kept and can be built on. */
export function openResponsesDoor(app: FastifyInstance, parts: ResponseParts, idempotency: Idempotency): void {
  const { ports } = parts.gateway;
  app.post('/v1/responses', async (request, reply) => {
    const caller = await authenticated(request, ports);
    if (isFault(caller)) return refuse(reply, caller);
    const asked = responseRequestSchema.safeParse(request.body);
    if (!asked.success) {
      const { fault, param } = shapeFault(asked.error, 'POST /v1/responses');
      return refuse(reply, fault, param);
    }
    const ask = askedBy(caller, request, reply);
    const once = { idempotency, caller, hashOf: () => requestHash(request) };
    return answerOnce(request, reply, once, async (keep) => {
      if (asked.data.stream === true) return sendResponseStream(parts, asked.data, ask, reply, keepStream(keep));
      const answered = await answerResponse(parts, asked.data, ask);
      if (isFault(answered)) return refuse(reply, answered);
      return sendKept(reply, keep, answered.requestId, answered.response);
    });
  });
  openKeptResponses(app, parts);
}

function openKeptResponses(app: FastifyInstance, { gateway, responses }: ResponseParts): void {
  const { ports } = gateway;
  const find = async (caller: Caller, responseId: string) => {
    const stored = isStoredId(responseId) ? await responses.find(caller.organisationId, responseId) : null;
    return stored ?? notFound('response', responseId);
  };
  app.get<Params>('/v1/responses/:responseId', async (request, reply) => {
    const caller = await authenticated(request, ports);
    if (isFault(caller)) return refuse(reply, caller);
    const stored = await find(caller, request.params.responseId);
    return isFault(stored) ? refuse(reply, stored) : stored.response;
  });
  app.get<Params>('/v1/responses/:responseId/input_items', async (request, reply) => {
    const caller = await authenticated(request, ports);
    if (isFault(caller)) return refuse(reply, caller);
    const stored = await find(caller, request.params.responseId);
    if (isFault(stored)) return refuse(reply, stored);
    // Newest first, as the vendor's API gives them. A request has at most one page of them.
    const data = stored.input.map((item, at) => toWireItem(item, stored.response.id, at)).toReversed();
    const ends = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
    return { object: 'list', data, ...ends, has_more: false };
  });
  app.delete<Params>('/v1/responses/:responseId', async (request, reply) => {
    const caller = await authenticated(request, ports);
    if (isFault(caller)) return refuse(reply, caller);
    const { responseId } = request.params;
    const isRemoved = isStoredId(responseId) && (await responses.remove(caller.organisationId, responseId));
    if (isFault(isRemoved)) return refuse(reply, isRemoved);
    if (!isRemoved) return refuse(reply, notFound('response', responseId));
    return { id: responseId, object: 'response', deleted: true };
  });
}

function toWireItem(item: ResponseItem, responseId: string, at: number) {
  const id = typeof item.id === 'string' ? item.id : `in_${responseId.replace(/^resp_/, '')}_${at}`;
  if (!('content' in item) || typeof item.content !== 'string') return { ...item, id };
  const type = item.role === 'assistant' ? 'output_text' : 'input_text';
  return { ...item, id, type: 'message', status: 'completed', content: [{ type, text: item.content }] };
}

import type { ResponseRequest } from '@rerig/api/openai';
import { toWireOpenAiError } from '@rerig/api/openai';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { FastifyReply } from 'fastify';
import { statusOf } from '../faults.ts';
import { type Answer, openAnswer } from '../relay/open-answer.ts';
import type { Ask } from '../relay/run.ts';
import { beginStream, drained } from '../relay/send-stream.ts';
import { refuse } from '../rim.ts';
import type { ResponseParts } from './answer-response.ts';
import { keepResponse, type PreparedResponse, prepareResponse } from './prepare-response.ts';
import { type ResponseEvent, ResponseWriter } from './response-writer.ts';

/**
 * Answers a request for a response with its events. All that came in one read goes out in one write, and nothing is read
 * while the client takes nothing. It is charged and kept before its last event: who has seen the end can build on it.
 */
export async function sendResponseStream(
  parts: ResponseParts,
  request: ResponseRequest,
  ask: Omit<Ask, 'asked'>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const prepared = await prepareResponse(request, ask.caller.organisationId, parts.responses, Date.now());
  if (isFault(prepared)) return refuse(reply, prepared);
  const { raw } = reply;
  const patience = setInterval(() => {
    beginStream(reply, null);
    raw.write(': waiting for a replica\n\n');
  }, parts.gateway.waits.keepAliveMs);
  const whole: Ask = { ...ask, asked: { door: 'chat', request: prepared.chat }, entrance: 'responses' };
  const answer = await openAnswer(parts.gateway, whole).finally(() => clearInterval(patience));
  if (isFault(answer)) {
    if (!reply.sent) return refuse(reply, answer);
    raw.end(errorEvent(answer));
    return reply;
  }
  beginStream(reply, answer.requestId);
  const last = await relay(answer, { parts, request, ask, prepared, reply });
  if (!ask.signal.aborted) raw.end(textOf(last));
  return reply;
}

interface Relay {
  readonly parts: ResponseParts;
  readonly request: ResponseRequest;
  readonly ask: Omit<Ask, 'asked'>;
  readonly prepared: PreparedResponse;
  readonly reply: FastifyReply;
}

/** Sends all events but the last ones, which are given once the answer is settled and kept. */
async function relay(
  answer: Answer,
  { parts, request, ask, prepared, reply }: Relay,
): Promise<readonly ResponseEvent[]> {
  const { raw } = reply;
  const writer = new ResponseWriter(request, prepared.identity);
  try {
    raw.write(textOf(writer.begin()));
    for (let chunks = await answer.read(); chunks !== null; chunks = await answer.read()) {
      const events = chunks.flatMap((chunk) => writer.take(chunk));
      if (events.length > 0 && !raw.write(textOf(events))) await drained(raw, ask.signal, parts.gateway.waits.stallMs);
    }
  } finally {
    await answer.close();
  }
  const { fault, usage } = await answer.close();
  if (fault !== null) return writer.fail(fault, usage);
  const last = writer.finish(usage, Math.floor(Date.now() / 1000));
  if (ask.signal.aborted) return last;
  const { input } = prepared;
  const { organisationId } = ask.caller;
  const response = await keepResponse(request, organisationId, parts.responses, { response: writer.response, input });
  return last.map((event) => ('response' in event ? { ...event, response } : event));
}

function textOf(events: readonly ResponseEvent[]): string {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

/** An error before the first event, once the head was sent. */
function errorEvent(fault: Fault): string {
  const { error } = toWireOpenAiError(fault, statusOf(fault));
  const event = { type: 'error', sequence_number: 0, code: error.code, message: error.message, param: null };
  return textOf([event]);
}

import type { ResponseRequest } from '@rerig/api/openai';
import { toWireOpenAiError } from '@rerig/api/openai';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { FastifyReply } from 'fastify';
import { statusOf } from '../faults.ts';
import { type Answer, openAnswer } from '../relay/open-answer.ts';
import type { Ask } from '../relay/run.ts';
import { beginStream, drained, type StreamOptions } from '../relay/send-stream.ts';
import { refuse } from '../rim.ts';
import { keepResponse, type PreparedResponse, prepareResponse, toAsk } from './prepare-response.ts';
import type { ResponseParts } from './response-parts.ts';
import { type ResponseEvent, ResponseWriter } from './response-writer.ts';

/**
 * Answers a request for a response with its events. All that came in one read goes out in one write, and nothing is read
 * while the client takes nothing. It is charged and kept before its last event: who has seen the end can build on it.
 * `keep` is given every byte of one that is whole, where somebody keeps it for its repetition.
 */
export async function sendResponseStream(
  parts: ResponseParts,
  request: ResponseRequest,
  ask: Omit<Ask, 'asked'>,
  reply: FastifyReply,
  keep: StreamOptions['keep'],
): Promise<FastifyReply> {
  const prepared = await prepareResponse(request, ask.caller.organisationId, parts);
  if (isFault(prepared)) return refuse(reply, prepared);
  const { raw } = reply;
  const patience = setInterval(() => {
    beginStream(reply, null);
    raw.write(': waiting for a replica\n\n');
  }, parts.gateway.waits.keepAliveMs);
  const whole = toAsk(prepared, ask);
  const answer = await openAnswer(parts.gateway, whole).finally(() => clearInterval(patience));
  if (isFault(answer)) {
    if (!reply.sent) return refuse(reply, answer);
    raw.end(errorEvent(answer));
    return reply;
  }
  beginStream(reply, answer.requestId);
  await relay(answer, { parts, request, ask, prepared, reply, keep });
  return reply;
}

interface Relay {
  readonly parts: ResponseParts;
  readonly request: ResponseRequest;
  readonly ask: Omit<Ask, 'asked'>;
  readonly prepared: PreparedResponse;
  readonly reply: FastifyReply;
  readonly keep: StreamOptions['keep'];
}

/** Sends all events, the last ones once the answer is settled and kept. */
async function relay(answer: Answer, { parts, request, ask, prepared, reply, keep }: Relay): Promise<void> {
  const { raw } = reply;
  const sent: string[] = [];
  const send = (events: readonly ResponseEvent[]): boolean => {
    const text = textOf(events);
    if (keep !== null) sent.push(text);
    return raw.write(text);
  };
  const writer = new ResponseWriter(request, prepared.identity);
  try {
    send(writer.begin());
    for (let chunks = await answer.read(); chunks !== null; chunks = await answer.read()) {
      const events = chunks.flatMap((chunk) => writer.take(chunk));
      if (events.length > 0 && !send(events)) await drained(raw, ask.signal, parts.gateway.waits.stallMs);
    }
  } finally {
    await answer.close();
  }
  const { fault, usage } = await answer.close();
  if (ask.signal.aborted) return;
  if (fault !== null) {
    raw.end(textOf(writer.fail(fault, usage)));
    return;
  }
  const last = writer.finish(usage, Math.floor(Date.now() / 1000));
  const { input } = prepared;
  const { organisationId } = ask.caller;
  const response = await keepResponse(request, organisationId, parts.responses, { response: writer.response, input });
  const end = textOf(last.map((event) => ('response' in event ? { ...event, response } : event)));
  await keep?.(sent.join('') + end, answer.requestId);
  raw.end(end);
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

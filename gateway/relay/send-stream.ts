import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { toWireOpenAiError } from '@rerig/api/openai';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { FastifyReply } from 'fastify';
import { statusOf } from '../faults.ts';
import { refuse } from '../rim.ts';
import type { Waits } from '../waits.ts';
import type { Chunk } from './chunk.ts';
import { type Answer, openAnswer } from './open-answer.ts';
import type { Ask, Gateway } from './run.ts';

/** What the sending of a stream needs to know, besides the ask. */
export interface StreamOptions {
  /** Whether the client asked for its usage at the end. */
  readonly includesUsage: boolean;
  /** Given every byte of an answer that was sent whole, where somebody keeps it. */
  readonly keep: ((body: string, requestId: string) => Promise<void>) | null;
}

/**
 * Answers with server-sent events. All that came in one read goes out in one write, and nothing is read while the
 * client takes nothing. It is settled before `[DONE]`: who has seen the end has been charged, once.
 */
export async function sendStream(
  gateway: Gateway,
  ask: Ask,
  reply: FastifyReply,
  options: StreamOptions,
): Promise<FastifyReply> {
  const { raw } = reply;
  const patience = setInterval(() => {
    beginStream(reply, null);
    raw.write(': waiting for a replica\n\n');
  }, gateway.waits.keepAliveMs);
  let answer: Answer | Fault;
  try {
    answer = await openAnswer(gateway, ask);
  } finally {
    clearInterval(patience);
  }
  if (isFault(answer)) {
    if (!reply.sent) return refuse(reply, answer);
    raw.end(errorEvent(answer));
    return reply;
  }
  beginStream(reply, answer.requestId);
  await relay(answer, ask, raw, { ...options, stallMs: gateway.waits.stallMs });
  return reply;
}

async function relay(
  answer: Answer,
  ask: Ask,
  raw: ServerResponse,
  options: StreamOptions & Pick<Waits, 'stallMs'>,
): Promise<void> {
  const { model } = ask.asked.request;
  const sent: string[] = [];
  let template: Chunk | null = null;
  for (let chunks = await answer.read(); chunks !== null; chunks = await answer.read()) {
    let text = '';
    for (const chunk of chunks) {
      if (chunk.choices.length === 0) continue;
      template = chunk;
      text += eventOf(toClientChunk(chunk, answer.requestId, model, options.includesUsage));
    }
    if (text === '') continue;
    if (options.keep !== null) sent.push(text);
    if (!raw.write(text)) await drained(raw, ask.signal, options.stallMs);
  }
  const { fault, usage } = await answer.close();
  if (ask.signal.aborted) return;
  if (fault !== null) {
    raw.end(errorEvent(fault));
    return;
  }
  let end = '';
  if (options.includesUsage && template !== null) {
    end += eventOf({ ...toClientChunk(template, answer.requestId, model, true), choices: [], usage });
  }
  end += 'data: [DONE]\n\n';
  await options.keep?.(sent.join('') + end, answer.requestId);
  raw.end(end);
}

/** Sends the head of the stream, once. */
export function beginStream(reply: FastifyReply, requestId: string | null): void {
  if (reply.sent) return;
  if (requestId !== null) reply.header('x-request-id', requestId);
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  reply.hijack();
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  });
}

function toClientChunk(chunk: Chunk, id: string, model: string, includesUsage: boolean): Chunk {
  const { usage: _counted, ...rest } = chunk;
  return includesUsage ? { ...rest, id, model, usage: null } : { ...rest, id, model };
}

function eventOf(value: Chunk): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

function errorEvent(fault: Fault): string {
  return `data: ${JSON.stringify(toWireOpenAiError(fault, statusOf(fault)))}\n\n`;
}

/** Waits until a client takes on; one that takes nothing for `stallMs` loses its connection. */
export async function drained(raw: ServerResponse, clientGone: AbortSignal, stallMs: number): Promise<void> {
  if (clientGone.aborted) return;
  const stalled = AbortSignal.timeout(stallMs);
  try {
    await once(raw, 'drain', { signal: AbortSignal.any([clientGone, stalled]) });
  } catch {
    // The client left, or has read nothing for too long: closing its connection ends the run as client-gone.
    raw.destroy();
  }
}

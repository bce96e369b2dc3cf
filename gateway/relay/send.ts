import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type ChatChunk, type FinishReason, toWireOpenAiError } from '@rerig/api/openai';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { FastifyReply } from 'fastify';
import { gatewayFault, statusOf } from '../faults.ts';
import type { Outcome } from '../ports.ts';
import { refuse } from '../rim.ts';
import { nothingUsed, type Passed, type Run, settleDurably } from './run.ts';
import type { Answer } from './upstream.ts';

/** A client that takes nothing for this long is given up, so that a stalled reader costs bounded memory and time. */
const STALL_LIMIT_MS = 60_000;

/** Relays an answer event by event. It is settled before `[DONE]`: who has seen the end has been charged, once. */
export async function sendStreamed(run: Run, answer: Answer, reply: FastifyReply): Promise<FastifyReply> {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
    'x-request-id': run.requestId,
  });
  let template: ChatChunk | null = null;
  const { broken, passed } = await passChunks(run, answer, async (chunk) => {
    template = chunk;
    if (chunk.choices.length > 0) await writeEvent(raw, toClientChunk(run, chunk), run.clientGone);
  });
  const refused = await settleDurably(run, outcomeOf(run, broken), passed);
  if (run.clientGone.aborted) return reply;
  const failure = broken ?? refused;
  if (failure !== null) {
    raw.end(`data: ${JSON.stringify(toWireOpenAiError(failure, statusOf(failure)))}\n\n`);
    return reply;
  }
  if (run.chat.stream_options?.include_usage === true && template !== null) {
    raw.write(eventOf({ ...toClientChunk(run, template), choices: [], usage: passed.usage }));
  }
  raw.end('data: [DONE]\n\n');
  return reply;
}

/** Gathers an answer and sends it whole, after it is settled. */
export async function sendWhole(run: Run, answer: Answer, reply: FastifyReply): Promise<FastifyReply> {
  const texts: string[] = [];
  let finishReason: FinishReason = 'stop';
  let created = 0;
  const { broken, passed } = await passChunks(run, answer, async (chunk) => {
    created = chunk.created;
    texts.push(chunk.choices[0]?.delta.content ?? '');
    finishReason = chunk.choices[0]?.finish_reason ?? finishReason;
  });
  const refused = await settleDurably(run, outcomeOf(run, broken), passed);
  const failure = broken ?? refused;
  if (failure !== null) return refuse(reply, failure);
  return reply.send({
    id: run.requestId,
    object: 'chat.completion',
    created,
    model: run.chat.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: texts.join(''), refusal: null },
        logprobs: null,
        finish_reason: finishReason,
      },
    ],
    usage: passed.usage,
  });
}

/** Takes every chunk and keeps the count. `broken` is the Fault with which the answer broke off, null at its end. */
async function passChunks(
  run: Run,
  answer: Answer,
  take: (chunk: ChatChunk) => Promise<void>,
): Promise<{ readonly broken: Fault | null; readonly passed: Passed }> {
  let usage = nothingUsed;
  let firstTokenMs: number | null = null;
  try {
    for await (const chunk of answer.chunks) {
      usage = chunk.usage ?? usage;
      if (usage.completion_tokens > 0) firstTokenMs ??= run.ports.now() - run.admittedAtMs;
      await take(chunk);
      if (run.clientGone.aborted) break;
    }
    return { broken: null, passed: { usage, firstTokenMs } };
  } catch (error) {
    return { broken: brokenOff(run, usage.completion_tokens, error), passed: { usage, firstTokenMs } };
  }
}

function brokenOff(run: Run, completionTokenCount: number, error: unknown): Fault {
  return gatewayFault('replica_failed', {
    what: `The answer by ${run.chat.model} broke off after ${completionTokenCount} tokens.`,
    why: `Its model server failed: ${error instanceof Error ? error.message : String(error)}.`,
    mend: 'Send the request again; only tokens that were delivered are charged.',
  });
}

function outcomeOf(run: Run, broken: Fault | null): Outcome {
  if (run.clientGone.aborted) return 'client-gone';
  return broken !== null && isFault(broken) ? 'upstream-failed' : 'completed';
}

function toClientChunk(run: Run, chunk: ChatChunk): Omit<ChatChunk, 'usage'> & { usage?: ChatChunk['usage'] } {
  const { usage: _counted, ...rest } = chunk;
  const asked = run.chat.stream_options?.include_usage === true ? { usage: null } : {};
  return { ...rest, id: run.requestId, model: run.chat.model, ...asked };
}

function eventOf(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

async function writeEvent(raw: ServerResponse, value: unknown, clientGone: AbortSignal): Promise<void> {
  if (raw.write(eventOf(value)) || clientGone.aborted) return;
  const stalled = AbortSignal.timeout(STALL_LIMIT_MS);
  try {
    await once(raw, 'drain', { signal: AbortSignal.any([clientGone, stalled]) });
  } catch {
    // The client left, or has read nothing for too long: closing its connection ends the run as client-gone.
    raw.destroy();
  }
}

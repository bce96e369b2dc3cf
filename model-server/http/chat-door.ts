import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ChatRequest } from '@rerig/api/openai';
import { isFault } from '@rerig/domain/fault';
import type { Batcher } from '../batching/batcher.ts';
import type { GenerationListener, TokenCounts } from '../batching/generation.ts';
import { serveFault } from '../faults.ts';
import type { ChatPrompt } from '../prompt/chat-prompt.ts';
import { sendFault, sendJson } from './answer.ts';
import { parseChatRequest, planGeneration } from './chat-request.ts';
import {
  type AnswerHead,
  newAnswerHead,
  toWireChunk,
  toWireCompletion,
  toWireUsage,
  toWireUsageChunk,
} from './chat-wire.ts';
import { EventStream } from './event-stream.ts';
import { readJsonBody } from './read-body.ts';

/** What answering needs, once the model is ready. */
export interface ServedModel {
  /** The only name that is served; `undefined` serves whatever a request calls the model. */
  readonly requiredName: string | undefined;
  readonly displayName: string;
  readonly contextTokens: number;
  readonly batcher: Batcher;
  readonly prompt: ChatPrompt;
}

/** `POST /v1/chat/completions`. The generation ends when the client goes. */
export async function answerChat(
  served: ServedModel,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readJsonBody(message);
  if (isFault(body)) return sendFault(response, body);
  const parsed = parseChatRequest(body.json);
  if ('fault' in parsed) return sendFault(response, parsed.fault, parsed.parameter);
  const { request } = parsed;
  if (served.requiredName !== undefined && request.model !== served.requiredName) {
    return sendFault(response, modelNotFound(request.model, served.requiredName), 'model');
  }
  const promptTokens = await served.prompt.tokens(request.messages, served.contextTokens - 1);
  if (isFault(promptTokens)) return sendFault(response, promptTokens, 'messages');
  if (response.destroyed) return;
  const generation = planGeneration(request, promptTokens, served.contextTokens);
  const head = newAnswerHead(request.model);
  const listener = request.stream ? streamListener(request, head, response) : wholeListener(head, response);
  const ticket = served.batcher.submit(generation, listener);
  if (isFault(ticket)) return sendFault(response, ticket);
  response.once('close', ticket.cancel);
}

function modelNotFound(asked: string, served: string) {
  return serveFault('model_not_found', {
    what: `The model ${JSON.stringify(asked)} is not served here.`,
    why: `This server serves ${JSON.stringify(served)} alone.`,
    mend: `Ask for ${JSON.stringify(served)}, or send the request to a replica of the other model.`,
  });
}

function wholeListener(head: AnswerHead, response: ServerResponse): GenerationListener {
  let content = '';
  return {
    onText: (text) => {
      content += text;
    },
    onEnd: (reason, counts) => sendJson(response, 200, toWireCompletion(head, content, reason, counts)),
    onFault: (fault) => sendFault(response, fault),
  };
}

/** Sends text as it comes. The HTTP head goes with the first of it, so that an earlier refusal has its own status. */
function streamListener(request: ChatRequest, head: AnswerHead, response: ServerResponse): GenerationListener {
  const isContinuous = request.stream_options?.continuous_usage_stats === true;
  const wantsUsage = request.stream_options?.include_usage === true;
  let stream: EventStream | undefined;
  const usageFor = (counts: TokenCounts) => {
    if (isContinuous) return toWireUsage(counts);
    return wantsUsage ? null : undefined;
  };
  const open = (counts: TokenCounts): EventStream => {
    if (stream) return stream;
    stream = new EventStream(response);
    stream.send(toWireChunk(head, { role: 'assistant', content: '' }, null, usageFor(counts)));
    return stream;
  };
  return {
    onText: (text, counts) => open(counts).send(toWireChunk(head, { content: text }, null, usageFor(counts))),
    onEnd: (reason, counts) => {
      const opened = open(counts);
      opened.send(toWireChunk(head, {}, reason, usageFor(counts)));
      if (wantsUsage) opened.send(toWireUsageChunk(head, counts));
      opened.finish();
    },
    onFault: (fault) => {
      if (stream) response.destroy();
      else sendFault(response, fault);
    },
  };
}

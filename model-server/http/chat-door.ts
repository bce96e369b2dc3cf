import type { IncomingMessage, ServerResponse } from 'node:http';
import { toWireOpenAiError } from '@rerig/api/openai';
import { isFault } from '@rerig/domain/fault';
import type { GenerationListener, GenerationRequest, TokenCounts } from '../batching/generation.ts';
import { faultStatus, serveFault } from '../faults.ts';
import { sendFault, sendJson } from './answer.ts';
import type { BodyRoom } from './body-room.ts';
import {
  parseChatRequest,
  planGeneration,
  type RequestRefusal,
  type StreamWishes,
  streamWishes,
} from './chat-request.ts';
import {
  type AnswerHead,
  newAnswerHead,
  toWireChunk,
  toWireCompletion,
  toWireUsage,
  toWireUsageChunk,
} from './chat-wire.ts';
import { EventStream } from './event-stream.ts';
import { withJsonBody } from './read-body.ts';
import type { ServedModel, TextWriter } from './served-model.ts';

/** `POST /v1/chat/completions`. The generation ends when the client goes. */
export async function answerChat(
  served: ServedModel,
  room: BodyRoom,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { writer } = served;
  if (writer === undefined) return sendFault(response, writesNoText());
  const order = await withJsonBody(message, room, (json) => readOrder(served, writer, json));
  if (isFault(order)) return sendFault(response, order);
  if ('fault' in order) return sendFault(response, order.fault, order.parameter);
  if (response.destroyed) return;
  const head = newAnswerHead(order.modelName);
  const listener = order.stream ? streamListener(order.stream, head, response) : wholeListener(head, response);
  const ticket = writer.batcher.submit(order.generation, listener);
  if (isFault(ticket)) return sendFault(response, ticket);
  response.once('close', ticket.cancel);
}

/** What a request asks for. Nothing of its text is kept but the prompt's tokens. */
interface ChatOrder {
  readonly modelName: string;
  /** `undefined` for an answer that is sent whole. */
  readonly stream: StreamWishes | undefined;
  readonly generation: GenerationRequest;
}

async function readOrder(served: ServedModel, writer: TextWriter, json: unknown): Promise<ChatOrder | RequestRefusal> {
  const parsed = parseChatRequest(json);
  if ('fault' in parsed) return parsed;
  const { request } = parsed;
  if (served.requiredName !== undefined && request.model !== served.requiredName) {
    return { fault: modelNotFound(request.model, served.requiredName), parameter: 'model' };
  }
  const promptTokens = await writer.prompt.tokens(request.messages, served.contextTokens - 1);
  if (isFault(promptTokens)) return { fault: promptTokens, parameter: 'messages' };
  const generation = planGeneration(request, promptTokens, served.contextTokens);
  return { modelName: request.model, stream: streamWishes(request), generation };
}

function writesNoText() {
  return serveFault('door_closed', {
    what: 'This model writes no text.',
    why: 'It only gives vectors, at POST /v1/embeddings.',
    mend: 'Ask for a vector, or send the request to a model that writes text.',
  });
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
function streamListener(wishes: StreamWishes, head: AnswerHead, response: ServerResponse): GenerationListener {
  let stream: EventStream | undefined;
  const usageFor = (counts: TokenCounts) => {
    if (wishes.usageInEachChunk) return toWireUsage(counts);
    return wishes.usageAtEnd ? null : undefined;
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
      if (wishes.usageAtEnd) opened.send(toWireUsageChunk(head, counts));
      opened.finish();
    },
    onFault: (fault) => {
      if (stream) stream.breakOff(JSON.stringify(toWireOpenAiError(fault, faultStatus(fault))));
      else sendFault(response, fault);
    },
  };
}

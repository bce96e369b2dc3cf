import type { IncomingMessage, ServerResponse } from 'node:http';
import { isFault } from '@rerig/domain/fault';
import { newAnswerHead } from './answer-head.ts';
import { runAnswer } from './answer-run.ts';
import type { BodyRoom } from './body-room.ts';
import { streamedCompletion, wholeCompletion } from './completion-answer.ts';
import { readCompletionOrder } from './completion-order.ts';
import { refuse, writesNoText } from './door-refusals.ts';
import { withJsonBody } from './read-body.ts';
import type { RequestWatch } from './request-context.ts';
import type { ServedModel } from './served-model.ts';

/** `POST /v1/completions`: raw text goes on. The generations end when the client goes. */
export async function answerCompletion(
  served: ServedModel,
  room: BodyRoom,
  watch: RequestWatch,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { writer } = served;
  if (writer === undefined) return refuse(response, watch, writesNoText());
  const { priority, requestId } = watch.context;
  const order = await withJsonBody(message, room, (json) => readCompletionOrder(served, writer, priority, json));
  if (isFault(order)) return refuse(response, watch, order);
  if ('fault' in order) return refuse(response, watch, order.fault, order.parameter);
  if (response.destroyed) return watch.end('client-gone');
  const head = newAnswerHead(requestId, order.modelName);
  const { stream } = order;
  const sink = stream ? streamedCompletion(order, stream, head, response) : wholeCompletion(order, head, response);
  const ticket = runAnswer(writer.batcher, order.plan, sink, watch);
  if (isFault(ticket)) return refuse(response, watch, ticket);
  response.once('close', ticket.cancel);
}

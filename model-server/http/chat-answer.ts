import type { ServerResponse } from 'node:http';
import type { ChatCompletion, FinishReason, TokenLogprob, ToolCallDelta } from '@rerig/api/openai';
import { toWireOpenAiError } from '@rerig/api/openai';
import type { EndReason, TokenCounts } from '../batching/generation.ts';
import { faultStatus } from '../faults.ts';
import { type AnswerPart, ToolCallReader } from '../tools/tool-call-reader.ts';
import { sendFault, sendJson } from './answer.ts';
import { type AnswerHead, toWireUsage } from './answer-head.ts';
import type { AnswerSink } from './answer-run.ts';
import type { ChatOrder } from './chat-order.ts';
import { type ChatDelta, ChunkWriter } from './chunk-writer.ts';
import { EventStream } from './event-stream.ts';
import type { StreamWishes } from './generation-plan.ts';

/** Reads the parts of each choice: text, and calls where functions may be called. */
function openReaders({ calls, plan }: ChatOrder): readonly (ToolCallReader | undefined)[] {
  return plan.generations.map(() => (calls ? new ToolCallReader(calls.format, calls.names) : undefined));
}

function finishReason(reason: EndReason, reader: ToolCallReader | undefined): FinishReason {
  return reason === 'stop' && reader !== undefined && reader.callCount > 0 ? 'tool_calls' : reason;
}

interface WholeCall {
  readonly id: string;
  readonly name: string;
  text: string;
}

interface WholeChoice {
  content: string;
  reason: FinishReason;
  readonly calls: WholeCall[];
  readonly logprobs: TokenLogprob[];
}

/** Gathers an answer and sends it whole. */
export function wholeAnswer(order: ChatOrder, head: AnswerHead, response: ServerResponse): AnswerSink {
  const readers = openReaders(order);
  const choices = readers.map((): WholeChoice => ({ content: '', reason: 'stop', calls: [], logprobs: [] }));
  const add = (choice: WholeChoice | undefined, parts: readonly AnswerPart[]) => {
    for (const part of parts) {
      if (part.kind === 'content') {
        if (choice) choice.content += part.text;
      } else if (part.kind === 'call') choice?.calls.push({ id: part.id, name: part.name, text: '' });
      else {
        const call = choice?.calls[part.index];
        if (call) call.text += part.text;
      }
    }
  };
  return {
    onText: (index, text, logprobs) => {
      const [choice, reader] = [choices[index], readers[index]];
      choice?.logprobs.push(...logprobs);
      add(choice, reader ? reader.push(text) : [{ kind: 'content', text }]);
    },
    onEnd: (index, reason) => {
      const [choice, reader] = [choices[index], readers[index]];
      if (reader) add(choice, reader.finish());
      if (choice) choice.reason = finishReason(reason, reader);
    },
    onAllEnded: (counts) => sendJson(response, 200, toWireCompletion(head, choices, order.hasLogprobs, counts)),
    onFault: (fault) => sendFault(response, fault),
  };
}

function toWireCompletion(
  head: AnswerHead,
  choices: readonly WholeChoice[],
  hasLogprobs: boolean,
  counts: TokenCounts,
): ChatCompletion {
  return {
    ...head,
    object: 'chat.completion',
    choices: choices.map(({ content, calls, reason, logprobs }, index) => ({
      index,
      message: {
        role: 'assistant',
        content: calls.length > 0 && content === '' ? null : content,
        ...(calls.length > 0 ? { tool_calls: calls.map(toWireCall) } : {}),
      },
      finish_reason: reason,
      logprobs: hasLogprobs ? { content: logprobs } : null,
    })),
    usage: toWireUsage(counts),
  };
}

function toWireCall({ id, name, text }: WholeCall) {
  return { id, type: 'function' as const, function: { name, arguments: text } };
}

/** Sends an answer as it comes. The HTTP head goes with its first text, so that an earlier refusal has its own status. */
export function streamedAnswer(
  order: ChatOrder,
  wishes: StreamWishes,
  head: AnswerHead,
  response: ServerResponse,
): AnswerSink {
  const readers = openReaders(order);
  const writer = new ChunkWriter(head, wishes);
  const waiting = readers.map((): TokenLogprob[] => []);
  const hasSpoken = readers.map(() => false);
  let stream: EventStream | undefined;

  const event = (index: number, delta: Partial<ChatDelta>, counts: TokenCounts): string => {
    const isFirst = hasSpoken[index] !== true;
    hasSpoken[index] = true;
    const logprobs = waiting[index] ?? [];
    if (order.hasLogprobs) waiting[index] = [];
    return writer.event(
      index,
      {
        isFirst,
        content: delta.content ?? (isFirst ? '' : undefined),
        toolCalls: delta.toolCalls,
        logprobs: order.hasLogprobs && logprobs.length > 0 ? logprobs : undefined,
        reason: delta.reason ?? null,
      },
      counts,
    );
  };
  const send = (events: string) => {
    if (events === '') return;
    stream ??= new EventStream(response);
    stream.send(events);
  };
  const eventsOf = (index: number, parts: readonly AnswerPart[], counts: TokenCounts) =>
    parts.map((part) => event(index, toDelta(part), counts)).join('');
  return {
    onText: (index, text, logprobs, counts) => {
      if (order.hasLogprobs) waiting[index]?.push(...logprobs);
      const reader = readers[index];
      if (reader) send(eventsOf(index, reader.push(text), counts));
      else if (text !== '') send(event(index, { content: text }, counts));
    },
    onEnd: (index, reason, counts) => {
      const reader = readers[index];
      const rest = reader ? eventsOf(index, reader.finish(), counts) : '';
      send(rest + event(index, { reason: finishReason(reason, reader) }, counts));
    },
    onAllEnded: (counts) => {
      stream ??= new EventStream(response);
      stream.finish(writer.end(counts));
    },
    onFault: (fault) => {
      if (stream) stream.breakOff(JSON.stringify(toWireOpenAiError(fault, faultStatus(fault))));
      else sendFault(response, fault);
    },
  };
}

function toDelta(part: AnswerPart): Partial<ChatDelta> {
  if (part.kind === 'content') return { content: part.text };
  const call: ToolCallDelta =
    part.kind === 'call'
      ? { index: part.index, id: part.id, type: 'function', function: { name: part.name, arguments: '' } }
      : { index: part.index, function: { arguments: part.text } };
  return { toolCalls: [call] };
}

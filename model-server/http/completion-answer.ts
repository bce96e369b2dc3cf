import type { ServerResponse } from 'node:http';
import { type Completion, type CompletionLogprobs, type TokenLogprob, toWireOpenAiError } from '@rerig/api/openai';
import type { EndReason, TokenCounts } from '../batching/generation.ts';
import { faultStatus } from '../faults.ts';
import { sendFault, sendJson } from './answer.ts';
import { type AnswerHead, toWireUsage } from './answer-head.ts';
import type { AnswerSink } from './answer-run.ts';
import { usageJson } from './chunk-writer.ts';
import type { CompletionOrder } from './completion-order.ts';
import { EventStream } from './event-stream.ts';
import type { StreamWishes } from './generation-plan.ts';

interface GrowingChoice {
  text: string;
  reason: EndReason | null;
  logprobs: TokenLogprob[];
}

/** Gathers an answer and sends it whole. */
export function wholeCompletion(order: CompletionOrder, head: AnswerHead, response: ServerResponse): AnswerSink {
  const choices = order.starts.map((text): GrowingChoice => ({ text, reason: null, logprobs: [] }));
  return {
    onText: (index, text, logprobs) => {
      const choice = choices[index];
      if (!choice) return;
      choice.text += text;
      choice.logprobs.push(...logprobs);
    },
    onEnd: (index, reason) => {
      const choice = choices[index];
      if (choice) choice.reason = reason;
    },
    onAllEnded: (counts) => {
      const completion: Completion = {
        ...head,
        object: 'text_completion',
        choices: choices.map(({ text, reason, logprobs }, index) => ({
          index,
          text,
          logprobs: order.hasLogprobs ? toWireLogprobs(logprobs, order.starts[index]?.length ?? 0) : null,
          finish_reason: reason,
        })),
        usage: toWireUsage(counts),
      };
      sendJson(response, 200, completion);
    },
    onFault: (fault) => sendFault(response, fault),
  };
}

/** Sends an answer as it comes. */
export function streamedCompletion(
  order: CompletionOrder,
  wishes: StreamWishes,
  head: AnswerHead,
  response: ServerResponse,
): AnswerSink {
  const { id, created, model } = head;
  const common = JSON.stringify({ id, object: 'text_completion', created, model }).slice(0, -1);
  const offsets = order.starts.map((start) => start.length);
  const waiting = order.starts.map((text): GrowingChoice => ({ text, reason: null, logprobs: [] }));
  let stream: EventStream | undefined;
  const event = (index: number, text: string, reason: EndReason | null, counts: TokenCounts): string => {
    const choice = waiting[index];
    const offset = offsets[index] ?? 0;
    const logprobs = order.hasLogprobs && choice ? JSON.stringify(toWireLogprobs(choice.logprobs, offset)) : 'null';
    const whole = (choice?.text ?? '') + text;
    offsets[index] = offset + text.length;
    if (choice) {
      choice.text = '';
      choice.logprobs = [];
    }
    const usage = wishes.usageInEachChunk ? `,"usage":${usageJson(counts)}` : wishes.usageAtEnd ? ',"usage":null' : '';
    return `data: ${common},"choices":[{"index":${index},"text":${JSON.stringify(whole)},"logprobs":${logprobs},"finish_reason":${JSON.stringify(reason)}}]${usage}}\n\n`;
  };
  const send = (events: string) => {
    stream ??= new EventStream(response);
    stream.send(events);
  };
  return {
    onText: (index, text, logprobs, counts) => {
      if (order.hasLogprobs) waiting[index]?.logprobs.push(...logprobs);
      if (text !== '') send(event(index, text, null, counts));
    },
    onEnd: (index, reason, counts) => send(event(index, '', reason, counts)),
    onAllEnded: (counts) => {
      const usage = wishes.usageAtEnd ? `data: ${common},"choices":[],"usage":${usageJson(counts)}}\n\n` : '';
      stream ??= new EventStream(response);
      stream.finish(`${usage}data: [DONE]\n\n`);
    },
    onFault: (fault) => {
      if (stream) stream.breakOff(JSON.stringify(toWireOpenAiError(fault, faultStatus(fault))));
      else sendFault(response, fault);
    },
  };
}

/** The older door's shape: columns instead of rows. */
function toWireLogprobs(logprobs: readonly TokenLogprob[], offset: number): CompletionLogprobs {
  let at = offset;
  return {
    tokens: logprobs.map(({ token }) => token),
    token_logprobs: logprobs.map(({ logprob }) => logprob),
    top_logprobs: logprobs.map(({ top_logprobs: top }) =>
      Object.fromEntries(top.map(({ token, logprob }) => [token, logprob])),
    ),
    text_offset: logprobs.map(({ token }) => {
      at += token.length;
      return at - token.length;
    }),
  };
}

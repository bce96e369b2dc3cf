import type { Usage } from '@rerig/api/openai';
import { type Fault, isFault } from '@rerig/domain/fault';
import { choiceCountOf, stopStringsOf } from './asked.ts';
import { beginRun } from './begin-run.ts';
import { isRecord, isUsage } from './chunk.ts';
import { askReplicas } from './fail-over.ts';
import { clientGone } from './refusal.ts';
import { askWhole, type WholeAnswer } from './replica-whole.ts';
import type { Ask, Gateway, Run } from './run.ts';
import { UsageCount } from './usage-count.ts';

/** A whole answer that is charged, ready to be sent. */
export interface DeliveredWhole {
  readonly requestId: string;
  /** The replica's answer under our id and the model's public name, with the usage that is charged. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly usage: Usage;
}

/**
 * Answers a request whole: as `openAnswer`, but the replica is asked for a whole answer, which is sent on at the cost
 * of one parsing, and a replica that fails at any time is passed over for the next. It is charged before it is given;
 * where nobody waits for it any more it is not charged, and a fault is given.
 */
export async function answerWhole(gateway: Gateway, ask: Ask): Promise<DeliveredWhole | Fault> {
  const run = await beginRun(gateway, ask);
  if (isFault(run)) return run;
  try {
    const counted = await askReplicas(run, (route) => askWhole(run, route, (answer) => countWhole(run, answer)));
    if (isFault(counted)) {
      await run.settle(ask.signal.aborted ? 'client-gone' : 'refused', null, counted);
      return counted;
    }
    if (ask.signal.aborted) {
      await run.settle('client-gone', null);
      return clientGone();
    }
    run.noteFirstToken();
    const refused = await run.settle('completed', counted.usage);
    return refused ?? { requestId: run.requestId, ...counted };
  } catch (error) {
    await run.settle('refused', null);
    throw error;
  }
}

/** The answer as the client gets it, and its usage; null where it is not of the door's shape. */
function countWhole(run: Run, { body }: WholeAnswer): { body: Record<string, unknown>; usage: Usage } | null {
  const { asked } = run.ask;
  const reported = body.usage ?? null;
  if (reported !== null && !isUsage(reported)) return null;
  const count = new UsageCount(run.bounds, choiceCountOf(asked), stopStringsOf(asked));
  if (asked.door === 'embeddings') {
    if (!Array.isArray(body.data) || body.data.length === 0) return null;
    count.takeWhole([], 0, reported);
    const { prompt_tokens, total_tokens } = count.usage;
    return { body: { ...body, model: run.model, usage: { prompt_tokens, total_tokens } }, usage: count.usage };
  }
  const { choices } = body;
  if (!Array.isArray(choices) || choices.length === 0) return null;
  const delivered = choices.map(deliveredTexts);
  if (delivered.includes(null)) return null;
  const texts = delivered.flatMap((choice) => choice?.texts ?? []);
  const callCount = delivered.reduce((sum, choice) => sum + (choice?.callCount ?? 0), 0);
  count.takeWhole(texts, callCount, reported);
  return { body: { ...body, id: run.requestId, model: run.model, usage: count.usage }, usage: count.usage };
}

/** All text of one choice; null where it is none of our wire. */
function deliveredTexts(choice: unknown): { readonly texts: readonly string[]; readonly callCount: number } | null {
  if (!isRecord(choice)) return null;
  if (typeof choice.text === 'string') return { texts: [choice.text], callCount: 0 };
  const { message } = choice;
  if (!isRecord(message)) return null;
  const calls = Array.isArray(message.tool_calls) ? message.tool_calls.filter(isRecord) : [];
  const called = calls.map((call) => call.function).filter(isRecord);
  const texts = [message.content, message.reasoning_content, message.reasoning].concat(
    called.flatMap((call) => [call.name, call.arguments]),
  );
  return { texts: texts.filter((text) => typeof text === 'string'), callCount: calls.length };
}

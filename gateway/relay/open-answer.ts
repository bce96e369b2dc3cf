import type { Usage } from '@rerig/api/openai';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { Outcome } from '../ports.ts';
import { choiceCountOf, stopStringsOf } from './asked.ts';
import { beginRun } from './begin-run.ts';
import type { Chunk } from './chunk.ts';
import { askReplicas } from './fail-over.ts';
import { brokenOff } from './refusal.ts';
import { ReplicaStream } from './replica-stream.ts';
import type { Ask, Gateway, Run } from './run.ts';
import { UsageCount } from './usage-count.ts';

/** How an answer ended, once its charge is durable. */
export interface Ending {
  readonly outcome: Outcome;
  /** What was delivered, and is charged. */
  readonly usage: Usage;
  /** Why it broke off, or could not be charged; null where it is whole. */
  readonly fault: Fault | null;
}

/**
 * A streamed answer under way: admitted, routed, and begun. Who has it reads chunks until null and then closes it, or
 * closes it before, which stops the replica and charges for what was read. It is settled exactly once, by `close`.
 * Iterating it reads to the end, one chunk at a time, and closes it, however the iteration is left.
 */
export class Answer {
  readonly #run: Run;
  readonly #stream: ReplicaStream;
  readonly #count: UsageCount;
  #isAtEnd = false;
  #ending: Promise<Ending> | null = null;

  constructor(run: Run, stream: ReplicaStream) {
    const { asked } = run.ask;
    this.#run = run;
    this.#stream = stream;
    this.#count = new UsageCount(run.bounds, choiceCountOf(asked), stopStringsOf(asked));
  }

  /** The gateway's id of the request: the answer's id, and that of its record. */
  get requestId(): string {
    return this.#run.requestId;
  }

  /** Tokens that were read so far, as they would be charged. */
  get usage(): Usage {
    return this.#count.usage;
  }

  /** The chunks that have come since the last call, one or more; null at the end, whole or not: `close` tells. */
  async read(): Promise<readonly Chunk[] | null> {
    const chunks = await this.#stream.read();
    if (chunks === null || this.#run.ask.signal.aborted) {
      this.#isAtEnd = true;
      return null;
    }
    for (const chunk of chunks) this.#count.take(chunk);
    return chunks;
  }

  /** Ends and settles it; again, it gives the same. */
  close(): Promise<Ending> {
    this.#ending ??= this.#close();
    return this.#ending;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Chunk, void> {
    try {
      for (let chunks = await this.read(); chunks !== null; chunks = await this.read()) yield* chunks;
    } finally {
      await this.close();
    }
  }

  async #close(): Promise<Ending> {
    const run = this.#run;
    const isLeft = run.ask.signal.aborted || !this.#isAtEnd;
    this.#stream.close();
    const { usage } = this.#count;
    const { broken } = this.#stream;
    const fault = broken === null || isLeft ? null : brokenOff(run.model, usage.completion_tokens, broken);
    const outcome = isLeft ? 'client-gone' : fault === null ? 'completed' : 'upstream-failed';
    this.#endRoute(outcome, usage.completion_tokens);
    const refused = await run.settle(outcome, usage, fault);
    return { outcome, usage, fault: fault ?? refused };
  }

  #endRoute(outcome: Outcome, completionTokenCount: number): void {
    const { route } = this.#stream;
    const nowMs = this.#run.gateway.ports.now();
    if (outcome === 'upstream-failed') {
      route.end({ kind: 'failed' }, nowMs);
      return;
    }
    const answeringMs = this.#run.answeringMs ?? 0;
    // A handful of tokens that came in one read says nothing of speed.
    const isMeasured = completionTokenCount >= 8 && answeringMs > 0;
    const tokensPerSecond = isMeasured ? ((completionTokenCount - 1) / answeringMs) * 1000 : null;
    route.end({ kind: 'answered', tokensPerSecond }, nowMs);
  }
}

/**
 * Answers a request as a stream: admits it (limits, a replica, money), asks replicas until one begins to answer, and
 * gives the answer. A fault means that nothing was delivered and nothing is charged; it is settled already.
 */
export async function openAnswer(gateway: Gateway, ask: Ask): Promise<Answer | Fault> {
  const run = await beginRun(gateway, ask);
  if (isFault(run)) return run;
  try {
    const stream = await askReplicas(run, (route) => ReplicaStream.open(run, route));
    if (!isFault(stream)) return new Answer(run, stream);
    await run.settle(ask.signal.aborted ? 'client-gone' : 'refused', null, stream);
    return stream;
  } catch (error) {
    await run.settle('refused', null);
    throw error;
  }
}

import type { TokenLogprob } from '@rerig/api/openai';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { Batcher } from '../batching/batcher.ts';
import type { EndReason, GenerationRequest, GenerationTicket, TokenCounts } from '../batching/generation.ts';
import type { ServeFault } from '../faults.ts';
import type { RequestWatch } from './request-context.ts';

/** What is made of an answer's choices as they grow. */
export interface AnswerSink {
  /** `counts` are those of the whole answer. */
  readonly onText: (choice: number, text: string, logprobs: readonly TokenLogprob[], counts: TokenCounts) => void;
  readonly onEnd: (choice: number, reason: EndReason, counts: TokenCounts) => void;
  /** After the end of the last choice. */
  readonly onAllEnded: (counts: TokenCounts) => void;
  /** Nothing more comes of any choice. */
  readonly onFault: (fault: Fault) => void;
}

/** Generations for the choices of one answer, in groups of the same prompt, which is counted once. */
export interface AnswerPlan {
  readonly generations: readonly GenerationRequest[];
  /** How many choices each prompt has: `generations` of the first prompt come first. */
  readonly choicesPerPrompt: number;
}

const NO_COUNTS: TokenCounts = { promptTokens: 0, cachedPromptTokens: 0, completionTokens: 0 };

/** Starts an answer's generations, all or none, and adds up their counts. The ticket ends all of them. */
export function runAnswer(
  batcher: Batcher,
  plan: AnswerPlan,
  sink: AnswerSink,
  watch: RequestWatch,
): GenerationTicket | ServeFault {
  const run = new AnswerRun(plan, sink, watch);
  for (const [choice, generation] of plan.generations.entries()) {
    const ticket = batcher.submit(generation, {
      onText: (text, counts, logprobs) => run.text(choice, text, counts, logprobs),
      onEnd: (reason, counts) => run.end(choice, reason, counts),
      onFault: (fault) => run.fault(fault),
    });
    if (isFault(ticket)) {
      run.cancel();
      return ticket;
    }
    run.add(ticket);
  }
  return { cancel: () => run.clientGone() };
}

class AnswerRun {
  readonly #plan: AnswerPlan;
  readonly #sink: AnswerSink;
  readonly #watch: RequestWatch;
  readonly #tickets: GenerationTicket[] = [];
  readonly #counts: TokenCounts[];
  #left: number;

  constructor(plan: AnswerPlan, sink: AnswerSink, watch: RequestWatch) {
    this.#plan = plan;
    this.#sink = sink;
    this.#watch = watch;
    this.#left = plan.generations.length;
    this.#counts = plan.generations.map(() => NO_COUNTS);
  }

  add(ticket: GenerationTicket): void {
    this.#tickets.push(ticket);
  }

  text(choice: number, text: string, counts: TokenCounts, logprobs: readonly TokenLogprob[]): void {
    const total = this.#add(choice, counts);
    this.#watch.tokens(total);
    this.#sink.onText(choice, text, logprobs, total);
  }

  end(choice: number, reason: EndReason, counts: TokenCounts): void {
    const total = this.#add(choice, counts);
    this.#sink.onEnd(choice, reason, total);
    this.#left--;
    if (this.#left > 0) return;
    this.#watch.end('completed', total);
    this.#sink.onAllEnded(total);
  }

  fault(fault: Fault): void {
    this.cancel();
    this.#watch.end('failed', this.#total(), fault.code);
    this.#sink.onFault(fault);
  }

  cancel(): void {
    for (const ticket of this.#tickets) ticket.cancel();
  }

  clientGone(): void {
    if (this.#left === 0) return;
    this.cancel();
    this.#watch.end('client-gone', this.#total());
  }

  #add(choice: number, counts: TokenCounts): TokenCounts {
    this.#counts[choice] = counts;
    return this.#total();
  }

  #total(): TokenCounts {
    const [only] = this.#counts;
    if (this.#counts.length === 1 && only) return only;
    let [promptTokens, cachedPromptTokens, completionTokens] = [0, 0, 0];
    for (const [choice, counts] of this.#counts.entries()) {
      completionTokens += counts.completionTokens;
      if (choice % this.#plan.choicesPerPrompt > 0) continue;
      promptTokens += counts.promptTokens;
      cachedPromptTokens += counts.cachedPromptTokens;
    }
    return { promptTokens, cachedPromptTokens, completionTokens };
  }
}

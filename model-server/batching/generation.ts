import type { TokenLogprob } from '@rerig/api/openai';
import type { Fault } from '@rerig/domain/fault';
import type { Sampling } from '../llama/sampler.ts';

/** A form that the answer must have, as GBNF whose first rule is `root`. */
export interface AnswerGrammar {
  readonly gbnf: string;
  /**
   * From where on it holds: `undefined` from the first token; else from the first place where one of the patterns
   * (regular expressions, matched against the text so far; the first group begins the held part) is found.
   */
  readonly triggerPatterns: readonly string[] | undefined;
}

/** A LoRA adapter that the model server was started with, and how strongly it counts. */
export interface AdapterUse {
  readonly adapterName: string;
  readonly scale: number;
}

/** `live`: somebody waits. `batch`: runs in slots that nobody else wants, and gives its slot up to who does. */
export type GenerationPriority = 'live' | 'batch';

/** What is to be generated. */
export interface GenerationRequest {
  readonly promptTokens: Int32Array;
  /** Most new tokens, ≥ 1; with the prompt they fit the context. */
  readonly newTokensMax: number;
  readonly sampling: Sampling;
  readonly stops: readonly string[];
  readonly grammar: AnswerGrammar | undefined;
  /** How many of the likeliest tokens are told beside each one, ≥ 0; `undefined`: no log probabilities at all. */
  readonly logprobsTopCount: number | undefined;
  /** Empty: the model as it is. */
  readonly adapters: readonly AdapterUse[];
  readonly priority: GenerationPriority;
}

/** The model's own count, which is what is metered. The token that ends an answer counts; text held back counts. */
export interface TokenCounts {
  readonly promptTokens: number;
  /** Of the prompt's tokens, those that were in the cache already. */
  readonly cachedPromptTokens: number;
  readonly completionTokens: number;
}

/** Why an answer ended: the model or a stop string ended it, or the most tokens were reached. */
export type EndReason = 'stop' | 'length';

/** Who hears of a generation. After `onEnd` or `onFault` nothing more is said; after `cancel` nothing at all. */
export interface GenerationListener {
  /** `logprobs` are of the tokens since the last word, empty where none were asked for; the text may be empty with them. */
  readonly onText: (text: string, counts: TokenCounts, logprobs: readonly TokenLogprob[]) => void;
  readonly onEnd: (reason: EndReason, counts: TokenCounts) => void;
  readonly onFault: (fault: Fault) => void;
}

/** The asker's handle on a generation. */
export interface GenerationTicket {
  /** Ends it without a word: its slot is free from the next step on. May be called at any time, and again. */
  readonly cancel: () => void;
}

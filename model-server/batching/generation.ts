import type { Fault } from '@rerig/domain/fault';
import type { Sampling } from '../llama/sampler.ts';

/** What is to be generated. */
export interface GenerationRequest {
  readonly promptTokens: Int32Array;
  /** Most new tokens, ≥ 1; with the prompt they fit the context. */
  readonly newTokensMax: number;
  readonly sampling: Sampling;
  readonly stops: readonly string[];
}

/** The model's own count, which is what is metered. The token that ends an answer counts; text held back counts. */
export interface TokenCounts {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Why an answer ended: the model or a stop string ended it, or the most tokens were reached. */
export type EndReason = 'stop' | 'length';

/** Who hears of a generation. After `onEnd` or `onFault` nothing more is said; after `cancel` nothing at all. */
export interface GenerationListener {
  readonly onText: (text: string, counts: TokenCounts) => void;
  readonly onEnd: (reason: EndReason, counts: TokenCounts) => void;
  readonly onFault: (fault: Fault) => void;
}

/** The asker's handle on a generation. */
export interface GenerationTicket {
  /** Ends it without a word: its slot is free from the next step on. May be called at any time, and again. */
  readonly cancel: () => void;
}

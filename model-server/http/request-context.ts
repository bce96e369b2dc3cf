import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { GenerationPriority, TokenCounts } from '../batching/generation.ts';
import type { Door } from './served-model.ts';

/** Whose request it is, as told by its headers. */
export interface RequestContext {
  /** From `x-request-id`, else made here. It is the answer's id. */
  readonly requestId: string;
  readonly door: Door;
  /** `batch` where `x-rerig-priority` says so. */
  readonly priority: GenerationPriority;
  /** W3C trace context, as it came. */
  readonly traceparent: string | undefined;
  /** By `performance.now()`. */
  readonly startedAtMs: number;
}

/** How a request ended. */
export interface RequestEnd {
  readonly outcome: 'completed' | 'client-gone' | 'refused' | 'failed';
  /** The fault's code where it was refused or failed. */
  readonly faultCode: string | undefined;
  readonly counts: TokenCounts;
  /** Until the first text; `undefined` where there was none. */
  readonly firstTextMs: number | undefined;
  readonly durationMs: number;
}

/** Who hears of requests, without any of their words: metrics, traces. */
export interface RequestObserver {
  readonly onStart?: (context: RequestContext) => void;
  /** Tokens came, `sinceLastMs` after the last ones (or, for the first, after the start). */
  readonly onTokens?: (context: RequestContext, tokenCount: number, sinceLastMs: number, isFirst: boolean) => void;
  readonly onEnd?: (context: RequestContext, end: RequestEnd) => void;
}

/** One observer that tells all of them. */
export function joinObservers(observers: readonly RequestObserver[]): RequestObserver {
  return {
    onStart: (context) => {
      for (const observer of observers) observer.onStart?.(context);
    },
    onTokens: (context, tokenCount, sinceLastMs, isFirst) => {
      for (const observer of observers) observer.onTokens?.(context, tokenCount, sinceLastMs, isFirst);
    },
    onEnd: (context, end) => {
      for (const observer of observers) observer.onEnd?.(context, end);
    },
  };
}

const ID_PREFIXES: Readonly<Record<Door, string>> = { chat: 'chatcmpl-', completions: 'cmpl-', embeddings: 'embd-' };

export function readContext(message: IncomingMessage, door: Door): RequestContext {
  const { 'x-request-id': given, 'x-rerig-priority': priority, traceparent } = message.headers;
  const isUsable = typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given);
  const isTrace = typeof traceparent === 'string' && /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}/.test(traceparent);
  return {
    requestId: isUsable ? given : `${ID_PREFIXES[door]}${randomUUID()}`,
    door,
    priority: priority === 'batch' ? 'batch' : 'live',
    traceparent: isTrace ? traceparent : undefined,
    startedAtMs: performance.now(),
  };
}

const NO_COUNTS: TokenCounts = { promptTokens: 0, cachedPromptTokens: 0, completionTokens: 0 };

/** Follows one request and tells the observer, its end once. */
export class RequestWatch {
  readonly context: RequestContext;
  readonly #observer: RequestObserver;
  #counts = NO_COUNTS;
  #lastTextAtMs: number;
  #firstTextMs: number | undefined;
  #hasEnded = false;

  constructor(context: RequestContext, observer: RequestObserver) {
    this.context = context;
    this.#observer = observer;
    this.#lastTextAtMs = context.startedAtMs;
    observer.onStart?.(context);
  }

  /** Notes the counts of the whole answer so far, when tokens have come. */
  tokens(counts: TokenCounts): void {
    const nowMs = performance.now();
    const isFirst = this.#firstTextMs === undefined;
    const tokenCount = counts.completionTokens - this.#counts.completionTokens;
    if (isFirst) this.#firstTextMs = nowMs - this.context.startedAtMs;
    this.#observer.onTokens?.(this.context, tokenCount, nowMs - this.#lastTextAtMs, isFirst);
    this.#lastTextAtMs = nowMs;
    this.#counts = counts;
  }

  end(outcome: RequestEnd['outcome'], counts: TokenCounts = this.#counts, faultCode?: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const durationMs = performance.now() - this.context.startedAtMs;
    this.#observer.onEnd?.(this.context, { outcome, faultCode, counts, firstTextMs: this.#firstTextMs, durationMs });
  }
}

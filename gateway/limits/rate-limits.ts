import type { Fault } from '@rerig/domain/fault';
import { gatewayFault } from '../faults.ts';
import type { Caller } from '../ports.ts';
import { amountTaken, type Bucket, fullBucket, fullInMs, refilled, taken, waitMs } from './token-bucket.ts';

/** Buckets that are kept; past it, the least lately used are forgotten, which are full again unless a flood goes on. */
const BUCKETS_MAX = 100_000;

/** Headers by which a client knows where it stands. Empty where nothing limits it. */
export type LimitHeaders = Readonly<Record<string, string>>;

const noHeaders: LimitHeaders = {};

/** What a request was let through with. */
export interface Passage {
  readonly headers: LimitHeaders;
  /** Gives back what was not used of the tokens that were reserved: they count as what was used, from now on. */
  settle(usedTokenCount: number, nowMs: number): void;
}

/** A refusal, with the headers that say when to come again. */
export interface Refusal {
  readonly fault: Fault;
  readonly headers: LimitHeaders;
}

type Measure = 'requests' | 'tokens';

interface Limited {
  readonly name: string;
  readonly measure: Measure;
  readonly whose: 'key' | 'organisation';
  readonly limitPerMinute: number;
  readonly amount: number;
}

const unlimited: Passage = { headers: noHeaders, settle: () => undefined };

/** Requests and tokens a minute of each key and each organisation. */
export class RateLimits {
  readonly #buckets = new Map<string, Bucket>();

  /** Takes a request and its bound of tokens, all or nothing, or says when it may come again. */
  take(caller: Caller, tokenCount: number, nowMs: number): Passage | Refusal {
    const limits = limitsOf(caller, tokenCount);
    if (limits.length === 0) return unlimited;
    let longestMs = 0;
    let longest: Limited | null = null;
    for (const limited of limits) {
      const bucket = this.#bucket(limited, nowMs);
      const untilMs = waitMs(bucket, limited.limitPerMinute, limited.amount);
      if (untilMs > longestMs) {
        longestMs = untilMs;
        longest = limited;
      }
    }
    if (longest !== null) {
      return {
        fault: tooMany(longest, longestMs),
        headers: {
          ...this.#headers(limits, nowMs),
          'retry-after': String(Math.ceil(longestMs / 1000)),
          'retry-after-ms': String(longestMs),
        },
      };
    }
    for (const limited of limits) this.#take(limited, amountTaken(limited.limitPerMinute, limited.amount), nowMs);
    return {
      headers: this.#headers(limits, nowMs),
      settle: (usedTokenCount, settledAtMs) => {
        for (const limited of limits) {
          if (limited.measure !== 'tokens') continue;
          this.#take(limited, usedTokenCount - amountTaken(limited.limitPerMinute, limited.amount), settledAtMs);
        }
      },
    };
  }

  #take(limited: Limited, amount: number, nowMs: number): void {
    this.#buckets.set(limited.name, taken(this.#bucket(limited, nowMs), limited.limitPerMinute, amount));
  }

  #bucket({ name, limitPerMinute }: Limited, nowMs: number): Bucket {
    const known = this.#buckets.get(name);
    const bucket = known === undefined ? fullBucket(limitPerMinute, nowMs) : refilled(known, limitPerMinute, nowMs);
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    if (this.#buckets.size > BUCKETS_MAX) {
      const oldest = this.#buckets.keys().next();
      if (oldest.done !== true) this.#buckets.delete(oldest.value);
    }
    return bucket;
  }

  /** Of key and organisation, what leaves the least. */
  #headers(limits: readonly Limited[], nowMs: number): LimitHeaders {
    const headers: Record<string, string> = {};
    for (const measure of ['requests', 'tokens'] as const) {
      let least = Number.POSITIVE_INFINITY;
      for (const limited of limits) {
        if (limited.measure !== measure) continue;
        const bucket = this.#bucket(limited, nowMs);
        if (bucket.level >= least) continue;
        least = bucket.level;
        headers[`x-ratelimit-limit-${measure}`] = String(limited.limitPerMinute);
        headers[`x-ratelimit-remaining-${measure}`] = String(Math.max(0, Math.floor(bucket.level)));
        headers[`x-ratelimit-reset-${measure}`] = formatReset(fullInMs(bucket, limited.limitPerMinute));
      }
    }
    return headers;
  }
}

function limitsOf(caller: Caller, tokenCount: number): readonly Limited[] {
  const { keyLimit, organisationLimit, apiKeyId, organisationId } = caller;
  const limits: Limited[] = [];
  const add = (whose: Limited['whose'], measure: Measure, id: string, limitPerMinute: number | null) => {
    if (limitPerMinute === null) return;
    const amount = measure === 'requests' ? 1 : tokenCount;
    limits.push({ name: `${whose} ${measure} ${id}`, measure, whose, limitPerMinute, amount });
  };
  add('key', 'requests', apiKeyId, keyLimit.requestsPerMinute);
  add('key', 'tokens', apiKeyId, keyLimit.tokensPerMinute);
  add('organisation', 'requests', organisationId, organisationLimit.requestsPerMinute);
  add('organisation', 'tokens', organisationId, organisationLimit.tokensPerMinute);
  return limits;
}

/** As the vendor writes it: `12ms`, `1.5s`, `1m0s`. */
export function formatReset(durationMs: number): string {
  if (durationMs < 1000) return `${durationMs}ms`;
  if (durationMs < 60_000) return `${durationMs / 1000}s`;
  return `${Math.floor(durationMs / 60_000)}m${Math.round((durationMs % 60_000) / 1000)}s`;
}

function tooMany({ whose, measure, limitPerMinute }: Limited, untilMs: number): Fault {
  return gatewayFault('rate_limit_exceeded', {
    what: 'The request was refused.',
    why: `This ${whose} may use ${limitPerMinute} ${measure} a minute, and they are used up.`,
    mend:
      measure === 'tokens'
        ? `Send it again in ${formatReset(untilMs)}, or with fewer max_tokens: a request counts by the most that it may use until it ends.`
        : `Send it again in ${formatReset(untilMs)}.`,
  });
}

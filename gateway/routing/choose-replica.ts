import { admits } from './breaker.ts';
import type { Candidate, Candidates } from './replica-index.ts';

/** Up to so many replicas are all weighed; of more, so many are drawn. */
export const WEIGHED_MAX = 8;
/**
 * Replicas drawn at random where there are many. Two already keep the longest queue at log log n (Mitzenmacher, "The
 * Power of Two Choices in Randomized Load Balancing", 2001); four find a fast card among slow ones more often. Drawing
 * needs no order that every request changes, as a heap does, and gateways side by side don't all run to one replica.
 */
export const DRAWN_COUNT = 4;
/** The speed of a replica that was never measured, in tokens/s: that of a 1 to 3 B model on an RX 580. */
const TOKENS_PER_SECOND_UNKNOWN = 30;
/** A prompt is read so many times faster than an answer is written: the least that old cards were seen to do. */
export const PROMPT_SPEEDUP = 10;
/** A replica of twice the cheapest price must be sooner by this. */
const PRICE_WEIGHT_MS = 50;

/** What a request needs of a replica. */
export interface Need {
  /** Most tokens of prompt and answer together. */
  readonly contextTokens: number;
  /** What it is expected to cost, in tokens of an answer's cost. */
  readonly expectedTokenCount: number;
  /** Where the beginning of its conversation is cached, and how many tokens of an answer's cost that saves. */
  readonly cached: { readonly replicaId: string; readonly savedTokenCount: number } | null;
  /** Replicas that failed it. */
  readonly passedOver: ReadonlySet<string>;
}

/**
 * The replica with the least expected wait among those that fit: all of a few, else some that are drawn, and always
 * the one that has the conversation cached. Null where none may be asked now. What is too long for every replica goes
 * to one with the longest context, as the bound on a prompt is high and the model server counts exactly.
 */
export function chooseReplica(
  candidates: Candidates,
  need: Need,
  random: () => number,
  nowMs: number,
): Candidate | null {
  const { byContext } = candidates;
  const from = firstThatFits(byContext, need.contextTokens);
  const fittingCount = byContext.length - from;
  if (fittingCount === 0) return null;
  let best: Candidate | null = null;
  let bestMs = Number.POSITIVE_INFINITY;
  const weigh = (candidate: Candidate | undefined) => {
    if (candidate === undefined || !mayTake(candidate, need, nowMs)) return false;
    const waitMs = expectedWaitMs(candidate, need);
    if (waitMs < bestMs) {
      best = candidate;
      bestMs = waitMs;
    }
    return true;
  };
  if (need.cached !== null) {
    const warm = candidates.byId.get(need.cached.replicaId);
    if (warm !== undefined && warm.replica.contextTokens >= (byContext[from]?.replica.contextTokens ?? 0)) weigh(warm);
  }
  if (fittingCount > WEIGHED_MAX) {
    for (let drawn = 0; drawn < DRAWN_COUNT; drawn += 1) weigh(byContext[from + Math.floor(random() * fittingCount)]);
    if (best !== null) return best;
  }
  const start = Math.floor(random() * fittingCount);
  let weighedCount = 0;
  for (let step = 0; step < fittingCount && weighedCount < WEIGHED_MAX; step += 1) {
    if (weigh(byContext[from + ((start + step) % fittingCount)])) weighedCount += 1;
  }
  return best;
}

/** How long a replica is expected to take for a request, in ms, with what a price above the cheapest must make up. */
export function expectedWaitMs({ replica, load, priceRatio }: Candidate, need: Need): number {
  const tokensPerSecond = load.tokensPerSecond ?? replica.tokensPerSecond ?? TOKENS_PER_SECOND_UNKNOWN;
  const saved = need.cached?.replicaId === replica.replicaId ? need.cached.savedTokenCount : 0;
  const ownTokenCount = Math.max(0, need.expectedTokenCount - saved);
  const queuedTokenCount = load.outstandingTokenCount / replica.parallelCount;
  return ((queuedTokenCount + ownTokenCount) / tokensPerSecond) * 1000 + (priceRatio - 1) * PRICE_WEIGHT_MS;
}

function mayTake({ replica, load }: Candidate, need: Need, nowMs: number): boolean {
  return admits(load.breaker, nowMs) && !need.passedOver.has(replica.replicaId);
}

/** Where the replicas begin whose context is long enough; those of the longest context where none is. */
function firstThatFits(byContext: readonly Candidate[], contextTokens: number): number {
  const longest = byContext.at(-1)?.replica.contextTokens ?? 0;
  const least = Math.min(contextTokens, longest);
  let low = 0;
  let high = byContext.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((byContext[middle]?.replica.contextTokens ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

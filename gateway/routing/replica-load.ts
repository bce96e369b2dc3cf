import { type Breaker, closedBreaker } from './breaker.ts';

/** How much a request's speed moves the average: about the last five requests count. */
const SPEED_WEIGHT = 0.2;

/** What is under way on one replica, as this gateway knows it. */
export class ReplicaLoad {
  /** Tokens that requests under way are expected to need. */
  outstandingTokenCount = 0;
  runningCount = 0;
  breaker: Breaker = closedBreaker;
  /** Of one request, as measured on the requests that it answered; null before the first. */
  tokensPerSecond: number | null = null;

  /** Takes the speed of a request that ended into the average. */
  noteSpeed(tokensPerSecond: number): void {
    if (!(tokensPerSecond > 0) || !Number.isFinite(tokensPerSecond)) return;
    const before = this.tokensPerSecond ?? tokensPerSecond;
    this.tokensPerSecond = before + SPEED_WEIGHT * (tokensPerSecond - before);
  }
}

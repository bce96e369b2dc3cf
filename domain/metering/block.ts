import { leastMicroUsd, type MicroUsd } from '../quantity.ts';

/** What a block of money is planned from: one customer's credit and what wants to draw on it, at one moment. */
export interface BlockNeed {
  /** Credit that is held by nothing, once the block before is closed. ≥ 0. */
  readonly creditMicroUsd: MicroUsd;
  /** Reserved by requests under way, which the block must cover. ≥ 0, within the credit. */
  readonly reservedMicroUsd: MicroUsd;
  /** The most that each waiting request can cost, in the order in which they came. Each > 0. */
  readonly waitingMicroUsd: readonly MicroUsd[];
  /** What is wanted beyond those, for requests that come next. ≥ 0. */
  readonly headroomMicroUsd: MicroUsd;
}

/** A block to be held, and which of the waiting requests it covers, by their places. */
export interface BlockPlan {
  readonly amountMicroUsd: MicroUsd;
  readonly covered: readonly boolean[];
}

/** Of the credit that no request needs, the part that a block may hold ahead of use: a quarter. */
const AHEAD_DIVISOR = 4n;

/**
 * How much to hold. Requests under way and every waiting one that the credit still covers are covered, first come
 * first; a small one passes a great one that does not fit. What is held ahead of use is at most a quarter of the rest.
 */
export function planBlock(need: BlockNeed): BlockPlan {
  let amountMicroUsd = need.reservedMicroUsd;
  const covered = need.waitingMicroUsd.map((boundMicroUsd) => {
    if (amountMicroUsd + boundMicroUsd > need.creditMicroUsd) return false;
    amountMicroUsd += boundMicroUsd;
    return true;
  });
  const free = need.creditMicroUsd - amountMicroUsd;
  const ahead = (free - (free % AHEAD_DIVISOR)) / AHEAD_DIVISOR;
  return { amountMicroUsd: amountMicroUsd + leastMicroUsd(need.headroomMicroUsd, ahead), covered };
}

/** Measured use → what it costs, who gets which part of it, and the most that it can cost. */
export { type BlockNeed, type BlockPlan, planBlock } from './metering/block.ts';
export {
  type Charge,
  chargeFor,
  chargeWithin,
  mostCostMicroUsd,
  type PricePriority,
  type TokenUse,
} from './metering/charge.ts';
export { promptTokensMax } from './metering/prompt-bound.ts';

/** Measured use → what it costs, who gets which part of it, and the most that it can cost. */
export { type Charge, chargeFor, mostCostMicroUsd, type TokenUse } from './metering/charge.ts';
export { promptTokensMax } from './metering/prompt-bound.ts';

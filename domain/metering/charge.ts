import type { TokenTerms } from '../market.ts';
import type { MicroUsd } from '../quantity.ts';

/** Tokens of one request by the model server's own count. Whole, ≥ 0. */
export interface TokenUse {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** A charge and its two parts: `operatorMicroUsd` + `feeMicroUsd` = `chargeMicroUsd`, exactly. */
export interface Charge {
  readonly chargeMicroUsd: MicroUsd;
  readonly operatorMicroUsd: MicroUsd;
  readonly feeMicroUsd: MicroUsd;
}

const MILLION = 1_000_000n;

/**
 * What a request costs. The charge is rounded **up** to a whole micro-USD once, on the request's total; the fee is
 * rounded **down**, so that the operator gets the odd micro-USD.
 */
export function chargeFor(use: TokenUse, terms: TokenTerms): Charge {
  const chargeMicroUsd = costMicroUsd(use, terms);
  const feeParts = chargeMicroUsd * terms.feePartsPerMillion;
  const feeMicroUsd = (feeParts - (feeParts % MILLION)) / MILLION;
  return { chargeMicroUsd, operatorMicroUsd: chargeMicroUsd - feeMicroUsd, feeMicroUsd };
}

/** The most that a request can cost, for the hold: its bounds priced, and never below one micro-USD. */
export function mostCostMicroUsd(bounds: TokenUse, terms: TokenTerms): MicroUsd {
  const cost = costMicroUsd(bounds, terms);
  return cost > 0n ? cost : 1n;
}

function costMicroUsd({ promptTokens, completionTokens }: TokenUse, terms: TokenTerms): MicroUsd {
  const millionths =
    BigInt(promptTokens) * terms.priceMicroUsdPerMillionPromptTokens +
    BigInt(completionTokens) * terms.priceMicroUsdPerMillionCompletionTokens;
  return (millionths + MILLION - 1n) / MILLION;
}

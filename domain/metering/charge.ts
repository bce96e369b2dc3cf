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

/** `live`: somebody waits, at the lease's prices. `batch`: fills idle cards, at half of them. */
export type PricePriority = 'live' | 'batch';

const MILLION = 1_000_000n;
/** By what the lease's token prices are divided. */
const DIVISORS: Readonly<Record<PricePriority, bigint>> = { live: 1n, batch: 2n };

/**
 * What a request costs; batch work costs half of the lease's token prices. The charge is rounded **up** to a whole
 * micro-USD once, on the request's total; the fee is rounded **down**, so that the operator gets the odd micro-USD.
 */
export function chargeFor(use: TokenUse, terms: TokenTerms, priority: PricePriority = 'live'): Charge {
  return splitCharge(costMicroUsd(use, terms, priority), terms);
}

/**
 * What a request costs where at most `mostMicroUsd` was reserved for it: past that, the exchange and the operator bear
 * the difference, each by its share.
 */
export function chargeWithin(charge: Charge, mostMicroUsd: MicroUsd, terms: TokenTerms): Charge {
  return charge.chargeMicroUsd <= mostMicroUsd ? charge : splitCharge(mostMicroUsd, terms);
}

function splitCharge(chargeMicroUsd: MicroUsd, terms: TokenTerms): Charge {
  const feeParts = chargeMicroUsd * terms.feePartsPerMillion;
  const feeMicroUsd = (feeParts - (feeParts % MILLION)) / MILLION;
  return { chargeMicroUsd, operatorMicroUsd: chargeMicroUsd - feeMicroUsd, feeMicroUsd };
}

/** The most that a request can cost, for the hold: its bounds priced, and never below one micro-USD. */
export function mostCostMicroUsd(bounds: TokenUse, terms: TokenTerms, priority: PricePriority = 'live'): MicroUsd {
  const cost = costMicroUsd(bounds, terms, priority);
  return cost > 0n ? cost : 1n;
}

function costMicroUsd(
  { promptTokens, completionTokens }: TokenUse,
  terms: TokenTerms,
  priority: PricePriority,
): MicroUsd {
  const parts = MILLION * DIVISORS[priority];
  const millionths =
    BigInt(promptTokens) * terms.priceMicroUsdPerMillionPromptTokens +
    BigInt(completionTokens) * terms.priceMicroUsdPerMillionCompletionTokens;
  return (millionths + parts - 1n) / parts;
}

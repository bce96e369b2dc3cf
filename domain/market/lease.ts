import type { MicroUsd } from '../quantity.ts';

/** What tokens cost under a lease, and what share the exchange keeps. Prices ≥ 0; the fee is 0 to 1,000,000. */
export interface TokenTerms {
  readonly priceMicroUsdPerMillionPromptTokens: MicroUsd;
  readonly priceMicroUsdPerMillionCompletionTokens: MicroUsd;
  /** The exchange's share of each charge, in parts per million: 150,000 is 15 %. */
  readonly feePartsPerMillion: bigint;
}

/** An operator's offer to serve one model by the token. Its terms may change; a lease's may not. */
export interface Offer {
  readonly offerId: string;
  readonly operatorId: string;
  readonly model: string;
  readonly terms: TokenTerms;
}

/** A customer's right to an offer, at the terms as they stood when it was made. */
export interface Lease {
  readonly leaseId: string;
  readonly offerId: string;
  readonly operatorId: string;
  readonly customerId: string;
  readonly model: string;
  readonly terms: TokenTerms;
}

/** Makes a lease of an offer: the terms are copied, so that a later change of the offer leaves it alone. */
export function freezeTerms(leaseId: string, customerId: string, offer: Offer): Lease {
  const { offerId, operatorId, model, terms } = offer;
  return { leaseId, offerId, operatorId, customerId, model, terms: { ...terms } };
}

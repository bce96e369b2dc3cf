import { type Fault, isFault } from '@rerig/domain/fault';
import { fundTransfer } from '@rerig/domain/ledger';
import { freezeTerms, type Lease, type Offer } from '@rerig/domain/market';
import type { Database } from '../store/database.ts';
import { postTransfer } from '../store/ledger-rows.ts';
import { ensureLease, ensureOffer } from '../store/market.ts';
import { ensureOrganisation } from '../store/organisations.ts';

/** The two organisations of the demonstration. */
export const demoOperatorId = 'demo-operator';
export const demoCustomerId = 'demo-customer';

/** The demonstration's prepaid credit: $5.00. */
const CREDIT_MICRO_USD = 5_000_000n;

/**
 * Demonstration terms: $0.05 per million prompt tokens and $0.20 per million completion tokens, of which the exchange
 * keeps 15 %. They are examples of the order of small models' prices, not a market price.
 */
const terms: Offer['terms'] = {
  priceMicroUsdPerMillionPromptTokens: 50_000n,
  priceMicroUsdPerMillionCompletionTokens: 200_000n,
  feePartsPerMillion: 150_000n,
};

/** Makes, once, a demo operator and a demo customer with prepaid credit, the operator's offer and the customer's lease. */
export async function ensureDemoTenants(database: Database, model: string): Promise<Lease | Fault> {
  await ensureOrganisation(database, { organisationId: demoOperatorId, name: 'Demo farm', role: 'operator' });
  await ensureOrganisation(database, { organisationId: demoCustomerId, name: 'Demo customer', role: 'customer' });
  const fund = fundTransfer('fund:demo-credit', demoCustomerId, CREDIT_MICRO_USD);
  if (isFault(fund)) return fund;
  const posted = await postTransfer(database, fund);
  if (isFault(posted)) return posted;
  const offer: Offer = { offerId: `offer:${demoOperatorId}:${model}`, operatorId: demoOperatorId, model, terms };
  await ensureOffer(database, offer);
  const lease = freezeTerms(`lease:${demoCustomerId}:${model}`, demoCustomerId, offer);
  await ensureLease(database, lease);
  return lease;
}

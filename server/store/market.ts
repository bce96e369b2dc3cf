import type { Lease, Offer, TokenTerms } from '@rerig/domain/market';
import type { Database } from './database.ts';

interface TermColumns {
  readonly price_micro_usd_per_million_prompt_tokens: bigint;
  readonly price_micro_usd_per_million_completion_tokens: bigint;
  readonly fee_parts_per_million: bigint;
}

/** Puts an offer on the market; one that stands under that id is left as it is. */
export async function ensureOffer(database: Database, offer: Offer): Promise<void> {
  await database
    .insertInto('offer')
    .values({
      offer_id: offer.offerId,
      operator_id: offer.operatorId,
      model: offer.model,
      ...toTermColumns(offer.terms),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Stores a lease; one that stands under that id, or an open one of the customer for that model, is left as it is. */
export async function ensureLease(database: Database, lease: Lease): Promise<void> {
  await database
    .insertInto('lease')
    .values({
      lease_id: lease.leaseId,
      offer_id: lease.offerId,
      operator_id: lease.operatorId,
      customer_id: lease.customerId,
      model: lease.model,
      ...toTermColumns(lease.terms),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The customer's open leases, by model name. */
export async function readOpenLeases(database: Database, customerId: string): Promise<readonly Lease[]> {
  const rows = await database
    .selectFrom('lease')
    .selectAll()
    .where('customer_id', '=', customerId)
    .where('ended_at', 'is', null)
    .orderBy('model')
    .execute();
  return rows.map(fromRowLease);
}

/** A lease by its id, or null. */
export async function readLease(database: Database, leaseId: string): Promise<Lease | null> {
  const row = await database.selectFrom('lease').selectAll().where('lease_id', '=', leaseId).executeTakeFirst();
  return row === undefined ? null : fromRowLease(row);
}

function fromRowLease(
  row: TermColumns & {
    readonly lease_id: string;
    readonly offer_id: string;
    readonly operator_id: string;
    readonly customer_id: string;
    readonly model: string;
  },
): Lease {
  return {
    leaseId: row.lease_id,
    offerId: row.offer_id,
    operatorId: row.operator_id,
    customerId: row.customer_id,
    model: row.model,
    terms: {
      priceMicroUsdPerMillionPromptTokens: row.price_micro_usd_per_million_prompt_tokens,
      priceMicroUsdPerMillionCompletionTokens: row.price_micro_usd_per_million_completion_tokens,
      feePartsPerMillion: row.fee_parts_per_million,
    },
  };
}

function toTermColumns(terms: TokenTerms): TermColumns {
  return {
    price_micro_usd_per_million_prompt_tokens: terms.priceMicroUsdPerMillionPromptTokens,
    price_micro_usd_per_million_completion_tokens: terms.priceMicroUsdPerMillionCompletionTokens,
    fee_parts_per_million: terms.feePartsPerMillion,
  };
}

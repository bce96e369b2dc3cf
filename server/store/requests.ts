import type { TokenUse } from '@rerig/domain/metering';
import type { MicroUsd } from '@rerig/domain/quantity';
import type { Database } from './database.ts';
import type { RequestOutcome } from './tables.ts';

/** A request that was admitted: money is held for it. */
export interface OpenRequest {
  readonly requestId: string;
  readonly apiKeyId: string;
  readonly leaseId: string;
  readonly holdTransferId: string;
}

/** What a closed request was metered and charged, times in ms from its admission. */
export interface ClosedRequest extends TokenUse {
  readonly requestId: string;
  readonly status: 'settled' | 'released';
  readonly outcome: RequestOutcome;
  readonly chargeMicroUsd: MicroUsd;
  readonly durationMs: number;
  readonly firstTokenMs: number | null;
}

/** Records an admitted request, in the transaction that holds its money. */
export async function insertRequest(transaction: Database, request: OpenRequest): Promise<void> {
  await transaction
    .insertInto('inference_request')
    .values({
      request_id: request.requestId,
      api_key_id: request.apiKeyId,
      lease_id: request.leaseId,
      hold_transfer_id: request.holdTransferId,
      status: 'open',
    })
    .execute();
}

/** Closes an open request; false where it was not open, and nothing changed. */
export async function closeRequestRow(transaction: Database, closed: ClosedRequest): Promise<boolean> {
  const result = await transaction
    .updateTable('inference_request')
    .set({
      status: closed.status,
      outcome: closed.outcome,
      prompt_tokens: closed.promptTokens,
      completion_tokens: closed.completionTokens,
      charge_micro_usd: closed.chargeMicroUsd,
      duration_ms: Math.round(closed.durationMs),
      first_token_ms: closed.firstTokenMs === null ? null : Math.round(closed.firstTokenMs),
      closed_at: new Date(),
    })
    .where('request_id', '=', closed.requestId)
    .where('status', '=', 'open')
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Requests that are open, oldest first, with the customer of their lease. */
export async function readOpenRequests(
  database: Database,
): Promise<readonly (OpenRequest & { readonly customerId: string })[]> {
  const rows = await database
    .selectFrom('inference_request as request')
    .innerJoin('lease', 'lease.lease_id', 'request.lease_id')
    .select(['request.request_id', 'request.api_key_id', 'request.lease_id', 'request.hold_transfer_id'])
    .select('lease.customer_id')
    .where('request.status', '=', 'open')
    .orderBy('request.opened_at')
    .execute();
  return rows.map((row) => ({
    requestId: row.request_id,
    apiKeyId: row.api_key_id,
    leaseId: row.lease_id,
    holdTransferId: row.hold_transfer_id,
    customerId: row.customer_id,
  }));
}

/** A closed request by its id, or null where it is unknown or still open. */
export async function readClosedRequest(database: Database, requestId: string): Promise<ClosedRequest | null> {
  const row = await database
    .selectFrom('inference_request')
    .selectAll()
    .where('request_id', '=', requestId)
    .executeTakeFirst();
  if (row === undefined || row.status === 'open') return null;
  return {
    requestId,
    status: row.status,
    outcome: row.outcome ?? 'interrupted',
    promptTokens: row.prompt_tokens ?? 0,
    completionTokens: row.completion_tokens ?? 0,
    chargeMicroUsd: row.charge_micro_usd ?? 0n,
    durationMs: row.duration_ms ?? 0,
    firstTokenMs: row.first_token_ms,
  };
}

/** Totals over all requests: counts, tokens by the model servers' own count, and money charged. */
export interface RequestTotals extends TokenUse {
  readonly requestCount: number;
  readonly openRequestCount: number;
  readonly chargedMicroUsd: MicroUsd;
}

export async function readRequestTotals(database: Database): Promise<RequestTotals> {
  const { count, sum } = database.fn;
  const row = await database
    .selectFrom('inference_request')
    .select([count<bigint>('request_id').as('request_count'), sum<bigint | null>('prompt_tokens').as('prompt_tokens')])
    .select([sum<bigint | null>('completion_tokens').as('completion_tokens')])
    .select([sum<string | null>('charge_micro_usd').as('charged_micro_usd')])
    .select((select) => select.fn.count<bigint>('request_id').filterWhere('status', '=', 'open').as('open_count'))
    .executeTakeFirstOrThrow();
  return {
    requestCount: Number(row.request_count),
    openRequestCount: Number(row.open_count),
    promptTokens: Number(row.prompt_tokens ?? 0),
    completionTokens: Number(row.completion_tokens ?? 0),
    chargedMicroUsd: BigInt(row.charged_micro_usd ?? 0),
  };
}

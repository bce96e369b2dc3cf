import type { TokenUse } from '@rerig/domain/metering';
import type { MicroUsd } from '@rerig/domain/quantity';
import { sql } from 'kysely';
import type { Database } from './database.ts';

/** Totals over ended requests: counts, tokens by the model servers' own count, and money. */
export interface RequestTotals extends TokenUse {
  readonly requestCount: number;
  readonly chargedMicroUsd: MicroUsd;
}

/** Totals of all requests that are charged. Those metered since the last charge are not in them. */
export async function readChargedTotals(database: Database): Promise<RequestTotals> {
  const { rows } = await sql<{
    requests: bigint;
    prompt: bigint;
    completion: bigint;
    charge: bigint;
  }>`select coalesce(sum(request_count), 0)::bigint as requests, coalesce(sum(prompt_tokens), 0)::bigint as prompt,
      coalesce(sum(completion_tokens), 0)::bigint as completion, coalesce(sum(charge_micro_usd), 0)::bigint as charge
    from key_month_use`.execute(database);
  const [row] = rows;
  return {
    requestCount: Number(row?.requests ?? 0n),
    promptTokens: Number(row?.prompt ?? 0n),
    completionTokens: Number(row?.completion ?? 0n),
    chargedMicroUsd: row?.charge ?? 0n,
  };
}

/** What a key, and all keys of its organisation together, were charged in a month. `month` is its first day, `2026-11-01`. */
export async function readMonthCharges(
  database: Database,
  apiKeyId: string,
  organisationId: string,
  month: string,
): Promise<{ readonly keyMicroUsd: MicroUsd; readonly organisationMicroUsd: MicroUsd }> {
  const { rows } = await sql<{ own: bigint; all: bigint }>`
    select coalesce(sum(charge_micro_usd) filter (where used.api_key_id = ${apiKeyId}), 0)::bigint as own,
      coalesce(sum(charge_micro_usd), 0)::bigint as all
    from key_month_use as used join api_key using (api_key_id)
    where api_key.organisation_id = ${organisationId} and used.month = ${month}::date`.execute(database);
  return { keyMicroUsd: rows[0]?.own ?? 0n, organisationMicroUsd: rows[0]?.all ?? 0n };
}

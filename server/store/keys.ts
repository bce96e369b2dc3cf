import type { MicroUsd } from '@rerig/domain/quantity';
import type { Caller, RateLimit } from '@rerig/gateway/gateway';
import type { Database } from './database.ts';

/** A key that is not revoked: whose it is, what it may do, and what may be spent in a month. */
export interface KnownKey {
  readonly caller: Caller;
  readonly caps: { readonly keyMicroUsd: MicroUsd | null; readonly organisationMicroUsd: MicroUsd | null };
}

/** What keys and organisations are limited by, for a change: what is left out stays as it is. */
export interface LimitChange extends Partial<RateLimit> {
  readonly monthlyCapMicroUsd?: MicroUsd | null;
}

/** Where a key's work may run, for a change. */
export interface ConstraintChange {
  readonly regions?: readonly string[];
  readonly operatorIds?: readonly string[];
  readonly isolation?: 'process' | 'container' | 'vm';
}

/** A key as it is listed; the secret is nowhere. Money of this month (UTC), as far as it is charged. */
export interface ListedKey {
  readonly caller: Caller;
  readonly label: string;
  readonly hint: string;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
  readonly caps: KnownKey['caps'];
  /** What was charged in the month: requests, and their tokens. */
  readonly requestCount: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly chargedMicroUsd: MicroUsd;
}

/** The key with this hash or this id; null where there is none, or it was revoked. */
export async function findKey(
  database: Database,
  by: { readonly secretSha256: string } | { readonly apiKeyId: string },
): Promise<KnownKey | null> {
  const [column, value] =
    'apiKeyId' in by ? (['api_key_id', by.apiKeyId] as const) : (['secret_sha256', by.secretSha256] as const);
  const row = await selectKeys(database)
    .where(`api_key.${column}`, '=', value)
    .where('api_key.revoked_at', 'is', null)
    .executeTakeFirst();
  return row === undefined ? null : { caller: callerOf(row), caps: capsOf(row) };
}

/** Every key, those revoked included, with what it used in `month` (its first day, `2026-11-01`). */
export async function listKeys(database: Database, month: string): Promise<readonly ListedKey[]> {
  const rows = await selectKeys(database)
    .leftJoin('key_month_use as used', (join) =>
      join.onRef('used.api_key_id', '=', 'api_key.api_key_id').on('used.month', '=', month),
    )
    .select(['used.request_count', 'used.prompt_tokens', 'used.completion_tokens', 'used.charge_micro_usd'])
    .orderBy('api_key.organisation_id')
    .orderBy('api_key.created_at')
    .orderBy('api_key.api_key_id')
    .execute();
  return rows.map((row) => ({
    caller: callerOf(row),
    label: row.label,
    hint: row.hint,
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
    caps: capsOf(row),
    requestCount: Number(row.request_count ?? 0n),
    promptTokens: Number(row.prompt_tokens ?? 0n),
    completionTokens: Number(row.completion_tokens ?? 0n),
    chargedMicroUsd: row.charge_micro_usd ?? 0n,
  }));
}

/** Changes a key's limits; false where no key has this id. */
export async function changeKey(
  database: Database,
  apiKeyId: string,
  change: LimitChange & ConstraintChange,
): Promise<boolean> {
  const { regions, operatorIds, isolation } = change;
  const result = await database
    .updateTable('api_key')
    .set({
      api_key_id: apiKeyId,
      ...toRowLimits(change),
      ...(regions === undefined ? {} : { regions: [...regions] }),
      ...(operatorIds === undefined ? {} : { operator_ids: [...operatorIds] }),
      ...(isolation === undefined ? {} : { isolation }),
    })
    .where('api_key_id', '=', apiKeyId)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Changes an organisation's limits, which all its keys share; false where there is no such organisation. */
export async function changeOrganisation(
  database: Database,
  organisationId: string,
  change: LimitChange,
): Promise<boolean> {
  const result = await database
    .updateTable('organisation')
    .set({ organisation_id: organisationId, ...toRowLimits(change) })
    .where('organisation_id', '=', organisationId)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Revokes a key; one that was revoked stays so, with its first time. False where no key has this id. */
export async function revokeKey(database: Database, apiKeyId: string): Promise<boolean> {
  const result = await database
    .updateTable('api_key')
    .set((set) => ({ revoked_at: set.fn.coalesce('revoked_at', set.val(new Date())) }))
    .where('api_key_id', '=', apiKeyId)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

function selectKeys(database: Database) {
  return database
    .selectFrom('api_key')
    .innerJoin('organisation', 'organisation.organisation_id', 'api_key.organisation_id')
    .select(['api_key.api_key_id', 'api_key.organisation_id', 'api_key.requests_per_minute'])
    .select(['api_key.tokens_per_minute', 'api_key.monthly_cap_micro_usd', 'api_key.regions', 'api_key.operator_ids'])
    .select(['api_key.isolation', 'api_key.label', 'api_key.hint', 'api_key.created_at', 'api_key.revoked_at'])
    .select('organisation.requests_per_minute as organisation_requests')
    .select('organisation.tokens_per_minute as organisation_tokens')
    .select('organisation.monthly_cap_micro_usd as organisation_cap');
}

type KeyRow = NonNullable<Awaited<ReturnType<ReturnType<typeof selectKeys>['executeTakeFirst']>>>;

function callerOf(row: KeyRow): Caller {
  return {
    apiKeyId: row.api_key_id,
    organisationId: row.organisation_id,
    keyLimit: { requestsPerMinute: row.requests_per_minute, tokensPerMinute: row.tokens_per_minute },
    organisationLimit: { requestsPerMinute: row.organisation_requests, tokensPerMinute: row.organisation_tokens },
    constraints: { regions: row.regions, operatorIds: row.operator_ids, isolation: row.isolation },
  };
}

function capsOf(row: KeyRow): KnownKey['caps'] {
  return { keyMicroUsd: row.monthly_cap_micro_usd, organisationMicroUsd: row.organisation_cap };
}

function toRowLimits(change: LimitChange) {
  const { requestsPerMinute, tokensPerMinute, monthlyCapMicroUsd } = change;
  return {
    ...(requestsPerMinute === undefined ? {} : { requests_per_minute: requestsPerMinute }),
    ...(tokensPerMinute === undefined ? {} : { tokens_per_minute: tokensPerMinute }),
    ...(monthlyCapMicroUsd === undefined ? {} : { monthly_cap_micro_usd: monthlyCapMicroUsd }),
  };
}

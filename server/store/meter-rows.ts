import type { PricePriority, TokenUse } from '@rerig/domain/metering';
import type { MicroUsd } from '@rerig/domain/quantity';
import type pg from 'pg';
import type { Database } from './database.ts';
import type { RequestOutcome } from './tables.ts';

/** What one request was metered and charged. Written once, when it has ended. Times in ms; tokens whole, ≥ 0. */
export interface MeterRow extends TokenUse {
  readonly requestId: string;
  readonly apiKeyId: string;
  readonly leaseId: string;
  /** The block of held money that it is charged against. */
  readonly holdTransferId: string;
  readonly priority: PricePriority;
  readonly door: string;
  readonly outcome: RequestOutcome;
  /** Prompt tokens that the model server had in its cache. */
  readonly cachedTokens: number;
  readonly chargeMicroUsd: MicroUsd;
  readonly feeMicroUsd: MicroUsd;
  readonly durationMs: number;
  readonly firstTokenMs: number | null;
  readonly replicaId: string | null;
  readonly openedAtMs: number;
  readonly closedAtMs: number;
}

/** The most of PostgreSQL's `integer`. A count past it, from a server that lies, is stored as this. */
const INTEGER_MAX = 2_147_483_647;

const INSERT = `insert into inference_request (request_id, api_key_id, lease_id, hold_transfer_id, priority, door, outcome,
    prompt_tokens, completion_tokens, cached_tokens, charge_micro_usd, fee_micro_usd, duration_ms, first_token_ms,
    replica_id, opened_at, closed_at)
  select request_id, api_key_id, lease_id, hold_transfer_id, priority, door, outcome, prompt_tokens, completion_tokens,
    cached_tokens, charge, fee, duration_ms, nullif(first_token_ms, -1), nullif(replica_id, ''),
    to_timestamp(opened_ms / 1000.0), to_timestamp(closed_ms / 1000.0)
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[], $9::int[],
    $10::int[], $11::bigint[], $12::bigint[], $13::int[], $14::int[], $15::text[], $16::bigint[], $17::bigint[])
    as row (request_id, api_key_id, lease_id, hold_transfer_id, priority, door, outcome, prompt_tokens,
      completion_tokens, cached_tokens, charge, fee, duration_ms, first_token_ms, replica_id, opened_ms, closed_ms)
  on conflict (request_id) do nothing`;

/**
 * Writes rows durably with one prepared statement. A row whose request stands already changes nothing. Throws what the
 * database says: a row of a block that is closed, or not of its lease's customer, refuses all of them.
 */
export async function insertMeterRows(pool: pg.Pool, rows: readonly MeterRow[]): Promise<void> {
  await pool.query({
    name: 'insert-meter-rows',
    text: INSERT,
    values: [
      texts(rows, (row) => row.requestId),
      texts(rows, (row) => row.apiKeyId),
      texts(rows, (row) => row.leaseId),
      texts(rows, (row) => row.holdTransferId),
      texts(rows, (row) => row.priority),
      texts(rows, (row) => row.door),
      texts(rows, (row) => row.outcome),
      wholes(rows, (row) => row.promptTokens),
      wholes(rows, (row) => row.completionTokens),
      wholes(rows, (row) => row.cachedTokens),
      amounts(rows, (row) => row.chargeMicroUsd),
      amounts(rows, (row) => row.feeMicroUsd),
      wholes(rows, (row) => row.durationMs),
      wholes(rows, (row) => row.firstTokenMs ?? -1),
      texts(rows, (row) => row.replicaId ?? ''),
      moments(rows, (row) => row.openedAtMs),
      moments(rows, (row) => row.closedAtMs),
    ],
  });
}

// PostgreSQL's array literals are written here: the driver's own writer takes several times as long for each element.
function texts(rows: readonly MeterRow[], textOf: (row: MeterRow) => string): string {
  return `{${rows.map((row) => `"${textOf(row).replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

function wholes(rows: readonly MeterRow[], countOf: (row: MeterRow) => number): string {
  return `{${rows.map((row) => Math.min(Math.round(countOf(row)), INTEGER_MAX)).join(',')}}`;
}

function moments(rows: readonly MeterRow[], atMsOf: (row: MeterRow) => number): string {
  return `{${rows.map((row) => Math.round(atMsOf(row))).join(',')}}`;
}

function amounts(rows: readonly MeterRow[], amountOf: (row: MeterRow) => MicroUsd): string {
  return `{${rows.map(amountOf).join(',')}}`;
}

/** What an ended request was metered and charged. `settled`: it cost something; `released`: nothing. */
export interface ClosedRequest extends TokenUse {
  readonly requestId: string;
  readonly status: 'settled' | 'released';
  readonly outcome: RequestOutcome;
  readonly priority: PricePriority;
  readonly chargeMicroUsd: MicroUsd;
  readonly durationMs: number;
  readonly firstTokenMs: number | null;
  /** The transfer that charged it, with all others of its block; null while that is still to come. */
  readonly chargeTransferId: string | null;
}

/** An ended request by its id, or null where it is unknown or still open. */
export async function readClosedRequest(database: Database, requestId: string): Promise<ClosedRequest | null> {
  const row = await database
    .selectFrom('inference_request as request')
    .leftJoin('ledger_transfer as closing', 'closing.closes_transfer_id', 'request.hold_transfer_id')
    .selectAll('request')
    .select('closing.transfer_id as charge_transfer_id')
    .where('request_id', '=', requestId)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    requestId,
    status: row.charge_micro_usd > 0n ? 'settled' : 'released',
    outcome: row.outcome,
    priority: row.priority,
    promptTokens: row.prompt_tokens,
    completionTokens: row.completion_tokens,
    chargeMicroUsd: row.charge_micro_usd,
    durationMs: row.duration_ms,
    firstTokenMs: row.first_token_ms,
    chargeTransferId: row.charge_transfer_id,
  };
}

import { type BatchStatus, batchSchema, type OpenAiBatch } from '@rerig/api/openai';
import { type BatchEvent, nextBatchStatus, statusesBefore } from '@rerig/gateway/gateway';
import type pg from 'pg';

/** A batch as the loop works on it. */
export interface BatchAtWork {
  readonly batchId: string;
  readonly organisationId: string;
  readonly apiKeyId: string;
  readonly endpoint: string;
  readonly inputFileId: string;
  readonly status: BatchStatus;
  readonly isWindowOver: boolean;
}

/** One fault of a batch's file. `line` counts from 1; null where it is of the whole file. */
export interface BatchError {
  readonly code: string;
  readonly line: number | null;
  readonly message: string;
  readonly param: string | null;
}

interface BatchRow {
  readonly batch_id: string;
  readonly organisation_id: string;
  readonly api_key_id: string;
  readonly endpoint: string;
  readonly input_file_id: string;
  readonly metadata: string | null;
  readonly status: BatchStatus;
  readonly errors: string;
  readonly models: readonly string[];
  readonly output_file_id: string | null;
  readonly error_file_id: string | null;
  readonly line_count: number;
  readonly completed_count: number;
  readonly failed_count: number;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly in_progress_at: Date | null;
  readonly finalizing_at: Date | null;
  readonly completed_at: Date | null;
  readonly failed_at: Date | null;
  readonly expired_at: Date | null;
  readonly cancelling_at: Date | null;
  readonly cancelled_at: Date | null;
  readonly is_window_over: boolean;
}

const COLUMNS = 'batch.*, batch.expires_at <= now() as is_window_over';

function parseRow(row: BatchRow): OpenAiBatch {
  const seconds = (moment: Date | null) => (moment === null ? null : Math.floor(moment.getTime() / 1000));
  const errors: unknown = JSON.parse(row.errors);
  const metadata: unknown = row.metadata === null ? null : JSON.parse(row.metadata);
  return batchSchema.parse({
    id: row.batch_id,
    object: 'batch',
    endpoint: row.endpoint,
    errors: Array.isArray(errors) && errors.length > 0 ? { object: 'list', data: errors } : null,
    input_file_id: row.input_file_id,
    completion_window: '24h',
    status: row.status,
    output_file_id: row.output_file_id,
    error_file_id: row.error_file_id,
    created_at: seconds(row.created_at),
    in_progress_at: seconds(row.in_progress_at),
    expires_at: seconds(row.expires_at),
    finalizing_at: seconds(row.finalizing_at),
    completed_at: seconds(row.completed_at),
    failed_at: seconds(row.failed_at),
    expired_at: seconds(row.expired_at),
    cancelling_at: seconds(row.cancelling_at),
    cancelled_at: seconds(row.cancelled_at),
    request_counts: { total: row.line_count, completed: row.completed_count, failed: row.failed_count },
    metadata,
  });
}

function fromRowAtWork(row: BatchRow): BatchAtWork {
  return {
    batchId: row.batch_id,
    organisationId: row.organisation_id,
    apiKeyId: row.api_key_id,
    endpoint: row.endpoint,
    inputFileId: row.input_file_id,
    status: row.status,
    isWindowOver: row.is_window_over,
  };
}

/** A batch to be kept. */
export interface NewBatch {
  readonly batchId: string;
  readonly organisationId: string;
  readonly apiKeyId: string;
  readonly endpoint: string;
  readonly inputFileId: string;
  /** JSON, or null. */
  readonly metadata: string | null;
  readonly windowMs: number;
}

/** Keeps a batch; null where the organisation has `openMax` that have not ended. */
export async function insertBatch(pool: pg.Pool, batch: NewBatch, openMax: number): Promise<OpenAiBatch | null> {
  const { rows } = await pool.query<BatchRow>(
    `insert into batch (batch_id, organisation_id, api_key_id, endpoint, input_file_id, metadata, expires_at)
     select $1, $2, $3, $4, $5, $6, now() + $7 * interval '1 ms'
     where (select count(*) from batch where organisation_id = $2
       and status in ('validating', 'in_progress', 'finalizing', 'cancelling')) < $8
     returning ${COLUMNS}`,
    [
      batch.batchId,
      batch.organisationId,
      batch.apiKeyId,
      batch.endpoint,
      batch.inputFileId,
      batch.metadata,
      batch.windowMs,
      openMax,
    ],
  );
  return rows[0] === undefined ? null : parseRow(rows[0]);
}

/** A batch of an organisation, or null. */
export async function findBatch(pool: pg.Pool, organisationId: string, batchId: string): Promise<OpenAiBatch | null> {
  const { rows } = await pool.query<BatchRow>(
    `select ${COLUMNS} from batch where batch_id = $1 and organisation_id = $2`,
    [batchId, organisationId],
  );
  return rows[0] === undefined ? null : parseRow(rows[0]);
}

/** Batches of an organisation, newest first, and whether more follow. */
export async function listBatches(
  pool: pg.Pool,
  organisationId: string,
  page: { readonly afterBatchId: string | null; readonly limitCount: number },
) {
  const { rows } = await pool.query<BatchRow>(
    `select ${COLUMNS} from batch where organisation_id = $1
       and (not exists (select from batch where batch_id = $2 and organisation_id = $1)
         or (created_at, batch_id) < (select created_at, batch_id from batch where batch_id = $2))
     order by created_at desc, batch_id desc limit $3`,
    [organisationId, page.afterBatchId, page.limitCount + 1],
  );
  return { batches: rows.slice(0, page.limitCount).map(parseRow), hasMore: rows.length > page.limitCount };
}

/** What an event changes beside the status. */
export interface BatchChange {
  readonly turnId?: string;
  readonly errors?: readonly BatchError[];
  readonly lineCount?: number;
  readonly failedCount?: number;
  readonly models?: readonly string[];
  readonly outputFileId?: string | null;
  readonly errorFileId?: string | null;
}

/**
 * Applies an event: the status that the lifecycle gives, the moment, and what else changes. False where the lifecycle
 * ignores it, or the turn that it comes from has ended.
 */
export async function applyBatchEvent(
  pool: pg.Pool,
  batchId: string,
  event: BatchEvent,
  change: BatchChange = {},
): Promise<boolean> {
  const cases = statusesBefore(event).map((status) => ({ status, next: nextBatchStatus(status, event) }));
  const next = `case status ${cases.map((one) => `when '${one.status}' then '${one.next}'`).join(' ')} end`;
  const moments = [...new Set(cases.map((one) => one.next))].map(
    (status) => `${status}_at = case when ${next} = '${status}' then now() else ${status}_at end`,
  );
  const { rowCount } = await pool.query(
    `update batch set status = ${next}, ${moments.join(', ')}, turn_until = null, turn_id = null,
       errors = coalesce($3, errors), line_count = coalesce($4, line_count), failed_count = coalesce($5, failed_count),
       models = coalesce($6, models), output_file_id = coalesce($7, output_file_id),
       error_file_id = coalesce($8, error_file_id)
     where batch_id = $1 and status = any ($2) and ($9::text is null or turn_id = $9)`,
    [
      batchId,
      cases.map((one) => one.status),
      change.errors === undefined ? null : JSON.stringify(change.errors),
      change.lineCount ?? null,
      change.failedCount ?? null,
      change.models ?? null,
      change.outputFileId ?? null,
      change.errorFileId ?? null,
      change.turnId ?? null,
    ],
  );
  return rowCount === 1;
}

const due = {
  validate: `status = 'validating' and expires_at > now()`,
  // What still runs ends first, so that its result is in the files.
  write: `(status in ('finalizing', 'cancelling') or (status in ('validating', 'in_progress') and expires_at <= now()))
    and not exists (select from batch_line as line
      where line.batch_id = batch.batch_id and line.status = 'running' and line.lease_until > now())`,
} as const;

/** Takes the turn to validate a batch or to write its files: the oldest that nobody has the turn of. */
export async function takeBatchTurn(
  pool: pg.Pool,
  stage: keyof typeof due,
  turn: { readonly turnId: string; readonly leaseMs: number },
): Promise<BatchAtWork | null> {
  const { rows } = await pool.query<BatchRow>(
    `update batch set turn_id = $1, turn_until = now() + $2 * interval '1 ms'
     where batch_id = (
       select batch_id from batch where ${due[stage]} and (turn_until is null or turn_until < now())
       order by created_at limit 1 for update skip locked)
     returning ${COLUMNS}`,
    [turn.turnId, turn.leaseMs],
  );
  return rows[0] === undefined ? null : fromRowAtWork(rows[0]);
}

/** Keeps a turn for longer. False where it was lost. */
export async function keepBatchTurn(pool: pg.Pool, turnId: string, leaseMs: number): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update batch set turn_until = now() + $2 * interval '1 ms' where turn_id = $1`,
    [turnId, leaseMs],
  );
  return rowCount === 1;
}

/** Gives a turn back, so that another can take it at once. */
export async function leaveBatchTurn(pool: pg.Pool, turnId: string): Promise<void> {
  await pool.query('update batch set turn_id = null, turn_until = null where turn_id = $1', [turnId]);
}

/** Batches whose every line has its result, and which go on to their files. */
export async function finishBatches(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ readonly batch_id: string }>(
    `select batch_id from batch where status = 'in_progress' and completed_count + failed_count = line_count`,
  );
  for (const { batch_id } of rows) await applyBatchEvent(pool, batch_id, 'lines-ended');
}

/** A batch with lines to run, oldest first, and the models that they ask. */
export interface RunningBatch extends BatchAtWork {
  readonly models: readonly string[];
}

/** Batches that have lines to run. */
export async function readRunningBatches(pool: pg.Pool): Promise<readonly RunningBatch[]> {
  const { rows } = await pool.query<BatchRow>(
    `select ${COLUMNS} from batch where status = 'in_progress' and expires_at > now()
       and completed_count + failed_count < line_count order by created_at`,
  );
  return rows.map((row) => ({ ...fromRowAtWork(row), models: row.models }));
}

/** Removes batches that ended before so long, and lines that a crash left of one that has ended. */
export async function sweepBatches(pool: pg.Pool, keptMs: number): Promise<number> {
  await pool.query(
    `delete from batch_line using batch where batch_line.batch_id = batch.batch_id
       and batch.status in ('completed', 'failed', 'expired', 'cancelled')`,
  );
  const { rowCount } = await pool.query(
    `delete from batch where batch_id in (
       select batch_id from batch where status in ('completed', 'failed', 'expired', 'cancelled')
         and created_at < now() - $1 * interval '1 ms' limit 100)`,
    [keptMs],
  );
  return rowCount ?? 0;
}

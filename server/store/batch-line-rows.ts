import type pg from 'pg';

/** A line as it is read from the file. A line that was refused already has its result; the others have a body. */
export interface NewBatchLine {
  readonly lineNumber: number;
  readonly customId: string;
  readonly model: string | null;
  /** JSON. */
  readonly body: string | null;
  /** JSON: the line of the error file. */
  readonly result: string | null;
}

/** A line that is leased to be run. */
export interface LeasedLine {
  readonly batchId: string;
  readonly lineNumber: number;
  readonly customId: string;
  readonly body: string;
  readonly leaseId: string;
  /** Rounds that ended without an answer: each has a request id of its own. */
  readonly roundCount: number;
  /** Of these, rounds in which something failed. */
  readonly failureCount: number;
  /** Whoever had it before never said how it ended. */
  readonly wasLeftRunning: boolean;
}

/** Which line, by which lease: a result of a lease that was lost is not taken. */
export interface LineLease {
  readonly batchId: string;
  readonly lineNumber: number;
  readonly leaseId: string;
}

/** Adds lines. Gives the numbers of those whose custom_id another line of the batch has already: they are not added. */
export async function insertBatchLines(
  pool: pg.Pool,
  batchId: string,
  lines: readonly NewBatchLine[],
): Promise<readonly number[]> {
  const { rows } = await pool.query<{ readonly line_number: number }>({
    name: 'insert-batch-lines',
    text: `insert into batch_line (batch_id, line_number, custom_id, model, body, result, status)
      select $1, line_number, custom_id, model, body, result, case when result is null then 'waiting' else 'failed' end
      from unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[])
        as line (line_number, custom_id, model, body, result)
      order by line_number
      on conflict on constraint batch_line_custom_id do nothing returning line_number`,
    values: [
      batchId,
      lines.map((line) => line.lineNumber),
      lines.map((line) => line.customId),
      lines.map((line) => line.model),
      lines.map((line) => line.body),
      lines.map((line) => line.result),
    ],
  });
  const added = new Set(rows.map(({ line_number }) => line_number));
  return lines.map(({ lineNumber }) => lineNumber).filter((lineNumber) => !added.has(lineNumber));
}

/** Removes all lines of a batch. */
export async function removeBatchLines(pool: pg.Pool, batchId: string): Promise<void> {
  await pool.query('delete from batch_line where batch_id = $1', [batchId]);
}

/** Leases lines of a batch that ask a model: those that wait, and those that were left running. First ones first. */
export async function leaseBatchLines(
  pool: pg.Pool,
  from: { readonly batchId: string; readonly model: string },
  lease: { readonly leaseId: string; readonly leaseMs: number; readonly lineCount: number },
): Promise<readonly LeasedLine[]> {
  const { rows } = await pool.query<{
    readonly line_number: number;
    readonly custom_id: string;
    readonly body: string;
    readonly round_count: number;
    readonly failure_count: number;
    readonly was: string;
  }>({
    name: 'lease-batch-lines',
    // Materialized: joined as a subquery it may be run again for each row, and then its limit is none.
    text: `with found as materialized (
        select line_number, status as was from batch_line
        where batch_id = $1 and model = $2 and ((status = 'waiting' and not_before <= now())
            or (status = 'running' and lease_until < now()))
          and exists (select from batch where batch_id = $1 and status = 'in_progress' and expires_at > now())
        order by line_number limit $5 for update skip locked)
      update batch_line as line
      set status = 'running', lease_id = $3, lease_until = now() + $4 * interval '1 ms'
      from found where line.batch_id = $1 and line.line_number = found.line_number
      returning line.line_number, line.custom_id, line.body, line.round_count, line.failure_count, found.was`,
    values: [from.batchId, from.model, lease.leaseId, lease.leaseMs, lease.lineCount],
  });
  return rows.map((row) => ({
    batchId: from.batchId,
    lineNumber: row.line_number,
    customId: row.custom_id,
    body: row.body,
    leaseId: lease.leaseId,
    roundCount: row.round_count,
    failureCount: row.failure_count,
    wasLeftRunning: row.was === 'running',
  }));
}

/** Keeps leases for longer. */
export async function keepLineLeases(pool: pg.Pool, leaseIds: readonly string[], leaseMs: number): Promise<void> {
  await pool.query(
    `update batch_line set lease_until = now() + $2 * interval '1 ms' where status = 'running' and lease_id = any ($1)`,
    [leaseIds, leaseMs],
  );
}

/** Stores what came of a line and counts it, durably and in one. False where its lease was lost. */
export async function finishBatchLine(
  pool: pg.Pool,
  lease: LineLease,
  status: 'completed' | 'failed',
  result: string,
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: `finish-batch-line-${status}`,
    text: `with ended as (
        update batch_line set status = '${status}', result = $4, body = null, lease_id = null, lease_until = null
        where batch_id = $1 and line_number = $2 and lease_id = $3 and status = 'running' returning batch_id)
      update batch set ${status}_count = ${status}_count + 1 where batch_id in (select batch_id from ended)`,
    values: [lease.batchId, lease.lineNumber, lease.leaseId, result],
  });
  return rowCount === 1;
}

/** Lets a line wait for its next round. */
export async function putLineBack(
  pool: pg.Pool,
  lease: LineLease,
  next: { readonly waitMs: number; readonly isFailure: boolean },
): Promise<void> {
  await pool.query(
    `update batch_line set status = 'waiting', lease_id = null, lease_until = null, round_count = round_count + 1,
       failure_count = failure_count + $5, not_before = now() + $4 * interval '1 ms'
     where batch_id = $1 and line_number = $2 and lease_id = $3 and status = 'running'`,
    [lease.batchId, lease.lineNumber, lease.leaseId, next.waitMs, next.isFailure ? 1 : 0],
  );
}

/** Counts the next round of a line that is leased. */
export async function beginNextRound(pool: pg.Pool, lease: LineLease): Promise<void> {
  await pool.query(
    `update batch_line set round_count = round_count + 1 where batch_id = $1 and line_number = $2 and lease_id = $3`,
    [lease.batchId, lease.lineNumber, lease.leaseId],
  );
}

/** How a request ended by its meter row; null where it has none. */
export async function readMeteredOutcome(pool: pg.Pool, requestId: string): Promise<string | null> {
  const { rows } = await pool.query<{ readonly outcome: string }>(
    'select outcome from inference_request where request_id = $1',
    [requestId],
  );
  return rows[0]?.outcome ?? null;
}

/** What a line has in the files. `result` is null where it has none yet. */
export interface LineResult {
  readonly lineNumber: number;
  readonly customId: string;
  readonly status: 'waiting' | 'running' | 'completed' | 'failed';
  readonly result: string | null;
}

/** Lines of a batch after one, in order, so many, completed ones or all others. */
export async function readLineResults(
  pool: pg.Pool,
  batchId: string,
  page: { readonly isCompleted: boolean; readonly afterLineNumber: number; readonly lineCount: number },
): Promise<readonly LineResult[]> {
  const { rows } = await pool.query<{
    readonly line_number: number;
    readonly custom_id: string;
    readonly status: LineResult['status'];
    readonly result: string | null;
  }>(
    `select line_number, custom_id, status, result from batch_line
     where batch_id = $1 and line_number > $2 and (status = 'completed') = $3 order by line_number limit $4`,
    [batchId, page.afterLineNumber, page.isCompleted, page.lineCount],
  );
  return rows.map((row) => ({
    lineNumber: row.line_number,
    customId: row.custom_id,
    status: row.status,
    result: row.result,
  }));
}

import type pg from 'pg';

/** A kept response as it is stored: two texts of JSON. */
export interface ResponseRow {
  readonly response: string;
  readonly input: string;
}

/** Keeps a response. One of the same id is left as it is. */
export async function insertResponse(
  pool: pg.Pool,
  row: ResponseRow & {
    readonly organisationId: string;
    readonly responseId: string;
    readonly previousResponseId: string | null;
  },
): Promise<void> {
  const byteCount = Buffer.byteLength(row.response) + Buffer.byteLength(row.input);
  await pool.query(
    `insert into stored_response (response_id, organisation_id, previous_response_id, response, input, byte_count)
     values ($1, $2, $3, $4, $5, $6) on conflict (response_id) do nothing`,
    [row.responseId, row.organisationId, row.previousResponseId, row.response, row.input, byteCount],
  );
}

/** A response of an organisation, or null. */
export async function findResponse(
  pool: pg.Pool,
  organisationId: string,
  responseId: string,
): Promise<ResponseRow | null> {
  const { rows } = await pool.query<ResponseRow>(
    'select response, input from stored_response where response_id = $1 and organisation_id = $2',
    [responseId, organisationId],
  );
  return rows[0] ?? null;
}

/** A response and all before it, first one first; null where one is gone, or they are more or larger than may be. */
export async function readResponseChain(
  pool: pg.Pool,
  organisationId: string,
  responseId: string,
  most: { readonly responseCount: number; readonly totalBytes: number },
): Promise<readonly ResponseRow[] | null> {
  const { rows } = await pool.query<ResponseRow & { readonly previous_response_id: string | null }>(
    `with recursive chain as (
       select response_id, previous_response_id, response, input, 1 as depth, byte_count::bigint as bytes
         from stored_response where response_id = $1 and organisation_id = $2
       union all
       select before.response_id, before.previous_response_id, before.response, before.input, depth + 1,
           bytes + before.byte_count
         from chain join stored_response as before
           on before.response_id = chain.previous_response_id and before.organisation_id = $2
         where depth < $3 and bytes <= $4)
     select previous_response_id, response, input from chain order by depth desc`,
    [responseId, organisationId, most.responseCount, most.totalBytes],
  );
  return rows[0]?.previous_response_id === null ? rows : null;
}

/** Removes a response. Whether it was there. */
export async function removeResponse(pool: pg.Pool, organisationId: string, responseId: string): Promise<boolean> {
  const { rowCount } = await pool.query('delete from stored_response where response_id = $1 and organisation_id = $2', [
    responseId,
    organisationId,
  ]);
  return rowCount === 1;
}

/** Removes responses that are older than they are kept, and the oldest of organisations that keep too much. */
export async function sweepResponses(
  pool: pg.Pool,
  keep: { readonly ageMs: number; readonly totalBytes: number },
): Promise<number> {
  const { rowCount: agedCount } = await pool.query(
    `delete from stored_response where response_id in (
       select response_id from stored_response where created_at < now() - $1 * interval '1 ms' limit 5000)`,
    [keep.ageMs],
  );
  const { rowCount: excessCount } = await pool.query(
    `with full_organisation as (
       select organisation_id from stored_response group by 1 having sum(byte_count) > $1)
     delete from stored_response where response_id in (
       select response_id from (
         select response_id, sum(byte_count) over (partition by organisation_id order by created_at desc, response_id) as bytes
         from stored_response where organisation_id in (select organisation_id from full_organisation)) as aged
       where bytes > $1 limit 5000)`,
    [keep.totalBytes],
  );
  return (agedCount ?? 0) + (excessCount ?? 0);
}

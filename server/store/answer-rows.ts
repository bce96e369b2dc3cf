import type { Database } from './database.ts';

/** An answer that is given again to the same request under the same Idempotency-Key. */
export interface AnswerRow {
  /** SHA-256 of path and body, in hexadecimal. */
  readonly requestHash: string;
  readonly requestId: string;
  readonly statusCode: number;
  readonly contentType: string;
  /** At most 1 MiB as UTF-8. */
  readonly body: string;
}

/** The answer that stands under an organisation's key and has not expired; null where there is none. */
export async function findAnswer(
  database: Database,
  organisationId: string,
  idempotencyKey: string,
  now: Date,
): Promise<AnswerRow | null> {
  const row = await database
    .selectFrom('kept_answer')
    .selectAll()
    .where('organisation_id', '=', organisationId)
    .where('idempotency_key', '=', idempotencyKey)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    requestHash: row.request_sha256,
    requestId: row.request_id,
    statusCode: row.status_code,
    contentType: row.content_type,
    body: Buffer.from(row.answer).toString('utf8'),
  };
}

/** Keeps an answer. The first one under a key stays until it expires; one that has expired is replaced. */
export async function insertAnswer(
  database: Database,
  organisationId: string,
  idempotencyKey: string,
  answer: AnswerRow,
  times: { readonly now: Date; readonly expiresAt: Date },
): Promise<void> {
  const values = {
    request_sha256: answer.requestHash,
    request_id: answer.requestId,
    status_code: answer.statusCode,
    content_type: answer.contentType,
    answer: Buffer.from(answer.body, 'utf8'),
    expires_at: times.expiresAt,
  };
  await database
    .insertInto('kept_answer')
    .values({ organisation_id: organisationId, idempotency_key: idempotencyKey, ...values })
    .onConflict((conflict) =>
      conflict
        .columns(['organisation_id', 'idempotency_key'])
        .doUpdateSet(values)
        .where('kept_answer.expires_at', '<=', times.now),
    )
    .execute();
}

/** Removes answers that have expired. Gives how many. */
export async function purgeAnswers(database: Database, now: Date): Promise<number> {
  const result = await database.deleteFrom('kept_answer').where('expires_at', '<=', now).executeTakeFirst();
  return Number(result.numDeletedRows);
}

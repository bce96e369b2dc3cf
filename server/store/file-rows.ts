import type { FilePage, FilePurpose, FileToKeep, StoredFile } from '@rerig/gateway/gateway';
import type pg from 'pg';

/** Bytes of one piece of a file, as it is stored: large enough to be few, small enough to be held by many readers. */
export const FILE_CHUNK_BYTES = 1024 * 1024;

interface FileRow {
  readonly file_id: string;
  readonly purpose: FilePurpose;
  readonly filename: string;
  readonly byte_count: bigint;
  readonly sha256: string;
  readonly created_at: Date;
  readonly expires_at: Date;
}

const COLUMNS = 'file_id, purpose, filename, byte_count, sha256, created_at, expires_at';

function fromRowFile(row: FileRow): StoredFile {
  return {
    fileId: row.file_id,
    purpose: row.purpose,
    filename: row.filename,
    byteCount: Number(row.byte_count),
    sha256: row.sha256,
    createdAtMs: row.created_at.getTime(),
    expiresAtMs: row.expires_at.getTime(),
  };
}

/** Begins a file, which nobody sees until `finishFile`. One of the same id is replaced. */
export async function beginFile(pool: pg.Pool, organisationId: string, file: FileToKeep): Promise<void> {
  await pool.query('delete from stored_file where file_id = $1 and organisation_id = $2', [
    file.fileId,
    organisationId,
  ]);
  await pool.query(
    `insert into stored_file (file_id, organisation_id, purpose, filename, expires_at)
     values ($1, $2, $3, $4, 'infinity')`,
    [file.fileId, organisationId, file.purpose, file.filename],
  );
}

/** Adds a piece. False where the file was swept away meanwhile. */
export async function addFileChunk(
  pool: pg.Pool,
  fileId: string,
  chunkIndex: number,
  content: Uint8Array,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `with touched as (
       update stored_file set byte_count = byte_count + $4, touched_at = now()
       where file_id = $1 and sha256 is null returning file_id)
     insert into stored_file_chunk (file_id, chunk_index, content) select file_id, $2, $3 from touched`,
    [fileId, chunkIndex, content, content.byteLength],
  );
  return rowCount === 1;
}

/** Makes a file seen, with all its pieces. Null where it was swept away meanwhile. */
export async function finishFile(
  pool: pg.Pool,
  fileId: string,
  facts: { readonly sha256: string; readonly expiresAtMs: number },
): Promise<StoredFile | null> {
  const { rows } = await pool.query<FileRow>(
    `update stored_file set sha256 = $2, expires_at = to_timestamp($3 / 1000.0), touched_at = now()
     where file_id = $1 and sha256 is null returning ${COLUMNS}`,
    [fileId, facts.sha256, facts.expiresAtMs],
  );
  return rows[0] === undefined ? null : fromRowFile(rows[0]);
}

/** Drops a file that will not be whole. */
export async function dropFile(pool: pg.Pool, fileId: string): Promise<void> {
  await pool.query('delete from stored_file where file_id = $1', [fileId]);
}

/** What an organisation keeps: files and bytes, those that are being sent included. */
export async function readFileUse(pool: pg.Pool, organisationId: string) {
  const { rows } = await pool.query<{ readonly file_count: bigint; readonly bytes: bigint }>(
    `select count(*) as file_count, coalesce(sum(byte_count), 0)::bigint as bytes from stored_file where organisation_id = $1`,
    [organisationId],
  );
  return { fileCount: Number(rows[0]?.file_count ?? 0n), usedBytes: Number(rows[0]?.bytes ?? 0n) };
}

/** A whole file of an organisation that has not expired, or null. */
export async function findFile(pool: pg.Pool, organisationId: string, fileId: string): Promise<StoredFile | null> {
  const { rows } = await pool.query<FileRow>(
    `select ${COLUMNS} from stored_file
     where file_id = $1 and organisation_id = $2 and sha256 is not null and expires_at > now()`,
    [fileId, organisationId],
  );
  return rows[0] === undefined ? null : fromRowFile(rows[0]);
}

/** Whole files of an organisation, and whether more follow. A page after a file that is not there begins at the start. */
export async function listFiles(pool: pg.Pool, organisationId: string, page: FilePage) {
  const [isBefore, order] = page.order === 'asc' ? ['>', 'asc'] : ['<', 'desc'];
  const { rows } = await pool.query<FileRow>(
    `select ${COLUMNS} from stored_file as file
     where organisation_id = $1 and sha256 is not null and expires_at > now() and ($2::text is null or purpose = $2)
       and (not exists (select from stored_file where file_id = $3 and organisation_id = $1)
         or (created_at, file_id) ${isBefore} (select created_at, file_id from stored_file where file_id = $3))
     order by created_at ${order}, file_id ${order} limit $4`,
    [organisationId, page.purpose, page.afterFileId, page.limitCount + 1],
  );
  return { files: rows.slice(0, page.limitCount).map(fromRowFile), hasMore: rows.length > page.limitCount };
}

/** Removes a whole file with its bytes. Whether it was there. */
export async function removeFile(pool: pg.Pool, organisationId: string, fileId: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    'delete from stored_file where file_id = $1 and organisation_id = $2 and sha256 is not null',
    [fileId, organisationId],
  );
  return rowCount === 1;
}

/** One piece of a file, or null. */
export async function readFileChunk(pool: pg.Pool, fileId: string, chunkIndex: number): Promise<Uint8Array | null> {
  const { rows } = await pool.query<{ readonly content: Buffer }>({
    name: 'read-file-chunk',
    text: 'select content from stored_file_chunk where file_id = $1 and chunk_index = $2',
    values: [fileId, chunkIndex],
  });
  return rows[0]?.content ?? null;
}

/** Removes files that expired, and those that nothing was added to for so long that nobody sends them any more. */
export async function sweepFiles(pool: pg.Pool, orphanAfterMs: number): Promise<number> {
  const { rowCount } = await pool.query(
    `delete from stored_file where file_id in (
       select file_id from stored_file
       where expires_at < now() or (sha256 is null and touched_at < now() - $1 * interval '1 ms') limit 100)`,
    [orphanAfterMs],
  );
  return rowCount ?? 0;
}

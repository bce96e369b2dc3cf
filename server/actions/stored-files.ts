import { createHash } from 'node:crypto';
import { FILE_BYTES_MAX } from '@rerig/api/openai';
import { type Fault, FaultError, isFault } from '@rerig/domain/fault';
import {
  type FilePage,
  type FileStore,
  type FileToKeep,
  gatewayFault,
  notFound,
  type Seal,
  type StoredFile,
} from '@rerig/gateway/gateway';
import type pg from 'pg';
import {
  addFileChunk,
  beginFile,
  dropFile,
  FILE_CHUNK_BYTES,
  findFile,
  finishFile,
  listFiles,
  readFileChunk,
  readFileUse,
  removeFile,
  sweepFiles,
} from '../store/file-rows.ts';
import { orUnavailable } from './unavailable.ts';

/** Most bytes of files that one organisation keeps: 32 of the largest. */
export const FILES_BYTES_MAX = 32 * FILE_BYTES_MAX;
/** Most files that one organisation keeps: a page of the list shows them all. */
export const FILES_MAX = 10_000;
/** How often what an organisation keeps is counted while a file comes: every 16 MiB. */
const COUNT_EVERY_CHUNKS = 16;
/** A file that nothing was added to for so long is not being sent any more: the slowest upload adds a piece in half of it. */
const ORPHAN_AFTER_MS = 60 * 60_000;

/**
 * Files in pieces in the database: every server sees them, they are in the same backup as the books, and what crashes
 * half-way was never seen. A file is never whole in memory, but one piece of it.
 */
export class StoredFiles implements FileStore {
  readonly #pool: pg.Pool;
  readonly #refusal: () => Fault | null;

  /** `refusal` says why nothing can be kept now, as the disk is full. */
  constructor(pool: pg.Pool, refusal: () => Fault | null) {
    this.#pool = pool;
    this.#refusal = refusal;
  }

  async keep(
    organisationId: string,
    file: FileToKeep,
    content: AsyncIterable<Uint8Array>,
    seal: Seal,
  ): Promise<StoredFile | Fault> {
    const full = this.#refusal();
    if (full !== null) return full;
    try {
      const kept = await orUnavailable(() => this.#keep(organisationId, file, content, seal));
      if (isFault(kept)) await this.#drop(file.fileId);
      return kept;
    } catch (error) {
      await this.#drop(file.fileId);
      throw error;
    }
  }

  find(organisationId: string, fileId: string) {
    return orUnavailable(() => findFile(this.#pool, organisationId, fileId));
  }

  list(organisationId: string, page: FilePage) {
    return orUnavailable(() => listFiles(this.#pool, organisationId, page));
  }

  remove(organisationId: string, fileId: string) {
    return orUnavailable(() => removeFile(this.#pool, organisationId, fileId));
  }

  async *read(file: StoredFile): AsyncGenerator<Uint8Array> {
    let leftBytes = file.byteCount;
    for (let chunkIndex = 0; leftBytes > 0; chunkIndex += 1) {
      const content = await readFileChunk(this.#pool, file.fileId, chunkIndex);
      // Its owner may remove it, or its time end, at any moment.
      if (content === null) throw new FaultError(notFound('file', file.fileId));
      leftBytes -= content.byteLength;
      yield content;
    }
  }

  /** Removes what expired and what is no longer being sent. Gives how many. */
  sweep() {
    return orUnavailable(() => sweepFiles(this.#pool, ORPHAN_AFTER_MS));
  }

  async #keep(organisationId: string, file: FileToKeep, content: AsyncIterable<Uint8Array>, seal: Seal) {
    const over = await this.#overQuota(organisationId, file);
    if (over !== null) return over;
    await beginFile(this.#pool, organisationId, file);
    const hash = createHash('sha256');
    let byteCount = 0;
    let chunkIndex = 0;
    for await (const chunk of inChunks(content)) {
      byteCount += chunk.byteLength;
      if (file.purpose === 'batch' && byteCount > FILE_BYTES_MAX) return tooLarge(file.filename);
      if (!(await addFileChunk(this.#pool, file.fileId, chunkIndex, chunk))) return swept(file.filename);
      hash.update(chunk);
      chunkIndex += 1;
      const late = chunkIndex % COUNT_EVERY_CHUNKS === 0 ? await this.#overQuota(organisationId, file) : null;
      if (late !== null) return late;
    }
    const late = await this.#overQuota(organisationId, file);
    if (late !== null) return late;
    const sealed = await seal();
    if (isFault(sealed)) return sealed;
    const facts = { sha256: hash.digest('hex'), expiresAtMs: sealed.expiresAtMs };
    return (await finishFile(this.#pool, file.fileId, facts)) ?? swept(file.filename);
  }

  /** What came of paid work is kept whatever else is: only what customers send is bounded. */
  async #overQuota(organisationId: string, file: FileToKeep): Promise<Fault | null> {
    if (file.purpose !== 'batch') return null;
    const { fileCount, usedBytes } = await readFileUse(this.#pool, organisationId);
    return fileCount > FILES_MAX || usedBytes > FILES_BYTES_MAX ? overQuota() : null;
  }

  async #drop(fileId: string): Promise<void> {
    // Where the database is away, the sweep drops it later.
    await orUnavailable(() => dropFile(this.#pool, fileId));
  }
}

/** The same bytes in pieces of the stored length, the last one shorter. */
async function* inChunks(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let chunk = Buffer.allocUnsafe(FILE_CHUNK_BYTES);
  let filledBytes = 0;
  for await (const piece of content) {
    for (let offsetBytes = 0; offsetBytes < piece.byteLength; ) {
      const takenBytes = Math.min(piece.byteLength - offsetBytes, FILE_CHUNK_BYTES - filledBytes);
      chunk.set(piece.subarray(offsetBytes, offsetBytes + takenBytes), filledBytes);
      filledBytes += takenBytes;
      offsetBytes += takenBytes;
      if (filledBytes < FILE_CHUNK_BYTES) continue;
      yield chunk;
      chunk = Buffer.allocUnsafe(FILE_CHUNK_BYTES);
      filledBytes = 0;
    }
  }
  if (filledBytes > 0) yield chunk.subarray(0, filledBytes);
}

function tooLarge(filename: string): Fault {
  return gatewayFault('request_too_large', {
    what: `The file "${filename}" was refused.`,
    why: `It is larger than ${FILE_BYTES_MAX >> 20} MiB.`,
    mend: 'Split it into several batches.',
  });
}

function overQuota(): Fault {
  return gatewayFault('storage_quota_exceeded', {
    what: 'The file was refused.',
    why: `The organisation keeps ${FILES_MAX} files or ${FILES_BYTES_MAX / 2 ** 30} GiB of them, the most that it may.`,
    mend: 'Delete files that are no longer needed with DELETE /v1/files/ID.',
  });
}

function swept(filename: string): Fault {
  return gatewayFault('invalid_request', {
    what: `The file "${filename}" was refused.`,
    why: `Nothing of it came for more than ${ORPHAN_AFTER_MS / 60_000} minutes.`,
    mend: 'Send it again over a better line.',
  });
}

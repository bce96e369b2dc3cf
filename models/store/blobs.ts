import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ModelFault, modelFault, systemCode } from '../faults.ts';
import { stoppedFault } from '../fetch/request.ts';
import { blobPath, type StoreFolders, syncFolderOf } from './folders.ts';

const READ_BYTES = 1024 * 1024;

/** Whether a blob of this hash and size is there. Its content is looked at by `verify` alone. */
export function hasBlob(folders: StoreFolders, sha256: string, bytes: number | null): boolean {
  const found = statSync(blobPath(folders, sha256), { throwIfNoEntry: false });
  return found?.isFile() === true && (bytes === null || found.size === bytes);
}

/** Moves a whole, synced file of this store to the place of its hash. */
export async function adoptBlob(folders: StoreFolders, from: string, sha256: string): Promise<void> {
  const path = blobPath(folders, sha256);
  mkdirSync(dirname(path), { recursive: true });
  await rename(from, path);
  await syncFolderOf(path);
}

/**
 * Gives a file a second name in the store, which costs no space; false where the file system can't (another disk, a
 * network's). Whoever writes into the first name writes into the blob too: `verify` tells.
 */
export async function linkBlob(folders: StoreFolders, from: string, sha256: string): Promise<boolean> {
  const path = blobPath(folders, sha256);
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.new`;
  try {
    await rm(draft, { force: true });
    await link(from, draft);
    await rename(draft, path);
    // Where both were one file before, the rename has left the draft.
    await rm(draft, { force: true });
    await syncFolderOf(path);
    return existsSync(path);
  } catch (error) {
    if (['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EACCES'].includes(systemCode(error) ?? '')) return false;
    throw error;
  }
}

/** What is told while a file is read. */
export interface ReadHooks {
  readonly signal: AbortSignal;
  readonly onBytes: (readBytes: number, totalBytes: number) => void;
  /** What is read, for a copy of it. */
  readonly onChunk?: (chunk: Buffer) => Promise<void>;
}

/** The SHA-256 of a file; a fault where it changed while it was read. Throws what the system says. */
export async function hashFile(path: string, { signal, onBytes, onChunk }: ReadHooks): Promise<string | ModelFault> {
  const file = await open(path, 'r');
  try {
    const before = await file.stat();
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    let readBytes = 0;
    for (;;) {
      if (signal.aborted) return stoppedFault();
      const { bytesRead } = await file.read(buffer, 0, READ_BYTES, readBytes);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      await onChunk?.(buffer.subarray(0, bytesRead));
      readBytes += bytesRead;
      onBytes(readBytes, before.size);
    }
    const after = await file.stat();
    if (after.size !== readBytes || after.mtimeMs !== before.mtimeMs) return changedWhileRead(path);
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}

function changedWhileRead(path: string): ModelFault {
  return modelFault('source_changed', {
    what: `${path} changed while it was read.`,
    why: 'Something writes to it, perhaps a download that is not done.',
    mend: 'Wait until it is whole, and add it then.',
  });
}

import { existsSync } from 'node:fs';
import { isFault } from '@rerig/domain/fault';
import type { ModelFault } from '../faults.ts';
import { systemWords } from '../faults.ts';
import { hashFile } from './blobs.ts';
import type { ModelEntry } from './entry.ts';
import { blobPath, type StoreFolders } from './folders.ts';
import type { StoreProgress } from './progress.ts';

/** What a file of a model turned out to be. */
export interface VerifiedPart {
  readonly name: string;
  readonly fileName: string;
  readonly sha256: string;
  readonly isRight: boolean;
  /** Why it is not, as a sentence; null where it is. */
  readonly why: string | null;
}

/** Reads every byte of a model and compares the hashes. A fault where it was asked to stop. */
export async function verifyModel(
  folders: StoreFolders,
  { name, parts }: ModelEntry,
  signal: AbortSignal,
  tell: (progress: StoreProgress) => void,
): Promise<readonly VerifiedPart[] | ModelFault> {
  const verified: VerifiedPart[] = [];
  for (const { fileName, sha256 } of parts) {
    const path = blobPath(folders, sha256);
    const found = await hashOf(path, signal, (doneBytes, totalBytes) =>
      tell({ kind: 'bytes', doing: 'reading', label: name, doneBytes, totalBytes }),
    );
    if (isFault(found) && found.code === 'stopped') return found;
    const why = isFault(found) ? found.why : found.startsWith('!') ? found.slice(1) : wrongHash(found, sha256);
    verified.push({ name, fileName, sha256, isRight: why === null, why });
  }
  return verified;
}

function wrongHash(found: string, expected: string): string | null {
  return found === expected ? null : `Its bytes have the SHA-256 ${found} by now.`;
}

/** The hash, or after "!" what the system says. */
async function hashOf(
  path: string,
  signal: AbortSignal,
  onBytes: (readBytes: number, totalBytes: number) => void,
): Promise<string | ModelFault> {
  if (!existsSync(path)) return `!${path} is gone.`;
  try {
    return await hashFile(path, { signal, onBytes });
  } catch (error) {
    return `!The system says: ${systemWords(error)}.`;
  }
}

import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { link } from 'node:fs/promises';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import { type ModelFault, modelFault } from '../faults.ts';
import { hasBlob } from './blobs.ts';
import type { ModelEntry } from './entry.ts';
import { entryPath, readEntry } from './entry-files.ts';
import { blobPath, type StoreFolders } from './folders.ts';
import { takeLock } from './lock.ts';
import { writeAtomically } from './write-atomically.ts';

/** A model of the store, with the path of the file that a model server is given. */
export interface StoredModel extends ModelEntry {
  /** Of a model in several files, the first; the others stand beside it. */
  readonly path: string;
}

/** Makes an entry last, once all its blobs are there. The same model under the same name is given as it was. */
export async function commitEntry(folders: StoreFolders, entry: ModelEntry): Promise<StoredModel | ModelFault> {
  const lock = await takeLock(folders.lock);
  if (lock === null) return storeBusy(folders);
  using _held = lock;
  const existing = readEntry(folders, entry.name);
  if (existing !== undefined && !isFault(existing) && hasSameParts(existing, entry))
    return storedModel(folders, existing);
  if (existing !== undefined && !isFault(existing)) return nameTaken(existing, entry.source);
  // Another process may have removed a model that had the same blob.
  if (!entry.parts.every(({ sha256, bytes }) => hasBlob(folders, sha256, bytes))) return storeBusy(folders);
  await linkSplit(folders, entry);
  await writeAtomically(entryPath(folders, entry.name), JSON.stringify(entry, null, 2));
  return storedModel(folders, entry);
}

/** llama.cpp finds the parts of a model by their names, so they stand beside one another under these. */
async function linkSplit(folders: StoreFolders, entry: ModelEntry): Promise<void> {
  if (entry.parts.length === 1) return;
  const folder = splitFolder(folders, entry.name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { fileName, sha256 } of entry.parts) await link(blobPath(folders, sha256), join(folder, fileName));
}

/** Where the parts of a split model stand under their own names. */
export function splitFolder({ splits }: StoreFolders, name: string): string {
  return join(splits, name);
}

/** An entry with its path; a fault where a file is missing or of another size. */
export function storedModel(folders: StoreFolders, entry: ModelEntry): StoredModel | ModelFault {
  const paths = pathsOf(folders, entry);
  for (const [index, { bytes, fileName }] of entry.parts.entries()) {
    const path = paths[index];
    const found = path !== undefined && existsSync(path) ? statSync(path).size : null;
    if (found !== bytes) return damaged(entry, fileName, found);
  }
  return { ...entry, path: paths[0] ?? '' };
}

/** The files of a model, in order. */
export function pathsOf(folders: StoreFolders, { name, parts }: ModelEntry): readonly string[] {
  const isSplit = parts.length > 1;
  return parts.map(({ fileName, sha256 }) =>
    isSplit ? join(splitFolder(folders, name), fileName) : blobPath(folders, sha256),
  );
}

/** Whether two models are the same bytes. */
export function hasSameParts(one: ModelEntry, other: ModelEntry): boolean {
  return (
    one.parts.length === other.parts.length &&
    one.parts.every(({ sha256 }, index) => sha256 === other.parts[index]?.sha256)
  );
}

/** A name that another model has. */
export function nameTaken(existing: ModelEntry, source: string): ModelFault {
  return modelFault('model_exists', {
    what: `The name "${existing.name}" is taken.`,
    why: `It is a model from ${existing.source}; asked for is ${source}.`,
    mend: `Give another with --name NAME, or remove that one: "rerig models remove ${existing.name}".`,
  });
}

/** Another process holds the store, or has just changed what this one relied on. */
export function storeBusy({ root, lock }: StoreFolders): ModelFault {
  return modelFault('store_busy', {
    what: `The store ${root} is being changed by another process.`,
    why: `It holds ${lock}, or removed a file that this one was about to use.`,
    mend: 'Give the same command again in a moment.',
  });
}

function damaged({ name, source }: ModelEntry, fileName: string, foundBytes: number | null): ModelFault {
  return modelFault('model_damaged', {
    what: `The model ${name} is not whole.`,
    why: foundBytes === null ? `Its file ${fileName} is gone.` : `Its file ${fileName} has ${foundBytes} bytes by now.`,
    mend: `Give "rerig models remove ${name}", then add it again from ${source}.`,
  });
}

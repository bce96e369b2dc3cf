import { rm } from 'node:fs/promises';
import { isFault } from '@rerig/domain/fault';
import { type ModelFault, modelFault } from '../faults.ts';
import { pathsOf, splitFolder, storeBusy } from './commit-entry.ts';
import type { ModelEntry } from './entry.ts';
import { entryPath, readEntries, readEntry } from './entry-files.ts';
import { blobPath, type StoreFolders } from './folders.ts';
import { type ModelUser, usersOf } from './in-use.ts';
import { removeLeftovers } from './leftovers.ts';
import { takeLock } from './lock.ts';

/** What a removal gave back. */
export interface RemovedModel {
  readonly name: string;
  /** 0 where another name has the same file. */
  readonly freedBytes: number;
}

/** Removes a model's name, and its blobs where no other name has them; refused while a process was started with it. */
export async function removeModel(folders: StoreFolders, name: string): Promise<RemovedModel | ModelFault> {
  const lock = await takeLock(folders.lock);
  if (lock === null) return storeBusy(folders);
  using _held = lock;
  const entry = readEntry(folders, name);
  if (entry === undefined) return notFound(folders, name);
  if (isFault(entry)) {
    // Which blobs it had can't be read: they go once they are old.
    await rm(entryPath(folders, name), { force: true });
    return { name, freedBytes: 0 };
  }
  const [user] = usersOf([...pathsOf(folders, entry), ...entry.parts.map(({ sha256 }) => blobPath(folders, sha256))]);
  if (user !== undefined) return inUse(entry, user);
  await rm(entryPath(folders, name));
  await rm(splitFolder(folders, name), { recursive: true, force: true });
  const freedBytes = await removeBlobs(folders, entry);
  removeLeftovers(folders, Date.now());
  return { name, freedBytes };
}

async function removeBlobs(folders: StoreFolders, entry: ModelEntry): Promise<number> {
  const { entries, faults } = readEntries(folders);
  if (faults.length > 0) return 0;
  const used = new Set(entries.flatMap(({ parts }) => parts.map(({ sha256 }) => sha256)));
  let freedBytes = 0;
  for (const { sha256, bytes } of entry.parts.filter((part) => !used.has(part.sha256))) {
    await rm(blobPath(folders, sha256), { force: true });
    freedBytes += bytes;
  }
  return freedBytes;
}

/** A name that the store does not have. */
export function notFound(folders: StoreFolders, name: string): ModelFault {
  const names = readEntries(folders).entries.map((entry) => entry.name);
  return modelFault('model_not_found', {
    what: `There is no model "${name.slice(0, 128)}".`,
    why: names.length === 0 ? `${folders.root} has none.` : `${folders.root} has ${names.slice(0, 20).join(', ')}.`,
    mend: names.length === 0 ? 'Add one with "rerig models add".' : 'Name one of those, or add it.',
  });
}

function inUse({ name }: ModelEntry, { pid, command }: ModelUser): ModelFault {
  return modelFault('model_in_use', {
    what: `The model ${name} is in use.`,
    why: `Process ${pid} was started with it: ${command.replace(/[\p{Cc}\p{Cf}]/gu, ' ')}`,
    mend: 'Stop what serves it first.',
  });
}

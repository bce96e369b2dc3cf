import { mkdirSync, statfsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { formatBytes, MIB } from '@rerig/domain/quantity';
import { type ModelFault, modelFault, systemWords } from '../faults.ts';

/** Where a store keeps what. */
export interface StoreFolders {
  readonly root: string;
  /** One file a model: what it is and of which blobs. */
  readonly entries: string;
  /** What is being fetched, with how far it is. */
  readonly parts: string;
  /** Models in several files, whose parts must have their names beside one another: links to the blobs. */
  readonly splits: string;
  readonly lock: string;
}

/** The places of a store in a data folder; made by `makeFolders`. */
export function storeFolders(dataFolder: string): StoreFolders {
  const root = join(dataFolder, 'models');
  return {
    root,
    entries: join(root, 'entries'),
    parts: join(root, 'parts'),
    splits: join(root, 'splits'),
    lock: join(root, 'lock'),
  };
}

/** Makes the folders where they are not there. */
export function makeFolders(folders: StoreFolders): ModelFault | undefined {
  try {
    for (const folder of [folders.entries, folders.parts, folders.splits]) mkdirSync(folder, { recursive: true });
    return undefined;
  } catch (error) {
    return storeUnusable(folders, error);
  }
}

/** A store that the system does not let us use. */
export function storeUnusable({ root }: StoreFolders, error: unknown): ModelFault {
  return modelFault('store_unusable', {
    what: `Models can't be kept in ${root}.`,
    why: `The system says: ${systemWords(error)}.`,
    mend: 'Give a folder that you can write with --data DIR, on a disk that works.',
  });
}

/** Where the blob of a hash (64 hexadecimal digits) is kept. */
export function blobPath({ root }: StoreFolders, sha256: string): string {
  return join(root, 'sha256', sha256.slice(0, 2), sha256);
}

/** Left free on the disk beside what is fetched, for the database and logs on it. */
const SPARE_BYTES = 64 * MIB;

/** Refuses what the disk has no room for. `neededBytes` are those still to come. */
export function refuseFullDisk({ root }: StoreFolders, neededBytes: number): ModelFault | undefined {
  const { bavail, bsize } = statfsSync(root);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes + SPARE_BYTES) return undefined;
  return modelFault('disk_full', {
    what: `The disk has no room for the model: ${formatBytes(neededBytes)} are still to come.`,
    why: `The disk that holds ${root} has ${formatBytes(freeBytes)} free, of which ${formatBytes(SPARE_BYTES)} are left for others.`,
    mend: 'Free space on it ("rerig models remove NAME"), or keep models elsewhere with --data DIR. What came is kept.',
  });
}

/** Makes what was renamed or linked into a file's folder last through a power cut. */
export async function syncFolderOf(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

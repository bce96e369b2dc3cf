import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { removePart } from '../fetch/part-file.ts';
import { readEntries } from './entry-files.ts';
import type { StoreFolders } from './folders.ts';
import { isLocked } from './lock.ts';

/** What nobody has come back for is kept so long: the part of a fetch, a blob without an entry. */
export const LEFTOVER_MS_MAX = 14 * 24 * 60 * 60 * 1000;

/** Takes away what crashes and abandoned fetches left behind, once it is old. Called with the store's lock held. */
export function removeLeftovers(folders: StoreFolders, nowMs: number): void {
  const isOld = (path: string) => {
    const found = statSync(path, { throwIfNoEntry: false });
    return found !== undefined && nowMs - Math.max(found.mtimeMs, found.ctimeMs) > LEFTOVER_MS_MAX;
  };
  for (const file of readdirSync(folders.parts)) {
    const path = join(folders.parts, file);
    const partPath = path.replace(/\.part(\..*)?$/, '.part');
    if (!isOld(path) || isLocked(`${partPath}.lock`)) continue;
    if (path.endsWith('.part')) removePart(path);
    else rmSync(path, { force: true });
  }
  const { entries, faults } = readEntries(folders);
  // Of an entry that can't be read nobody knows which blobs are its own.
  if (faults.length > 0) return;
  const used = new Set(entries.flatMap(({ parts }) => parts.map(({ sha256 }) => sha256)));
  for (const path of blobPaths(folders)) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (!used.has(name) && isOld(path)) rmSync(path, { force: true });
  }
}

function blobPaths({ root }: StoreFolders): readonly string[] {
  const folder = join(root, 'sha256');
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(folder).flatMap((each) => readdirSync(join(folder, each)).map((file) => join(folder, each, file)));
}

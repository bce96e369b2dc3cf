import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import type { Fault } from '@rerig/domain/fault';
import { formatBytes, MIB } from '@rerig/domain/quantity';
import { freeBytesOf } from '@rerig/server/server';
import { z } from 'zod';
import { cliFault } from './faults.ts';

export { defaultDataFolder } from './default-data-folder.ts';

/** Free space that a start needs: the database's programs, its first files and its log. */
const FREE_BYTES_MIN = 300 * MIB;

/** Makes the data folder where it is not there, and refuses one that can't be written or has too little space. */
export function openDataFolder(folder: string): string | Fault {
  const path = resolve(folder);
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 });
    if (!statSync(path).isDirectory()) return unusable(path, 'it is not a folder');
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    return unusable(path, error instanceof Error ? error.message : String(error));
  }
  const freeBytes = freeBytesOf(path);
  if (freeBytes >= FREE_BYTES_MIN) return path;
  return cliFault('disk-full', {
    what: 'Rerig could not start.',
    why: `The disk that holds ${path} has ${formatBytes(freeBytes)} free, and a start needs ${formatBytes(FREE_BYTES_MIN)}.`,
    mend: 'Free space on it, or choose another disk with --data DIR. What is stored is kept as it is.',
  });
}

const rememberedSchema = z.object({ port: z.int().min(1).max(65_535) });

/** The port that the last start chose, so that bookmarks and clients go on working; null where none is remembered. */
export function rememberedPort(dataFolder: string): number | null {
  const path = join(dataFolder, 'last-start.json');
  if (!existsSync(path)) return null;
  try {
    return rememberedSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).port;
  } catch {
    // Half-written or of another version: the port is only a convenience, so a free one is chosen.
    return null;
  }
}

/** Keeps the port for the next start, whole or not at all. */
export function rememberPort(dataFolder: string, port: number): void {
  const path = join(dataFolder, 'last-start.json');
  writeFileSync(`${path}.new`, JSON.stringify({ port }));
  renameSync(`${path}.new`, path);
}

function unusable(path: string, reason: string): Fault {
  return cliFault('data-folder-unusable', {
    what: `Rerig can't keep its state in ${path}.`,
    why: `${reason}.`,
    mend: 'Give a folder that you can write with --data DIR.',
  });
}

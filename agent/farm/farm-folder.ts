import { readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import { identityOf, isRunning } from '@rerig/executors/local';
import { z } from 'zod';
import { type FarmRecord, farmRecordSchema } from './farm-record.ts';
import { type FarmFault, farmFault } from './faults.ts';
import { type TokenBook, tokenBookSchema } from './token-book.ts';
import { makeOwnFolder, writeWholeFile } from './whole-file.ts';

/** How long a change waits for another one. */
const LOCK_WITHIN_MS = 30_000;
const LOCK_EVERY_MS = 50;

const ownerSchema = z.object({ pid: z.int(), startTicks: z.string(), bootId: z.string() });

/** Where a farm's head keeps what it knows: below the data folder, readable by its owner alone. */
export function farmFolderOf(dataFolder: string): string {
  return join(dataFolder, 'farm');
}

/** The farm that was made here; null where none was. */
export async function loadFarm(dataFolder: string): Promise<FarmRecord | null | FarmFault> {
  return load(join(farmFolderOf(dataFolder), 'farm.json'), farmRecordSchema);
}

/** The farm that was made here; a Fault that says how to make one where there is none. */
export async function loadMadeFarm(dataFolder: string): Promise<FarmRecord | FarmFault> {
  const record = await loadFarm(dataFolder);
  if (record !== null) return record;
  return farmFault('farm-missing', {
    what: 'There is no farm here.',
    why: `None was made in ${dataFolder}.`,
    mend: 'Make one with "rerig farm init --executor slurm", or name its folder with --data DIR.',
  });
}

export async function saveFarm(dataFolder: string, record: FarmRecord): Promise<void> {
  await save(farmFolderOf(dataFolder), 'farm.json', record);
}

/** The tokens that were made; empty where there are none. */
export async function loadTokens(dataFolder: string): Promise<TokenBook | FarmFault> {
  return (await load(join(farmFolderOf(dataFolder), 'tokens.json'), tokenBookSchema)) ?? [];
}

export async function saveTokens(dataFolder: string, book: TokenBook): Promise<void> {
  await save(farmFolderOf(dataFolder), 'tokens.json', book);
}

async function load<T>(path: string, schema: z.ZodType<T>): Promise<T | null | FarmFault> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (code === 'EACCES') {
      return farmFault('farm-not-root', {
        what: 'What is known of the farm can’t be read.',
        why: `${path} is readable for its owner alone.`,
        mend: 'Run the same command with sudo.',
      });
    }
    return farmFault('farm-record-unreadable', {
      what: 'What is known of the farm can’t be read.',
      why: `${path} is damaged or of another version: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}.`,
      mend: 'Put it back from a backup, or move it away and make the farm again with "rerig farm init".',
    });
  }
}

async function save(folder: string, name: string, content: unknown): Promise<void> {
  await makeOwnFolder(folder);
  await writeWholeFile(join(folder, name), `${JSON.stringify(content, null, 2)}\n`, 0o600);
}

/**
 * Runs a change of the farm alone, over all processes of this machine; what one that is gone has left is taken over. A
 * Fault where another change goes on for half a minute.
 */
export async function withFarmLock<T>(dataFolder: string, change: () => Promise<T>): Promise<T | FarmFault> {
  const folder = farmFolderOf(dataFolder);
  const path = join(folder, 'farm.lock');
  try {
    await makeOwnFolder(folder);
  } catch (error) {
    return farmFault('farm-folder-unusable', {
      what: `What is known of the farm can’t be kept in ${folder}.`,
      why: `The system says: ${error instanceof Error ? error.message : String(error)}.`,
      mend: 'Run it as root, or name a folder that you can write with --data DIR.',
    });
  }
  const taken = await takeLock(path);
  if (isFault(taken)) return taken;
  try {
    return await change();
  } finally {
    await rm(path, { force: true });
  }
}

async function takeLock(path: string): Promise<FarmFault | null> {
  const untilMs = Date.now() + LOCK_WITHIN_MS;
  for (;;) {
    try {
      await writeFile(path, JSON.stringify(identityOf(process.pid)), { flag: 'wx', mode: 0o600 });
      return null;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    if (isLeftOver(path)) await rm(path, { force: true });
    else if (Date.now() > untilMs) {
      return farmFault('farm-busy', {
        what: 'The farm is being changed by another command.',
        why: `It holds ${path} for more than ${LOCK_WITHIN_MS / 1000} seconds.`,
        mend: 'Wait until it is done, then try again.',
      });
    } else await new Promise((resolve) => setTimeout(resolve, LOCK_EVERY_MS));
  }
}

function isLeftOver(path: string): boolean {
  try {
    const owner = ownerSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    return !isRunning(owner);
  } catch {
    // It was given back meanwhile, or is just being written.
    return false;
  }
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import { type ModelFault, modelFault, systemCode, systemWords } from '../faults.ts';
import { entrySchema, MODEL_NAME, type ModelEntry } from './entry.ts';
import type { StoreFolders } from './folders.ts';

/** The file that keeps a model's entry. */
export function entryPath({ entries }: StoreFolders, name: string): string {
  return join(entries, `${name}.json`);
}

/** One entry; `undefined` where the store has no model of this name. */
export function readEntry(folders: StoreFolders, name: string): ModelEntry | ModelFault | undefined {
  if (!MODEL_NAME.test(name)) return undefined;
  const path = entryPath(folders, name);
  try {
    return entrySchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    return modelFault('model_damaged', {
      what: `What is kept of the model ${name} can't be read.`,
      why: `Of ${path} it is said: ${systemWords(error).replace(/\s+/g, ' ').slice(0, 200)}.`,
      mend: `Remove it with "rerig models remove ${name}" and add it again.`,
    });
  }
}

/** Every entry by name, and a fault for each that can't be read. */
export function readEntries(folders: StoreFolders): {
  readonly entries: readonly ModelEntry[];
  readonly faults: readonly ModelFault[];
} {
  const names = readdirSync(folders.entries)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
  const entries: ModelEntry[] = [];
  const faults: ModelFault[] = [];
  for (const name of names) {
    const read = readEntry(folders, name);
    if (isFault(read)) faults.push(read);
    else if (read !== undefined) entries.push(read);
  }
  return { entries, faults };
}

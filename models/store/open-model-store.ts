import { statSync } from 'node:fs';
import { isFault } from '@rerig/domain/fault';
import type { ModelFault } from '../faults.ts';
import { parseModelSource } from '../fetch/source.ts';
import { addLocal } from './add-local.ts';
import { addRemote } from './add-remote.ts';
import { type StoredModel, storedModel } from './commit-entry.ts';
import type { ModelEntry } from './entry.ts';
import { readEntries, readEntry } from './entry-files.ts';
import { blobPath, makeFolders, type StoreFolders, storeFolders, storeUnusable } from './folders.ts';
import { type AddWish, beginAdding, type StoreProgress } from './progress.ts';
import { notFound, type RemovedModel, removeModel } from './remove-model.ts';
import { type VerifiedPart, verifyModel } from './verify-model.ts';

/** The models of one data folder. Any number of processes may have it open: what they change is locked and atomic. */
export interface ModelStore {
  /** Every model by name, and a fault for each whose entry can't be read. */
  readonly list: () => { readonly models: readonly ModelEntry[]; readonly faults: readonly ModelFault[] };
  /** A model by its name, with the path for a model server; `model_not_found`, or `model_damaged` where files are missing. */
  readonly resolve: (name: string) => StoredModel | ModelFault;
  /**
   * Adds a model: `PATH`, `http(s)://…`, `hf:ORG/REPO/FILE` or `farm:HOST:PORT/NAME`. What was fetched before is gone on
   * with. A model that is there under the same name and from the same source, or with the same hash, is given as it is.
   */
  readonly add: (source: string, wish?: AddWish) => Promise<StoredModel | ModelFault>;
  /** A model from this source under whatever name the store has it, else added: for who starts replicas. */
  readonly ensure: (source: string, wish?: AddWish) => Promise<StoredModel | ModelFault>;
  /** Removes a model; `model_in_use` while a process of this machine was started with its file. */
  readonly remove: (name: string) => Promise<RemovedModel | ModelFault>;
  /** Reads every byte of a model and compares its hashes. */
  readonly verify: (
    name: string,
    signal?: AbortSignal,
    onProgress?: (progress: StoreProgress) => void,
  ) => Promise<readonly VerifiedPart[] | ModelFault>;
  /** Where the bytes of a hash are, or would be. */
  readonly blobPath: (sha256: string) => string;
}

/** Opens the store of a data folder, `DATA/models`, and makes it where it is not there. */
export function openModelStore(dataFolder: string): ModelStore | ModelFault {
  const folders = storeFolders(dataFolder);
  const fault = makeFolders(folders);
  if (fault !== undefined) return fault;
  const resolve = (name: string) => {
    const entry = readEntry(folders, name) ?? notFound(folders, name);
    return isFault(entry) ? entry : storedModel(folders, entry);
  };
  const add = (source: string, wish: AddWish = {}) => orUnusable(folders, () => addModel(folders, source, wish));
  return {
    list: () => {
      const { entries, faults } = readEntries(folders);
      return { models: entries, faults };
    },
    resolve,
    add,
    ensure: async (source, wish = {}) => {
      const parsed = parseModelSource(source);
      if (isFault(parsed)) return parsed;
      const known = readEntries(folders).entries.findLast((entry) => entry.source === parsed.text);
      const isSame = known !== undefined && (parsed.kind !== 'path' || isUnchanged(folders, known, parsed.path));
      const stored = isSame ? storedModel(folders, known) : undefined;
      return stored === undefined || isFault(stored) ? add(source, wish) : stored;
    },
    remove: (name) => orUnusable(folders, () => removeModel(folders, name)),
    verify: async (name, signal = new AbortController().signal, onProgress = () => undefined) => {
      const entry = readEntry(folders, name) ?? notFound(folders, name);
      return isFault(entry) ? entry : verifyModel(folders, entry, signal, onProgress);
    },
    blobPath: (sha256) => blobPath(folders, sha256),
  };
}

/** Linux stamps files by a clock that is behind by up to a tick: 10 ms where it ticks slowest (CONFIG_HZ=100). */
const FILE_CLOCK_MS = 20;

/** Whether a local file is still the one that was taken in: the blob's other name, or not written since, or gone. */
function isUnchanged(folders: StoreFolders, { parts, addedAtMs }: ModelEntry, path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  const [part] = parts;
  if (found === undefined || part === undefined) return true;
  const blob = statSync(blobPath(folders, part.sha256), { throwIfNoEntry: false });
  if (blob !== undefined && blob.ino === found.ino && blob.dev === found.dev) return true;
  return found.size === part.bytes && Math.max(found.mtimeMs, found.ctimeMs) + FILE_CLOCK_MS < addedAtMs;
}

async function addModel(folders: StoreFolders, text: string, wish: AddWish): Promise<StoredModel | ModelFault> {
  const source = parseModelSource(text);
  if (isFault(source)) return source;
  const adding = beginAdding(wish);
  return source.kind === 'path' ? addLocal(folders, source.path, adding) : addRemote(folders, source, adding);
}

/** What the system refuses in the store's folders is a fault of theirs; what is no system's word is ours. */
async function orUnusable<Result>(
  folders: StoreFolders,
  work: () => Promise<Result | ModelFault>,
): Promise<Result | ModelFault> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return storeUnusable(folders, error);
    throw error;
  }
}

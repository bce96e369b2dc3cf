import { isFault } from '@rerig/domain/fault';
import { type ModelFault, modelFault } from '../faults.ts';
import { findOnFarm } from '../fetch/farm.ts';
import { findOnHub } from '../fetch/hub.ts';
import type { RemoteModel } from '../fetch/remote-file.ts';
import type { ModelSource } from '../fetch/source.ts';
import { findAtUrl } from '../fetch/url.ts';
import { type GgufHeader, modelFactsOf, readGgufHeader, wholeModelFacts } from '../gguf.ts';
import { hasBlob } from './blobs.ts';
import { chooseName } from './choose-name.ts';
import { commitEntry, nameTaken, type StoredModel, storeBusy, storedModel } from './commit-entry.ts';
import type { ModelEntry, ModelPart } from './entry.ts';
import { readEntries, readEntry } from './entry-files.ts';
import { fetchBlob } from './fetch-blob.ts';
import { blobPath, refuseFullDisk, type StoreFolders } from './folders.ts';
import { hashWrong, refuseHashOfMany } from './hash-faults.ts';
import type { Adding } from './progress.ts';

type RemoteSource = Exclude<ModelSource, { kind: 'path' }>;

/** The hub where no other is named. */
export const HUB_ENDPOINT_DEFAULT = 'https://huggingface.co';

/** Fetches a model and adds it. Two processes that fetch one file take turns: the second finds it there. */
export async function addRemote(
  folders: StoreFolders,
  source: RemoteSource,
  adding: Adding,
): Promise<StoredModel | ModelFault> {
  const remote = await findRemote(source, adding);
  if (isFault(remote)) return remote;
  const name = chooseName(adding.wish.name, remote.defaultName);
  if (isFault(name)) return name;
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    const known = knownAlready(folders, name, source.text, remote);
    if (known !== undefined) return known;
    const entry = await fetchEntry(folders, name, source.text, remote, adding);
    if (entry !== 'came-meanwhile') return entry;
    const other = readEntries(folders).entries.find((each) => each.source === source.text);
    if (other !== undefined) return commitEntry(folders, { ...other, name });
  }
  return storeBusy(folders);
}

/** How often another process may be waited for that then has not added the model after all. */
const TURNS_MAX = 8;

async function fetchEntry(
  folders: StoreFolders,
  name: string,
  source: string,
  remote: RemoteModel,
  adding: Adding,
): Promise<StoredModel | ModelFault | 'came-meanwhile'> {
  const missingBytes = remote.files
    .filter(({ sha256, bytes }) => sha256 === null || !hasBlob(folders, sha256, bytes))
    .reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  const full = remote.files.length > 1 ? refuseFullDisk(folders, missingBytes) : undefined;
  if (full !== undefined) return full;
  // Held until the entry is there, so that who waits for a file then finds the model.
  using held = new DisposableStack();
  const parts: ModelPart[] = [];
  for (const file of remote.files) {
    const fetched = await fetchBlob(folders, file, remote, adding, held);
    if (fetched === 'came-meanwhile' || isFault(fetched)) return fetched;
    parts.push(fetched);
  }
  const entry = entryOf(folders, name, source, remote, parts);
  return isFault(entry) ? entry : await commitEntry(folders, entry);
}

async function findRemote(source: RemoteSource, { wish, signal }: Adding): Promise<RemoteModel | ModelFault> {
  const remote = await askSource(source, wish, signal);
  if (isFault(remote)) return remote;
  const refusal = refuseHashOfMany(wish, remote.files.length);
  if (refusal !== undefined) return refusal;
  const [file] = remote.files;
  if (wish.sha256 === undefined || file === undefined) return remote;
  if (file.sha256 !== null && file.sha256 !== wish.sha256) return hashWrong(file.label, wish.sha256, file.sha256);
  return { ...remote, files: [{ ...file, sha256: wish.sha256 }] };
}

async function askSource(
  source: RemoteSource,
  wish: Adding['wish'],
  signal: AbortSignal,
): Promise<RemoteModel | ModelFault> {
  switch (source.kind) {
    case 'url':
      return findAtUrl(source.url, null);
    case 'farm':
      return findOnFarm(source, wish.farmToken ?? null, signal);
    case 'hub': {
      if (source.file === null) return fileNotNamed(source);
      const access = { endpoint: wish.hubEndpoint ?? HUB_ENDPOINT_DEFAULT, token: wish.hubToken ?? null };
      return findOnHub({ ...source, file: source.file }, wish.revision ?? null, access, signal);
    }
  }
}

/** The model where the store has it, or a fault where it has another of this name; `undefined` where it is to be fetched. */
function knownAlready(
  folders: StoreFolders,
  name: string,
  source: string,
  remote: RemoteModel,
): StoredModel | ModelFault | undefined {
  const existing = readEntry(folders, name);
  if (existing === undefined || isFault(existing)) return undefined;
  const isSame =
    existing.parts.length === remote.files.length &&
    remote.files.every(({ sha256 }, index) =>
      sha256 === null ? existing.source === source : sha256 === existing.parts[index]?.sha256,
    );
  return isSame ? storedModel(folders, existing) : nameTaken(existing, source);
}

function entryOf(
  folders: StoreFolders,
  name: string,
  source: string,
  { revision }: RemoteModel,
  parts: readonly ModelPart[],
): ModelEntry | ModelFault {
  const headers: GgufHeader[] = [];
  for (const { sha256 } of parts) {
    const header = readGgufHeader(blobPath(folders, sha256));
    if (isFault(header)) return header;
    headers.push(header);
  }
  const [first] = headers;
  const facts = first === undefined ? undefined : modelFactsOf(first, source);
  if (facts === undefined) return nothingThere(source);
  if (isFault(facts)) return facts;
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  return { name, parts, bytes, source, revision, facts: wholeModelFacts(facts, headers), addedAtMs: Date.now() };
}

function nothingThere(source: string): ModelFault {
  return modelFault('source_not_found', {
    what: `${source} has no files.`,
    why: 'Its source names none.',
    mend: 'Name a .gguf file.',
  });
}

function fileNotNamed({ text }: { readonly text: string }): ModelFault {
  return modelFault('source_ambiguous', {
    what: `${text} is a repository, and not one file.`,
    why: 'A repository has the same model in many sizes.',
    mend: `See them with "rerig models add ${text}", and name one: ${text}/FILE.`,
  });
}

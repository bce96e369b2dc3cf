import { open, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import { type ModelFault, modelFault } from '../faults.ts';
import { type GgufHeader, modelFactsOf, readGgufHeader, splitSiblings, splitStem, wholeModelFacts } from '../gguf.ts';
import { adoptBlob, hasBlob, hashFile, linkBlob } from './blobs.ts';
import { chooseName } from './choose-name.ts';
import { commitEntry, type StoredModel } from './commit-entry.ts';
import type { ModelPart } from './entry.ts';
import { refuseFullDisk, type StoreFolders } from './folders.ts';
import { hashWrong, refuseHashOfMany } from './hash-faults.ts';
import type { Adding } from './progress.ts';

/** Adds a file of this machine, and of a split model all its parts, which stand beside it. */
export async function addLocal(folders: StoreFolders, path: string, adding: Adding): Promise<StoredModel | ModelFault> {
  const paths = splitSiblings(path);
  const headers: GgufHeader[] = [];
  for (const each of paths) {
    const header = readGgufHeader(each);
    if (isFault(header)) return header;
    headers.push(header);
  }
  const [first] = headers;
  const facts = first === undefined ? notThere(path) : modelFactsOf(first, path);
  if (isFault(facts)) return facts;
  const allFacts = wholeModelFacts(facts, headers);
  const name = chooseName(adding.wish.name, splitStem(basename(paths[0] ?? path)));
  if (isFault(name)) return name;
  const refusal = refuseHashOfMany(adding.wish, paths.length) ?? (await adding.accept(allFacts, allFacts.fileBytes));
  if (refusal !== undefined) return refusal;
  const parts: ModelPart[] = [];
  for (const each of paths) {
    const part = await keepFile(folders, each, adding);
    if (isFault(part)) return part;
    parts.push(part);
  }
  return commitEntry(folders, {
    name,
    parts,
    bytes: allFacts.fileBytes,
    source: paths[0] ?? path,
    revision: null,
    facts: allFacts,
    addedAtMs: Date.now(),
  });
}

async function keepFile(folders: StoreFolders, path: string, adding: Adding): Promise<ModelPart | ModelFault> {
  const { size: bytes } = await stat(path);
  const sha256 = await hashFile(path, { signal: adding.signal, onBytes: tellBytes(adding, 'reading', path) });
  if (isFault(sha256)) return sha256;
  const { sha256: expected } = adding.wish;
  if (expected !== undefined && expected !== sha256) return hashWrong(path, expected, sha256);
  const part = { fileName: basename(path), sha256, bytes };
  if (hasBlob(folders, sha256, bytes)) return part;
  if (adding.wish.isCopied !== true && (await linkBlob(folders, path, sha256))) return part;
  return (await copyBlob(folders, path, part, adding)) ?? part;
}

async function copyBlob(
  folders: StoreFolders,
  path: string,
  { sha256, bytes }: ModelPart,
  adding: Adding,
): Promise<ModelFault | undefined> {
  const full = refuseFullDisk(folders, bytes);
  if (full !== undefined) return full;
  const draft = join(folders.parts, `${sha256}.${process.pid}.copy`);
  const copy = await open(draft, 'w', 0o644);
  let isKept = false;
  try {
    const onChunk = async (chunk: Buffer) => void (await copy.writev([chunk]));
    const copied = await hashFile(path, {
      signal: adding.signal,
      onBytes: tellBytes(adding, 'copying', path),
      onChunk,
    });
    if (isFault(copied)) return copied;
    if (copied !== sha256) return hashWrong(path, sha256, copied);
    await copy.sync();
    await adoptBlob(folders, draft, sha256);
    isKept = true;
    return undefined;
  } finally {
    await copy.close();
    if (!isKept) await rm(draft, { force: true });
  }
}

function tellBytes(adding: Adding, doing: 'reading' | 'copying', label: string) {
  return (doneBytes: number, totalBytes: number) => adding.tell({ kind: 'bytes', doing, label, doneBytes, totalBytes });
}

function notThere(path: string): ModelFault {
  return modelFault('model_file_missing', {
    what: `${path} is not there.`,
    why: 'No file of this name can be read.',
    mend: 'Give the path of a GGUF file that this user may read.',
  });
}

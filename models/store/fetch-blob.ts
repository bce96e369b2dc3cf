import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isFault } from '@rerig/domain/fault';
import { type ModelFault, modelFault } from '../faults.ts';
import { forgetPartState, PartFile, removePart } from '../fetch/part-file.ts';
import type { RemoteFile, RemoteModel } from '../fetch/remote-file.ts';
import { stoppedFault } from '../fetch/request.ts';
import { transferFile } from '../fetch/transfer.ts';
import { type GgufHeader, modelFactsOf, readGgufHeader, readGgufPart } from '../gguf.ts';
import { adoptBlob, hasBlob } from './blobs.ts';
import type { ModelPart } from './entry.ts';
import { blobPath, refuseFullDisk, type StoreFolders } from './folders.ts';
import { hashWrong } from './hash-faults.ts';
import { type HeldLock, tryLock } from './lock.ts';
import type { Adding } from './progress.ts';

/** Bytes after which a header is looked for first; then at each doubling. */
const FIRST_LOOK_BYTES = 64 * 1024;
/** Longest wait for another process that fetches the same file. */
const OTHER_FETCH_MS_MAX = 24 * 60 * 60 * 1000;
const OTHER_FETCH_TURN_MS = 250;
/** Faults after which what came is of no use. */
const USELESS_AFTER: readonly string[] = [
  'model_file_broken',
  'model_version_unknown',
  'model_not_servable',
  'source_is_page',
  'hash_wrong',
];

/**
 * Brings one file of a model into the store; its lock stays in `held`. `'came-meanwhile'` where another process fetched
 * it while this one waited, and only the entry tells which blob it is.
 */
export async function fetchBlob(
  folders: StoreFolders,
  file: RemoteFile,
  remote: RemoteModel,
  adding: Adding,
  held: DisposableStack,
): Promise<ModelPart | ModelFault | 'came-meanwhile'> {
  const key = file.sha256 ?? createHash('sha256').update(file.url).digest('hex');
  const path = join(folders.parts, `${key}.part`);
  const turn = await takeTurn(`${path}.lock`, file, adding);
  if (isFault(turn)) return turn;
  held.use(turn.lock);
  if (file.sha256 !== null && hasBlob(folders, file.sha256, file.bytes))
    return presentPart(folders, file, file.sha256, remote, adding);
  if (turn.hasWaited && file.sha256 === null) return 'came-meanwhile';
  const part = await PartFile.open(path, (doneBytes, totalBytes) =>
    adding.tell({ kind: 'bytes', doing: 'reading', label: file.label, doneBytes, totalBytes }),
  );
  try {
    const fault = await fetchInto(part, folders, file, remote, adding);
    if (fault === undefined) return { fileName: file.fileName, sha256: part.sha256, bytes: part.place.keptBytes };
    if (USELESS_AFTER.includes(fault.code)) removePart(path);
    return fault;
  } finally {
    await part.close();
  }
}

async function fetchInto(
  part: PartFile,
  folders: StoreFolders,
  file: RemoteFile,
  remote: RemoteModel,
  adding: Adding,
): Promise<ModelFault | undefined> {
  if (part.place.keptBytes > 0) adding.note(`${file.label}: goes on at byte ${part.place.keptBytes}`);
  const inspect = headerInspector(file, remote, adding);
  const fault =
    (await inspect(part)) ??
    (await transferFile(file, part, {
      signal: adding.signal,
      onBytes: (doneBytes, totalBytes) =>
        adding.tell({ kind: 'bytes', doing: 'fetching', label: file.label, doneBytes, totalBytes }),
      onNote: adding.note,
      inspect,
      refuseFullDisk: (neededBytes) => refuseFullDisk(folders, neededBytes),
    }));
  if (fault !== undefined) return fault;
  const { sha256 } = part;
  if (file.sha256 !== null && file.sha256 !== sha256) return hashWrong(file.label, file.sha256, sha256);
  const header = readWhole(part, file);
  if (isFault(header)) return header;
  await part.checkpoint();
  await adoptBlob(folders, part.path, sha256);
  forgetPartState(part.path);
  return undefined;
}

/** Reads the header as soon as it has come, and asks whether the rest is wanted. */
function headerInspector(file: RemoteFile, remote: RemoteModel, adding: Adding) {
  let nextLookBytes = FIRST_LOOK_BYTES;
  let isKnown = false;
  return async (part: PartFile): Promise<ModelFault | undefined> => {
    const { keptBytes, totalBytes } = part.place;
    if (isKnown || (keptBytes < nextLookBytes && keptBytes !== totalBytes) || keptBytes === 0) return undefined;
    nextLookBytes = keptBytes * 2;
    const wholeBytes = totalBytes ?? file.bytes ?? Number.MAX_SAFE_INTEGER;
    const header = readGgufPart(part.path, file.label, wholeBytes);
    if (header === 'incomplete') return undefined;
    if (isFault(header)) return header;
    isKnown = true;
    return acceptHeader(header, file, remote, adding);
  };
}

/** The first file tells of the model; the others are only read to be whole. */
async function acceptHeader(
  header: GgufHeader,
  file: RemoteFile,
  remote: RemoteModel,
  adding: Adding,
): Promise<ModelFault | undefined> {
  if (file.url !== remote.files[0]?.url) return undefined;
  const facts = modelFactsOf(header, file.label);
  if (isFault(facts)) return facts;
  const isOne = remote.files.length === 1;
  const knownBytes = remote.files.reduce<number | null>(
    (sum, { bytes }) => (sum === null || bytes === null ? null : sum + bytes),
    0,
  );
  const bytes = knownBytes ?? (header.fileBytes === Number.MAX_SAFE_INTEGER ? header.tensorBytes : header.fileBytes);
  // Of a model in parts the first header lists its own tensors alone: all bytes stand for them.
  return adding.accept({ ...facts, fileBytes: bytes, tensorBytes: isOne ? facts.tensorBytes : bytes }, bytes);
}

function readWhole(part: PartFile, file: RemoteFile): GgufHeader | ModelFault {
  const header = readGgufPart(part.path, file.label, part.place.keptBytes);
  return header === 'incomplete' ? readGgufHeader(part.path) : header;
}

async function presentPart(
  folders: StoreFolders,
  file: RemoteFile,
  sha256: string,
  remote: RemoteModel,
  adding: Adding,
): Promise<ModelPart | ModelFault> {
  const header = readGgufHeader(blobPath(folders, sha256));
  if (isFault(header)) return header;
  const fault = await acceptHeader(header, file, remote, adding);
  return fault ?? { fileName: file.fileName, sha256, bytes: header.fileBytes };
}

async function takeTurn(
  lockPath: string,
  file: RemoteFile,
  { signal, note }: Adding,
): Promise<{ readonly lock: HeldLock; readonly hasWaited: boolean } | ModelFault> {
  const endsAtMs = performance.now() + OTHER_FETCH_MS_MAX;
  let hasWaited = false;
  while (!signal.aborted && performance.now() < endsAtMs) {
    const lock = tryLock(lockPath);
    if (lock !== null) return { lock, hasWaited };
    if (!hasWaited) note(`${file.label}: another process fetches it; waiting for that`);
    hasWaited = true;
    await wait(OTHER_FETCH_TURN_MS);
  }
  return signal.aborted ? stoppedFault() : otherFetches(file, lockPath);
}

function otherFetches({ label }: RemoteFile, lockPath: string): ModelFault {
  return modelFault('store_busy', {
    what: `${label} is still being fetched by another process.`,
    why: `It has held ${lockPath} for a day.`,
    mend: 'Look at that process; once it has ended, give the same command again.',
  });
}

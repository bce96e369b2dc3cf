import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault } from '@rerig/domain/fault';
import {
  type Farm,
  type FileReport,
  LARGEST_FILE_CHARACTERS,
  type RigSighting,
  readInventoryFile,
  readSightings,
} from '@rerig/domain/inventory';
import { cliFault } from './faults.ts';
import { decodeText } from './text-encoding.ts';

/** What files of rig tools' output gave: what could be read, and a Fault for all that could not. */
export interface RigFilesRead {
  readonly farm: Farm;
  readonly faults: readonly Fault[];
  /** What each file was, in the order given; files that could not be opened are only among the faults. */
  readonly files: readonly FileReport[];
}

/** How files are read: all as of one rig, where the operator says so. */
export interface RigFilesWish {
  readonly rigName?: string;
  /** Told before each file is read: how many are done, of how many. */
  readonly onFile?: (doneCount: number, fileCount: number) => void;
}

/** The path that means standard input. */
export const STDIN_PATH = '-';

/** The most bytes that are read of one file or of standard input. */
const LARGEST_FILE_BYTES = LARGEST_FILE_CHARACTERS;

/**
 * Reads files of rig tools' output, told by their content; a folder stands for all files in it, and `-` for standard
 * input. One bad file never hides the others, and a file that is named twice counts once.
 */
export async function readRigFiles(
  paths: readonly string[],
  { onFile, ...wish }: RigFilesWish = {},
): Promise<RigFilesRead> {
  const sightings: RigSighting[] = [];
  const files: FileReport[] = [];
  const [unreadable, readingFaults]: [Fault[], Fault[]] = [[], []];
  const items = (await Promise.all([...new Set(paths)].map(listFiles))).flat();
  // One after another, so that the text of each can go before the next is read.
  for (const [index, item] of items.entries()) {
    onFile?.(index, items.length);
    const opened = typeof item === 'string' ? await openFile(item) : item;
    if (opened.kind === 'fault') {
      unreadable.push(opened);
      continue;
    }
    const read = readInventoryFile({ ...opened.file, ...wish });
    for (const sighting of read.sightings) sightings.push(sighting);
    readingFaults.push(...read.faults);
    files.push(read.report);
  }
  const { farm, faults } = readSightings(sightings);
  return { farm, faults: [...unreadable, ...readingFaults, ...faults], files };
}

/** How deep folders in folders are looked into, and how many files of one are read. */
const DEEPEST_FOLDER = 8;
const MOST_FILES = 100_000;

/** The files that a path stands for: itself, or all that its folder has, by name, but hidden ones. */
async function listFiles(path: string): Promise<readonly (string | Fault)[]> {
  if (path === STDIN_PATH) return [path];
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const found = await listFolder(path, 0);
    return found.length === 0 ? [emptyFolder(path)] : found.slice(0, MOST_FILES);
  } catch (error) {
    return [unreadableFault(path, error)];
  }
}

async function listFolder(folder: string, depth: number): Promise<readonly string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !name.startsWith('.'));
  entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isFile()) found.push(path);
    else if (entry.isDirectory() && depth < DEEPEST_FOLDER) found.push(...(await listFolder(path, depth + 1)));
  }
  return found;
}

type OpenedFile = { readonly kind: 'text'; readonly file: { readonly name: string; readonly text: string } };

async function openFile(path: string): Promise<OpenedFile | Fault> {
  try {
    const isStdin = path === STDIN_PATH;
    const found = isStdin ? undefined : await stat(path);
    if (found !== undefined && found.size > LARGEST_FILE_BYTES) return tooLarge(path, found.size);
    const bytes = found?.isFile() === true ? await readFile(path) : await readBounded(path);
    if (bytes === undefined) return tooLarge(path, LARGEST_FILE_BYTES + 1);
    return { kind: 'text', file: { name: isStdin ? 'stdin' : path, text: decodeText(bytes) } };
  } catch (error) {
    return unreadableFault(path, error);
  }
}

/** What has no size of its own, a pipe or standard input, is read up to the limit; undefined where it has more. */
async function readBounded(path: string): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  const stream = path === STDIN_PATH ? process.stdin : createReadStream(path);
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    byteCount += bytes.length;
    if (byteCount > LARGEST_FILE_BYTES) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function unreadableFault(path: string, error: unknown): Fault {
  return cliFault('inventory-unreadable', {
    what: `${path} cannot be read.`,
    why: `The system says: ${error instanceof Error ? error.message : String(error)}.`,
    mend: 'Check the path, and that you may read the file.',
  });
}

function emptyFolder(path: string): Fault {
  return cliFault('inventory-unreadable', {
    what: `${path} has no files.`,
    why: 'It is a folder, and neither it nor the folders in it hold a file that is not hidden.',
    mend: 'Check the path, or put the output of your rigs’ tools there.',
  });
}

function tooLarge(path: string, sizeBytes: number): Fault {
  return cliFault('inventory-unreadable', {
    what: `${path} is too large to be the output of rig tools.`,
    why: `It has ${sizeBytes > LARGEST_FILE_BYTES + 1 ? sizeBytes : `more than ${LARGEST_FILE_BYTES}`} bytes, and at most ${LARGEST_FILE_BYTES} are read.`,
    mend: 'Give the newest output of each rig only, or several smaller files.',
  });
}

import { randomUUID } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Fault } from '@rerig/domain/fault';
import { cliFault } from '../faults.ts';

/** A kind of report that is written to a file: what it is called, and how a file of ours of that kind begins. */
export interface ReportKind {
  readonly title: string;
  readonly option: string;
  readonly beginning: string;
}

/**
 * Writes a report whole or not at all. A file that stands there is replaced only where it is empty or a report of the
 * same kind; whatever else it is, it is left, and a Fault says so.
 */
export async function writeReport(path: string, content: string, kind: ReportKind): Promise<Fault | undefined> {
  try {
    const standing = await standingFile(path, kind);
    if (standing !== undefined) return standing;
    // A link keeps pointing where it points: what it points at is replaced.
    const place = await realpath(path).catch(() => path);
    const fresh = join(dirname(place), `.${randomUUID()}.rerig`);
    try {
      await writeWhole(fresh, content);
      await rename(fresh, place);
    } finally {
      await rm(fresh, { force: true });
    }
    return undefined;
  } catch (error) {
    return unwritable(path, kind, error);
  }
}

/** To the disk before it is put in its place: a power cut leaves the old file or the new one. */
async function writeWhole(path: string, content: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(content, 'utf8');
    await file.sync();
  } finally {
    await file.close();
  }
}

async function standingFile(path: string, kind: ReportKind): Promise<Fault | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  if (found.isDirectory()) return taken(path, kind, 'It is a folder.');
  if (!found.isFile()) return taken(path, kind, 'It is no ordinary file.');
  if (found.size === 0) return undefined;
  const beginning = Buffer.alloc(kind.beginning.length);
  const file = await open(path, 'r');
  try {
    await file.read(beginning, 0, beginning.length, 0);
  } finally {
    await file.close();
  }
  return beginning.toString('utf8') === kind.beginning
    ? undefined
    : taken(path, kind, `It is a file that "rerig assess ${kind.option}" did not write.`);
}

function taken(path: string, { title, option }: ReportKind, why: string): Fault {
  return cliFault('report-exists', {
    what: `The ${title} is not written: ${path} is there already.`,
    why,
    mend: `Name another file with ${option}, or move that one away.`,
  });
}

function unwritable(path: string, { title, option }: ReportKind, error: unknown): Fault {
  return cliFault('report-unwritable', {
    what: `The ${title} cannot be written to ${path}.`,
    why: `The system says: ${error instanceof Error ? error.message : String(error)}.`,
    mend: `Name a file in a folder that you can write to with ${option}.`,
  });
}

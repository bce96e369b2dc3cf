import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from './process-identity.ts';

/** What is kept of a running workload, so that the next start finds what a crash left behind. */
export interface ProcessRecord {
  readonly workloadId: string;
  readonly cardIds: readonly string[];
  readonly stopWithinMs: number;
  /** The mark that all its processes carry. */
  readonly runId: string;
  readonly leader: ProcessIdentity;
}

/** Keeps a record. It need not outlive the machine's power: no process does. */
export function writeRecord(folder: string, record: ProcessRecord): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = recordPath(folder, record.workloadId);
  writeFileSync(`${path}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Removes a record. One that can't be removed does no harm: the next start sees that its process is gone. */
export function removeRecord(folder: string, workloadId: string): void {
  try {
    rmSync(recordPath(folder, workloadId), { force: true });
  } catch {
    // Said above: it is stale, and found to be.
  }
}

/** Every record of a folder; `null` for a file that can't be read as one. */
export function readRecords(
  folder: string,
): readonly { readonly path: string; readonly record: ProcessRecord | null }[] {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name))
    .map((path) => ({ path, record: parseRecord(readFileSync(path, 'utf8')) }));
}

function recordPath(folder: string, workloadId: string): string {
  return join(folder, `${workloadId}.json`);
}

/** Reads a record; null for anything that is not wholly one, as a process must never be ended by half a record. */
export function parseRecord(text: string): ProcessRecord | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    // Not JSON: the same as no record.
    return null;
  }
}

function isRecord(value: unknown): value is ProcessRecord {
  if (!isObject(value) || !isObject(value.leader)) return false;
  const { workloadId, cardIds, stopWithinMs, runId, leader } = value;
  return (
    typeof workloadId === 'string' &&
    Array.isArray(cardIds) &&
    cardIds.every((cardId) => typeof cardId === 'string') &&
    typeof stopWithinMs === 'number' &&
    typeof runId === 'string' &&
    runId.length >= 16 &&
    Number.isSafeInteger(leader.pid) &&
    Number(leader.pid) > 1 &&
    typeof leader.startTicks === 'string' &&
    typeof leader.bootId === 'string'
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workloadKinds, workloadPriorities, workloadStates } from '@rerig/domain/workloads';
import { type ExecutorFault, executorFault } from '../faults.ts';
import type { Journal, JournalEntry } from '../journal.ts';

const RECORD = 'record.json';

/** Keeps each workload in a folder of its own, `WORKLOAD/record.json`. An entry is there wholly, or the one before it is. */
export class FolderJournal implements Journal {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  keep(entry: JournalEntry): ExecutorFault | null {
    const { workloadId } = entry.spec;
    const folder = join(this.#folder, workloadId);
    const path = join(folder, RECORD);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(`${path}.new`, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
      renameSync(`${path}.new`, path);
      return null;
    } catch (error) {
      return executorFault('executor-folder-unusable', {
        what: `The workload ${workloadId} is not started.`,
        why: `Its record can't be kept: ${error instanceof Error ? error.message : String(error)}.`,
        mend: `Make room in ${this.#folder}, and see that it can be written.`,
      });
    }
  }

  forget(workloadId: string): void {
    rmSync(join(this.#folder, workloadId), { recursive: true, force: true });
  }

  /**
   * Every entry, oldest first. A folder without a whole one is from a start that was cut off before it did anything. What
   * runs have left that are over is removed: a start that was cut off then has not come to it.
   */
  entries(): readonly JournalEntry[] {
    const found = readdirSync(this.#folder, { withFileTypes: true })
      .filter((each) => each.isDirectory())
      .flatMap(({ name }) => {
        const entry = parseEntry(readOrEmpty(join(this.#folder, name, RECORD)));
        const isWhole = entry !== null && entry.spec.workloadId === name;
        if (isWhole) sweep(join(this.#folder, name), entry);
        else rmSync(join(this.#folder, name), { recursive: true, force: true });
        return isWhole ? [entry] : [];
      });
    return found.toSorted((a, b) => a.enteredAtMs - b.enteredAtMs);
  }
}

/** Removes the folders of a workload's runs, `run-N-RANK` and `notice-N`, but for those of its current one. */
function sweep(folder: string, { workload, runIds }: JournalEntry): void {
  for (const name of readdirSync(folder)) {
    const [, run] = /^(?:run|notice)-(\d+)(?:-\d+)?$/.exec(name) ?? [];
    const isCurrent = runIds.length > 0 && run === String(workload.restartCount);
    if (run !== undefined && !isCurrent) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** Reads an entry; null for anything that is not wholly one, as nothing must be ended by half a record. */
export function parseEntry(text: string): JournalEntry | null {
  try {
    const value: unknown = JSON.parse(text);
    return isEntry(value) ? value : null;
  } catch {
    // Not JSON: the same as no record.
    return null;
  }
}

function isEntry(value: unknown): value is JournalEntry {
  if (!isObject(value) || !isObject(value.spec) || !isObject(value.workload)) return false;
  const { spec, workload, enteredAtMs, beganAtMs, failureCount, runIds, linesBefore } = value;
  return (
    isSpec(spec) &&
    isWorkload(workload) &&
    typeof enteredAtMs === 'number' &&
    (beganAtMs === null || typeof beganAtMs === 'number') &&
    typeof failureCount === 'number' &&
    typeof linesBefore === 'number' &&
    // A run is found, and ended, by its id: a short one could be anybody's.
    isTexts(runIds) &&
    runIds.every(({ length }) => length >= 16)
  );
}

function isSpec({ workloadId, kind, command, cards, readyWithinMs, stopWithinMs, workingFolder }: Fields): boolean {
  return (
    typeof workloadId === 'string' &&
    workloadKinds.some((each) => each === kind) &&
    isTexts(command) &&
    isObject(cards) &&
    typeof readyWithinMs === 'number' &&
    typeof stopWithinMs === 'number' &&
    typeof workingFolder === 'string'
  );
}

function isWorkload({ priority, state, restartCount, cardIds, places }: Fields): boolean {
  return (
    workloadPriorities.some((each) => each === priority) &&
    workloadStates.some((each) => each === state) &&
    typeof restartCount === 'number' &&
    isTexts(cardIds) &&
    Array.isArray(places)
  );
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The start was cut off before it.
    return '';
  }
}

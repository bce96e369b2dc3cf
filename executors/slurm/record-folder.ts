import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JobRecord, parseJobRecord } from './job-record.ts';

/** A log's last lines on disk, and how far each run's was heard. */
export interface LogSnapshot {
  readonly firstLine: number;
  readonly lines: readonly string[];
  /** Bytes heard, by `RUN/RANK`. */
  readonly heard: Readonly<Record<string, number>>;
}

/**
 * The records of workloads, one file each, and their logs' last lines beside them. Each write replaces a file at once or
 * leaves it; where the disk is full, it says so, and what was not written is tried again by the caller.
 */
export class RecordFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  load(): readonly JobRecord[] {
    const names = readdirSync(this.#folder).filter((name) => name.endsWith('.job.json'));
    const records = names.flatMap((name) => parseJobRecord(readFileSync(join(this.#folder, name), 'utf8')) ?? []);
    return records.toSorted((one, other) => one.enteredAtMs - other.enteredAtMs);
  }

  loadLog(workloadId: string): LogSnapshot | undefined {
    try {
      return parseLog(readFileSync(this.#path(workloadId, 'log'), 'utf8'));
    } catch {
      // Nothing was written yet, or it was cut off: the log begins anew.
      return undefined;
    }
  }

  /** False where the disk would not take it. */
  save(record: JobRecord): boolean {
    return this.#write(this.#path(record.workload.workloadId, 'job'), JSON.stringify(record));
  }

  saveLog(workloadId: string, log: LogSnapshot): boolean {
    return this.#write(this.#path(workloadId, 'log'), JSON.stringify(log));
  }

  remove(workloadId: string): void {
    for (const kind of ['job', 'log'] as const) rmSync(this.#path(workloadId, kind), { force: true });
  }

  #path(workloadId: string, kind: 'job' | 'log'): string {
    return join(this.#folder, `${workloadId}.${kind}.json`);
  }

  #write(path: string, text: string): boolean {
    try {
      writeFileSync(`${path}.part`, text, { mode: 0o600 });
      renameSync(`${path}.part`, path);
      return true;
    } catch {
      // A full disk, mostly. The caller keeps it in memory and tries again.
      return false;
    }
  }
}

function parseLog(text: string): LogSnapshot {
  return JSON.parse(text) as LogSnapshot;
}

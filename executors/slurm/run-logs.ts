import { parseWorkloadMessage } from '../local.ts';
import type { JobRecord } from './job-record.ts';
import type { RecordFolder } from './record-folder.ts';
import { RunLog } from './run-log.ts';

/** The logs of all workloads, read from disk when they are first asked for, and written there while they change. */
export class RunLogs {
  readonly #logs = new Map<string, RunLog>();
  readonly #folder: RecordFolder;

  constructor(folder: RecordFolder) {
    this.#folder = folder;
  }

  of({ workload: { workloadId, kind }, spec: { rankCount = 1 } }: JobRecord): RunLog {
    const known = this.#logs.get(workloadId);
    if (known !== undefined) return known;
    const isWord = (line: string) => kind === 'replica' && parseWorkloadMessage(line) !== undefined;
    const log = new RunLog(rankCount > 1, isWord, this.#folder.loadLog(workloadId));
    this.#logs.set(workloadId, log);
    return log;
  }

  /** Writes those that have changed; one that the disk would not take is tried again. */
  save(): void {
    for (const [workloadId, log] of this.#logs) {
      if (log.isChanged && !this.#folder.saveLog(workloadId, log.snapshot())) log.isChanged = true;
    }
  }

  /** Keeps those that are still listed. */
  forgetOthers(isListed: (workloadId: string) => boolean): void {
    for (const workloadId of this.#logs.keys()) if (!isListed(workloadId)) this.#logs.delete(workloadId);
  }
}

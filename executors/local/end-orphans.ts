import { rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { isRunning, type ProcessIdentity, processesOfRun, signalProcess } from './process-identity.ts';
import { type ProcessRecord, readRecords } from './process-record.ts';

/** A workload that a crash left behind. */
export interface EndedOrphan {
  readonly workloadId: string;
  readonly cardIds: readonly string[];
  /** `gone`: it had ended by itself; `ended` by us; `running`: it can't be ended, and keeps its cards. */
  readonly outcome: 'gone' | 'ended' | 'running';
}

/** The longest that an orphan gets to end by itself, whatever its record says. */
const STOP_MS_MAX = 10_000;
/** After SIGKILL a process ends at once, unless the kernel holds it in a call to a card's driver. */
const KILL_MS_MAX = 5000;
const LOOK_INTERVAL_MS = 20;

/** Ends what earlier starts have left running, by the identities that they recorded, never by a name. */
export async function endOrphans(folder: string): Promise<readonly EndedOrphan[]> {
  const found = readRecords(folder);
  return (await Promise.all(found.map(({ path, record }) => endOrphan(path, record)))).flat();
}

async function endOrphan(path: string, record: ProcessRecord | null): Promise<readonly EndedOrphan[]> {
  const outcome = record === null ? 'gone' : await endRun(record);
  if (outcome !== 'running') rmSync(path, { force: true });
  return record === null ? [] : [{ workloadId: record.workloadId, cardIds: record.cardIds, outcome }];
}

async function endRun(record: ProcessRecord): Promise<EndedOrphan['outcome']> {
  const run = processesOfRecord(record);
  if (run.length === 0) return 'gone';
  signalProcess(record.leader, 'SIGTERM', 'process');
  await untilGone(record, Math.min(record.stopWithinMs, STOP_MS_MAX));
  signalProcess(record.leader, 'SIGKILL', 'group');
  for (const member of processesOfRecord(record)) signalProcess(member, 'SIGKILL', 'process');
  return (await untilGone(record, KILL_MS_MAX)) ? 'ended' : 'running';
}

/** The leader, where it is the very one that was recorded, and all that carry the run's mark. */
function processesOfRecord({ leader, runId }: ProcessRecord): readonly ProcessIdentity[] {
  const marked = processesOfRun(runId);
  return isRunning(leader) && marked.every(({ pid }) => pid !== leader.pid) ? [leader, ...marked] : marked;
}

async function untilGone(record: ProcessRecord, limitMs: number): Promise<boolean> {
  const endAtMs = performance.now() + limitMs;
  while (processesOfRecord(record).length > 0) {
    if (performance.now() >= endAtMs) return false;
    await wait(LOOK_INTERVAL_MS);
  }
  return true;
}

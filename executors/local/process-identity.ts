import { readdirSync, readFileSync } from 'node:fs';

/** Which process is meant, for ever: a pid alone is given again to others. Source: proc(5). */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in clock ticks since the boot: field 22 of /proc/PID/stat. */
  readonly startTicks: string;
  /** Which boot that was: /proc/sys/kernel/random/boot_id. */
  readonly bootId: string;
}

/** Marks every process that a workload starts, however far it went from its parents. */
export const RUN_VARIABLE = 'RERIG_WORKLOAD_RUN';

/** The identity of a process that runs now; undefined where there is none, or only its unread exit status. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const stat = readOrUndefined(`/proc/${pid}/stat`);
  const bootId = readOrUndefined('/proc/sys/kernel/random/boot_id')?.trim();
  // The name stands in brackets and may hold any character, so that fields are counted from the last bracket on.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields?.[0];
  const startTicks = fields?.[19];
  if (bootId === undefined || startTicks === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid, startTicks, bootId };
}

/** Whether the very process that is meant still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  const now = identityOf(identity.pid);
  return now !== undefined && now.startTicks === identity.startTicks && now.bootId === identity.bootId;
}

/** Every process that carries a run's mark in its environment. */
export function processesOfRun(runId: string): readonly ProcessIdentity[] {
  const mark = `${RUN_VARIABLE}=${runId}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => readOrUndefined(`/proc/${name}/environ`)?.split('\0').includes(mark) === true)
    .flatMap((name) => identityOf(Number(name)) ?? []);
}

/** Sends a signal to the very process that is meant, with `group` to all of its group; false where it is gone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals, reach: 'process' | 'group'): boolean {
  if (!isRunning(identity)) return false;
  try {
    return process.kill(reach === 'group' ? -identity.pid : identity.pid, signal);
  } catch {
    // It ended since it was looked at.
    return false;
  }
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process is gone, or is not ours to read.
    return undefined;
  }
}

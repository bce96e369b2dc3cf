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

/** Marks the shell that keeps the log and the exit status of a run that outlives us. */
export const KEEPER_VARIABLE = 'RERIG_KEEPER_RUN';

/** The identity of a process that runs now; undefined where there is none, or only its unread exit status. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const fields = statFields(pid);
  const bootId = readOrUndefined('/proc/sys/kernel/random/boot_id')?.trim();
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

/** Every process that carries a run's mark in its environment. `variable`: KEEPER_VARIABLE for what keeps it. */
export function processesOfRun(runId: string, variable: string = RUN_VARIABLE): readonly ProcessIdentity[] {
  const mark = `${variable}=${runId}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => readOrUndefined(`/proc/${name}/environ`)?.split('\0').includes(mark) === true)
    .flatMap((name) => identityOf(Number(name)) ?? []);
}

/**
 * The process of a run that the workload's command became: in a sandbox, where the first process only watches, the second
 * one of the sandbox; else the one that its group is named by.
 */
export function firstProcessOfRun(runId: string): ProcessIdentity | undefined {
  const marked = processesOfRun(runId);
  const inside = marked.filter(({ pid }) => namespacePids(pid).length > 1);
  if (inside.length > 0) return inside.find(({ pid }) => namespacePids(pid).at(-1) === 2);
  return marked.find(({ pid }) => statFields(pid)?.[2] === String(pid)) ?? marked[0];
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

/**
 * Kills every process of a run with the whole group that it is in: the kernel does that to a group at once, so that what
 * forks without end does not outrun it. True where none was left to kill.
 */
export function killRun(runId: string): boolean {
  const marked = processesOfRun(runId);
  const groups = new Set(marked.map(({ pid }) => Number(statFields(pid)?.[2])));
  for (const group of groups) {
    // Group 1 is everybody's, and our own is ours.
    if (!(group > 1) || group === ownGroup()) continue;
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // The whole group has ended since it was looked at.
    }
  }
  for (const member of marked) signalProcess(member, 'SIGKILL', 'process');
  return marked.length === 0;
}

function ownGroup(): number {
  return Number(statFields(process.pid)?.[2]);
}

/** The name stands in brackets and may hold any character, so that fields are counted from the last bracket on. */
function statFields(pid: number): readonly string[] | undefined {
  const stat = readOrUndefined(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Its pid in each namespace, ours first. */
function namespacePids(pid: number): readonly number[] {
  const line = readOrUndefined(`/proc/${pid}/status`)
    ?.split('\n')
    .find((each) => each.startsWith('NSpid:'));
  return line?.trim().split(/\s+/).slice(1).map(Number) ?? [];
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process is gone, or is not ours to read.
    return undefined;
  }
}

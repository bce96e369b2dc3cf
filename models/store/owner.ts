import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

/** Who holds a lock: one process of one boot of one machine, and one of its locks. */
export interface LockOwner {
  readonly host: string;
  readonly bootId: string;
  readonly pid: number;
  /** When the process began, in ticks since its boot: numbers of processes are given again. Empty outside Linux. */
  readonly startTicks: string;
  /** Of this lock alone. */
  readonly nonce: string;
}

const ownerSchema = z.object({
  host: z.string().max(256),
  bootId: z.string().max(64),
  pid: z.int().min(1),
  startTicks: z.string().max(32),
  nonce: z.string().min(1).max(64),
});

/** This process as the owner of a lock. */
export function thisOwner(nonce: string): LockOwner {
  return {
    host: hostname(),
    bootId: thisBootId(),
    pid: process.pid,
    startTicks: startTicksOf(process.pid) ?? '',
    nonce,
  };
}

/** Reads what an owner wrote into its lock; `undefined` where it is nothing of ours. */
export function parseLockOwner(text: string): LockOwner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    // Not ours, or cut off by a full disk: it has no owner who could be asked.
    return undefined;
  }
}

/** Whether an owner still runs. Of another machine nothing can be known: it counts as running. */
export function isAlive(owner: LockOwner): boolean {
  if (owner.host !== hostname()) return true;
  if (owner.bootId !== thisBootId()) return false;
  if (owner.startTicks !== '') return startTicksOf(owner.pid) === owner.startTicks;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch {
    // Without /proc the signal 0 is the only way to ask; another user's process would say EPERM, but keeps another store.
    return false;
  }
}

/** Of this boot of this machine; empty outside Linux. */
export function thisBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // No Linux: a process number alone tells owners apart.
    return '';
  }
}

/** Field 22 of /proc/PID/stat; the process's name before it may hold spaces and brackets. */
function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Z and X: it has ended, and only waits for its parent to ask.
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    // No such process, or no Linux.
    return undefined;
  }
}

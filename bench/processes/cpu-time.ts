import { commandOf, readProc, treeOf } from './process-tree.ts';

/** Seconds of processor time that a process has used, PostgreSQL's told apart. */
export interface CpuTime {
  readonly ownSeconds: number;
  readonly postgresSeconds: number;
}

/** The kernel counts in hundredths of a second (USER_HZ, fixed for x86 and arm64 in Linux's ABI). */
const TICKS_PER_SECOND = 100;

/** Reads the processor time of a process and all that it started, those that have ended included. */
export function cpuTimeOf(rootPid: number): CpuTime {
  const time = { ownSeconds: 0, postgresSeconds: 0 };
  for (const pid of treeOf(rootPid)) {
    const stat = readProc(`${pid}/stat`);
    // Fields are counted after the name, which stands in brackets and may hold spaces: utime is the 12th, then stime,
    // and those of its children that have ended.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const seconds = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at] ?? 0), 0) / TICKS_PER_SECOND;
    if (commandOf(pid).includes('postgres')) time.postgresSeconds += seconds;
    else time.ownSeconds += seconds;
  }
  return time;
}

/** What was used between two readings. */
export function cpuTimeBetween(before: CpuTime, after: CpuTime): CpuTime {
  return {
    ownSeconds: after.ownSeconds - before.ownSeconds,
    postgresSeconds: after.postgresSeconds - before.postgresSeconds,
  };
}

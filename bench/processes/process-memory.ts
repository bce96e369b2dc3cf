import { readdirSync } from 'node:fs';
import { KIB } from '@rerig/domain/quantity';
import { commandOf, readProc, treeOf } from './process-tree.ts';

/** Proportional set sizes of a process and all that it started, in bytes. */
export interface MemorySample {
  readonly totalBytes: number;
  /** By kind of process. */
  readonly rerigBytes: number;
  readonly modelServerBytes: number;
  readonly postgresBytes: number;
  /** Of PostgreSQL's: what its processes share, which fills up to a size that is set at its start. */
  readonly postgresSharedBytes: number;
}

/** Reads the memory of a process's tree now. What ends in between counts as nothing. */
export function sampleMemory(rootPid: number): MemorySample {
  const sample = { rerigBytes: 0, modelServerBytes: 0, postgresBytes: 0, postgresSharedBytes: 0 };
  for (const pid of treeOf(rootPid)) {
    const command = commandOf(pid);
    const rollup = readProc(`${pid}/smaps_rollup`);
    const pssBytes = Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * KIB;
    if (command.includes('postgres')) {
      sample.postgresBytes += pssBytes;
      sample.postgresSharedBytes += Number(/^Pss_Shmem:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * KIB;
    } else if (command.includes('model-server')) sample.modelServerBytes += pssBytes;
    else sample.rerigBytes += pssBytes;
  }
  return { ...sample, totalBytes: sample.rerigBytes + sample.modelServerBytes + sample.postgresBytes };
}

/** The proportional set size of one process in bytes, without its mapping of one file (a model's weights). */
export function memoryBesideFile(pid: number, path: string): number {
  let totalBytes = 0;
  let isOfFile = false;
  for (const line of readProc(`${pid}/smaps`).split('\n')) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) isOfFile = line.endsWith(path);
    const pss = isOfFile ? undefined : /^Pss:\s+(\d+) kB/.exec(line)?.[1];
    totalBytes += Number(pss ?? 0) * KIB;
  }
  return totalBytes;
}

/** Open file descriptors of one process, sockets among them; 0 once it has ended. */
export function descriptorCount(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    // It has ended.
    return 0;
  }
}

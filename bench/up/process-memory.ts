import { readdirSync, readFileSync } from 'node:fs';
import { KIB } from '@rerig/domain/quantity';

/** Proportional set sizes of a process and all that it started, in bytes. */
export interface MemorySample {
  readonly totalBytes: number;
  /** By kind of process. */
  readonly rerigBytes: number;
  readonly modelServerBytes: number;
  readonly postgresBytes: number;
}

/** Reads the memory of a process's tree now. What ends in between counts as nothing. */
export function sampleMemory(rootPid: number): MemorySample {
  const sample = { rerigBytes: 0, modelServerBytes: 0, postgresBytes: 0 };
  for (const pid of treeOf(rootPid)) {
    const command = readOrEmpty(`/proc/${pid}/cmdline`);
    const pssBytes = Number(/^Pss:\s+(\d+) kB/m.exec(readOrEmpty(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * KIB;
    if (command.includes('postgres')) sample.postgresBytes += pssBytes;
    else if (command.includes('model-server')) sample.modelServerBytes += pssBytes;
    else sample.rerigBytes += pssBytes;
  }
  return { ...sample, totalBytes: sample.rerigBytes + sample.modelServerBytes + sample.postgresBytes };
}

function treeOf(rootPid: number): readonly number[] {
  const childrenOf = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(/^PPid:\s+(\d+)/m.exec(readOrEmpty(`/proc/${name}/status`))?.[1] ?? 0);
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), Number(name)]);
  }
  const tree = [rootPid];
  for (const pid of tree) tree.push(...(childrenOf.get(pid) ?? []));
  return tree;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process has ended since it was listed.
    return '';
  }
}

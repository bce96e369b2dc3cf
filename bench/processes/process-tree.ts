import { readdirSync, readFileSync } from 'node:fs';

/** A process and all that it started, by their ids, as they are now. */
export function treeOf(rootPid: number): readonly number[] {
  const childrenOf = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(/^PPid:\s+(\d+)/m.exec(readProc(`${name}/status`))?.[1] ?? 0);
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), Number(name)]);
  }
  const tree = [rootPid];
  for (const pid of tree) tree.push(...(childrenOf.get(pid) ?? []));
  return tree;
}

/** A process's command line; empty once it has ended. */
export function commandOf(pid: number): string {
  return readProc(`${pid}/cmdline`);
}

/** A file below /proc; empty where its process has ended since. */
export function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    // The process has ended since it was listed.
    return '';
  }
}

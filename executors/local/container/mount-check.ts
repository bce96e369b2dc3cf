import { realpathSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import type { WorkloadMount } from '../../port.ts';

/** What holds sockets, keys and switches of the machine: a stranger's work never sees it, whoever asks. */
const CLOSED_FOLDERS = [
  '/boot',
  '/dev',
  '/etc',
  '/proc',
  '/run',
  '/sys',
  '/var/lib/containers',
  '/var/lib/docker',
  '/var/lib/munge',
  '/var/run',
  '/var/spool/slurmd',
] as const;

/**
 * Mounts with their real paths, or why one can't be made: what it shows is closed, or holds something that is. Links are
 * followed here, so that none leads elsewhere later.
 */
export function checkMounts(
  mounts: readonly WorkloadMount[],
  closedOfOurs: readonly string[],
): { readonly mounts: readonly WorkloadMount[] } | { readonly why: string } {
  const closed = [...CLOSED_FOLDERS, ...closedOfOurs].flatMap((folder) => [folder, realOr(folder) ?? folder]);
  const checked: WorkloadMount[] = [];
  for (const mount of mounts) {
    const { containerPath, hostPath } = mount;
    const real = realOr(hostPath);
    if (real === undefined) return { why: `The folder ${hostPath} that it is to see is not there.` };
    if (closed.some((folder) => isWithin(real, folder) || isWithin(folder, real))) {
      return { why: `It is to see ${hostPath}, which holds sockets, keys or records of this machine.` };
    }
    if (!containerPath.startsWith('/') || dirname(containerPath) === containerPath) {
      return { why: `It is to see ${hostPath} at "${containerPath}", which is no path below its root.` };
    }
    checked.push({ ...mount, hostPath: real });
  }
  return { mounts: checked };
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || !way.startsWith('..');
}

function realOr(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    // It is not there.
    return undefined;
  }
}

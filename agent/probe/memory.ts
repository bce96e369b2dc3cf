import { join, posix } from 'node:path';
import { KIB } from '@rerig/domain/quantity';
import { known } from './known.ts';
import { readNumber, readText } from './machine-files.ts';
import type { MemoryReport } from './report.ts';

/** Version 1 writes "no limit" as nearly 2⁶³. */
const UNLIMITED_BYTES_MIN = 2 ** 60;

/** Reads memory: what the machine has, and what the control groups that we are in leave us. */
export async function probeMemory(sys: string, proc: string): Promise<MemoryReport> {
  const text = (await readText(join(proc, 'meminfo'))) ?? '';
  const bytesOf = (name: string) => {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * KIB;
  };
  const totalBytes = bytesOf('MemTotal');
  const freeBytes = bytesOf('MemAvailable');
  const limits = (await limitsOf(sys, proc)).filter(
    ({ limitBytes }) => limitBytes < (totalBytes ?? UNLIMITED_BYTES_MIN),
  );
  const leftBytes = limits.map(({ limitBytes, usedBytes }) => Math.max(0, limitBytes - usedBytes));
  return known({
    totalBytes,
    availableBytes: freeBytes === undefined ? undefined : Math.min(freeBytes, ...leftBytes),
    limitBytes: limits.length === 0 ? undefined : Math.min(...limits.map(({ limitBytes }) => limitBytes)),
  });
}

interface GroupLimit {
  readonly limitBytes: number;
  /** Without the file cache, which the kernel gives up when memory is short. */
  readonly usedBytes: number;
}

/** How control groups of version 1 and 2 name the same things. Source: Linux, cgroup-v1/memory and cgroup-v2. */
const VERSIONS = {
  1: { limit: 'memory.limit_in_bytes', used: 'memory.usage_in_bytes', cache: /^total_inactive_file (\d+)$/m },
  2: { limit: 'memory.max', used: 'memory.current', cache: /^inactive_file (\d+)$/m },
} as const;

/** The limits of our group and of all around it: each holds. */
async function limitsOf(sys: string, proc: string): Promise<readonly GroupLimit[]> {
  const groups = (await readText(join(proc, 'self/cgroup'))) ?? '';
  const ownPath = /^0::(\/.*)$/m.exec(groups)?.[1];
  const ownPathV1 = /^\d+:(?:[a-z_,]*,)?memory(?:,[a-z_,]*)?:(\/.*)$/m.exec(groups)?.[1];
  const limits = await Promise.all([
    ...pathsUpFrom(ownPathV1).map((path) => limitOf(join(sys, 'fs/cgroup/memory', path), 1)),
    ...pathsUpFrom(ownPath).map((path) => limitOf(join(sys, 'fs/cgroup', path), 2)),
    ...pathsUpFrom(ownPath).map((path) => limitOf(join(sys, 'fs/cgroup/unified', path), 2)),
  ]);
  return limits.filter((limit) => limit !== undefined);
}

/** `/a/b` → `/a/b`, `/a`, `/`: in a container the path may be the host's, and only the root is there. */
function pathsUpFrom(path: string | undefined): readonly string[] {
  if (path === undefined) return [];
  const own = posix.normalize(path);
  return own === '/' ? ['/'] : [own, ...pathsUpFrom(posix.dirname(own))];
}

async function limitOf(folder: string, version: keyof typeof VERSIONS): Promise<GroupLimit | undefined> {
  const { limit, used, cache } = VERSIONS[version];
  const limitBytes = await readNumber(join(folder, limit));
  if (limitBytes === undefined) return undefined;
  const cacheBytes = Number(cache.exec((await readText(join(folder, 'memory.stat'))) ?? '')?.[1] ?? 0);
  return { limitBytes, usedBytes: Math.max(0, ((await readNumber(join(folder, used))) ?? 0) - cacheBytes) };
}

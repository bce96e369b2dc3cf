import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { WorkloadLimits } from '../port.ts';

/** Where Linux has its control groups. Source: cgroups(7). */
const ROOT = '/sys/fs/cgroup';
/** How often a second a processor's time is counted out. */
const PERIOD_US = 100_000;

/** The limits of one run that the kernel holds it to, by a control group of its own. */
export interface LimitGroup {
  /** Files into which the first process writes its pid before it becomes the workload. */
  readonly joinPaths: readonly string[];
  /** Limits that were asked for, and that nothing holds it to here. */
  readonly missing: readonly (keyof WorkloadLimits)[];
}

/** One group: a folder below a hierarchy, and what is written there. */
interface Setting {
  readonly limit: keyof WorkloadLimits;
  readonly controller: string;
  readonly files: readonly (readonly [name: string, value: string])[];
}

/** Makes the groups of a run for what was asked for, where they can be written. Version 2 of control groups, or 1. */
export function makeLimitGroup(runId: string, limits: WorkloadLimits, root = ROOT): LimitGroup {
  const settings = isUnified(root) ? settingsOfVersion2(limits) : settingsOfVersion1(limits);
  const made = settings.map((setting) => ({ setting, joinPath: makeGroup(runId, setting, root) }));
  return {
    joinPaths: [...new Set(made.flatMap(({ joinPath }) => joinPath ?? []))],
    missing: made.flatMap(({ setting, joinPath }) => (joinPath === null ? [setting.limit] : [])),
  };
}

/** Which limit has ended a run, as the kernel counts it; null for none. */
export function brokenLimit(runId: string, root = ROOT): keyof WorkloadLimits | null {
  const events = isUnified(root)
    ? readOrEmpty(join(root, 'rerig', runId, 'memory.events'))
    : readOrEmpty(join(root, 'memory/rerig', runId, 'memory.oom_control'));
  return Number(/^oom_kill (\d+)/m.exec(events)?.[1] ?? 0) > 0 ? 'memoryBytes' : null;
}

/** Removes the groups of a run; false where something still runs in one. */
export function removeLimitGroup(runId: string, root = ROOT): boolean {
  const folders = isUnified(root)
    ? [join(root, 'rerig', runId)]
    : ['memory', 'cpu', 'pids'].map((controller) => join(root, controller, 'rerig', runId));
  const areGone = folders.map(removeFolder);
  // The folder of all runs goes with the last of them.
  for (const folder of folders) removeFolder(dirname(folder));
  return areGone.every((isGone) => isGone);
}

function isUnified(root: string): boolean {
  return existsSync(join(root, 'cgroup.controllers'));
}

function settingsOfVersion1({ memoryBytes, coreCount, processCountMax }: WorkloadLimits): readonly Setting[] {
  const settings: Setting[] = [];
  if (memoryBytes !== undefined) {
    const files = [['memory.limit_in_bytes', String(memoryBytes)]] as const;
    settings.push({ limit: 'memoryBytes', controller: 'memory', files });
  }
  if (coreCount !== undefined) {
    const quota = String(Math.round(coreCount * PERIOD_US));
    const files = [['cpu.cfs_period_us', String(PERIOD_US)] as const, ['cpu.cfs_quota_us', quota] as const];
    settings.push({ limit: 'coreCount', controller: 'cpu', files });
  }
  if (processCountMax !== undefined) {
    settings.push({ limit: 'processCountMax', controller: 'pids', files: [['pids.max', String(processCountMax)]] });
  }
  return settings;
}

function settingsOfVersion2({ memoryBytes, coreCount, processCountMax }: WorkloadLimits): readonly Setting[] {
  const settings: Setting[] = [];
  if (memoryBytes !== undefined) {
    const files = [['memory.max', String(memoryBytes)] as const, ['memory.swap.max', '0'] as const];
    settings.push({ limit: 'memoryBytes', controller: '', files });
  }
  if (coreCount !== undefined) {
    const value = `${Math.round(coreCount * PERIOD_US)} ${PERIOD_US}`;
    settings.push({ limit: 'coreCount', controller: '', files: [['cpu.max', value]] });
  }
  if (processCountMax !== undefined) {
    settings.push({ limit: 'processCountMax', controller: '', files: [['pids.max', String(processCountMax)]] });
  }
  return settings;
}

/** The file to join by; null where the group can't be made or does not take its setting. */
function makeGroup(runId: string, { controller, files }: Setting, root: string): string | null {
  const parent = join(root, controller, 'rerig');
  const folder = join(parent, runId);
  try {
    makeFolder(folder);
    if (controller === '') handDown(root, parent);
    for (const [name, value] of files) writeSetting(join(folder, name), value);
    return join(folder, 'cgroup.procs');
  } catch {
    // Not ours to write, or a controller that this kernel does not have: the limit is told to be missing.
    return null;
  }
}

/** Twice, as the folder of all runs may go with another run in between. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch {
    // Said above; what fails again is told by the second.
    mkdirSync(folder, { recursive: true });
  }
}

/** In version 2 a group has only the controllers that those above it hand down. */
function handDown(root: string, parent: string): void {
  for (const folder of [root, parent]) writeFileSync(join(folder, 'cgroup.subtree_control'), '+memory +cpu +pids');
}

/** Swap has no limit where the kernel keeps no account of it. */
function writeSetting(path: string, value: string): void {
  if (path.endsWith('memory.swap.max') && !existsSync(path)) return;
  writeFileSync(path, value);
}

function removeFolder(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    // It was never made, or something still runs in it.
    return !existsSync(folder);
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // There is no such group.
    return '';
  }
}

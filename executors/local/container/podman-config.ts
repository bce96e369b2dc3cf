import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What our own Podman is told beside its defaults. */
export interface PodmanConfigOptions {
  readonly initPath: string | null;
  readonly storageFolder?: string;
}

/** Podman asks for as many as it may have, and fails where the kernel gives it less than the limit says. */
const OPEN_FILES_MAX = 1_048_576;
const PROCESSES_MAX = 30_000;

/**
 * The text of containers.conf for this machine: limits that may be set without CAP_SYS_RESOURCE, no systemd where there is
 * none, runc where control groups are of version 1, which crun refuses where both versions are mounted.
 */
export function containersConfig({ initPath, storageFolder }: PodmanConfigOptions, root = '/'): string {
  const has = (path: string) => existsSync(join(root, path));
  const openFiles = Math.min(OPEN_FILES_MAX, hardLimit('Max open files', root));
  const processes = Math.min(PROCESSES_MAX, Math.floor(hardLimit('Max processes', root) / 2));
  const isOldGroups = !has('sys/fs/cgroup/cgroup.controllers');
  const hasRunc = has('usr/bin/runc') || has('usr/sbin/runc');
  return lines([
    '[containers]',
    `default_ulimits = ["nofile=${openFiles}:${openFiles}", "nproc=${processes}:${processes}"]`,
    'base_hosts_file = "none"',
    ...(initPath === null ? [] : [`init_path = ${JSON.stringify(initPath)}`]),
    '[engine]',
    ...(has('run/systemd/system') ? [] : ['cgroup_manager = "cgroupfs"', 'events_logger = "file"']),
    ...(isOldGroups && hasRunc ? ['runtime = "runc"'] : []),
    ...(storageFolder === undefined
      ? []
      : [
          // Locks that all of a machine's Podmans share would be those of other containers.
          'lock_type = "file"',
          `tmp_dir = ${JSON.stringify(join(storageFolder, 'tmp'))}`,
          '[network]',
          `network_config_dir = ${JSON.stringify(join(storageFolder, 'networks'))}`,
        ]),
  ]);
}

/** The text of storage.conf for a folder. */
export function storageConfig(storageFolder: string): string {
  return lines([
    '[storage]',
    'driver = "overlay"',
    `graphroot = ${JSON.stringify(join(storageFolder, 'graph'))}`,
    `runroot = ${JSON.stringify(join(storageFolder, 'run'))}`,
  ]);
}

/** Of this process. Source: proc(5), /proc/PID/limits. */
function hardLimit(name: string, root: string): number {
  const line = readFileSync(join(root, 'proc/self/limits'), 'utf8')
    .split('\n')
    .find((each) => each.startsWith(name));
  const text = line?.slice(name.length).trim().split(/\s+/)[1];
  return text === undefined || text === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(text);
}

function lines(texts: readonly string[]): string {
  return `${texts.join('\n')}\n`;
}

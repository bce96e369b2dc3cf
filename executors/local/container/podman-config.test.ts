import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { containersConfig } from './podman-config.ts';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rerig-config-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

test('a machine with old control groups, no systemd and low limits is served as it is', () => {
  put(
    'proc/self/limits',
    'Limit  Soft Hard Units\nMax processes  96365  96365  processes\nMax open files  1024  20000  files\n',
  );
  put('usr/bin/runc');
  const text = containersConfig({ initPath: '/usr/libexec/podman/catatonit' }, root);
  expect(text).toContain('default_ulimits = ["nofile=20000:20000", "nproc=30000:30000"]');
  expect(text).toContain('runtime = "runc"');
  expect(text).toContain('cgroup_manager = "cgroupfs"');
  expect(text).toContain('events_logger = "file"');
  expect(text).toContain('init_path = "/usr/libexec/podman/catatonit"');
});

test('a machine with systemd and control groups of version 2 keeps Podman’s own choices', () => {
  put('proc/self/limits', 'Max processes  unlimited  unlimited  processes\nMax open files  1024  unlimited  files\n');
  put('usr/bin/runc');
  put('sys/fs/cgroup/cgroup.controllers', 'cpu memory pids');
  mkdirSync(join(root, 'run/systemd/system'), { recursive: true });
  const text = containersConfig({ initPath: null }, root);
  expect(text).not.toMatch(/runtime|cgroup_manager|events_logger|init_path/);
  expect(text).toContain('"nofile=1048576:1048576"');
});

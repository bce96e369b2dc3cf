import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { brokenLimit, makeLimitGroup } from './limit-group.ts';

const RUN_ID = 'f'.repeat(36);
const LIMITS = { memoryBytes: 2 ** 26, coreCount: 1.5, processCountMax: 64 };

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rerig-groups-'));
});
afterEach(() => rmSync(root, { recursive: true }));

test('with version 2 all limits are written to one group, and handed down to it', () => {
  writeFileSync(join(root, 'cgroup.controllers'), 'cpu memory pids');
  expect(makeLimitGroup(RUN_ID, LIMITS, root)).toEqual({
    joinPaths: [join(root, 'rerig', RUN_ID, 'cgroup.procs')],
    missing: [],
  });
  const read = (name: string) => readFileSync(join(root, 'rerig', RUN_ID, name), 'utf8');
  expect([read('memory.max'), read('cpu.max'), read('pids.max')]).toEqual(['67108864', '150000 100000', '64']);
  expect(readFileSync(join(root, 'rerig', 'cgroup.subtree_control'), 'utf8')).toBe('+memory +cpu +pids');
  writeFileSync(join(root, 'rerig', RUN_ID, 'memory.events'), 'low 0\noom 1\noom_kill 1\n');
  expect(brokenLimit(RUN_ID, root)).toBe('memoryBytes');
});

test('with version 1 each controller has a group, and what it is not there for is missing', () => {
  mkdirSync(join(root, 'memory'));
  mkdirSync(join(root, 'cpu'));
  writeFileSync(join(root, 'pids'), 'no folder');
  const { joinPaths, missing } = makeLimitGroup(RUN_ID, LIMITS, root);
  expect(joinPaths).toEqual([
    join(root, 'memory/rerig', RUN_ID, 'cgroup.procs'),
    join(root, 'cpu/rerig', RUN_ID, 'cgroup.procs'),
  ]);
  expect(missing).toEqual(['processCountMax']);
  expect(readFileSync(join(root, 'cpu/rerig', RUN_ID, 'cpu.cfs_quota_us'), 'utf8')).toBe('150000');
  expect(brokenLimit(RUN_ID, root)).toBeNull();
});

test('where nothing is asked for, no group is made', () => {
  expect(makeLimitGroup(RUN_ID, {}, root)).toEqual({ joinPaths: [], missing: [] });
});

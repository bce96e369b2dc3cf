import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Workload, WorkloadSpec } from '../port.ts';
import { type LocalExecutor, openLocalExecutor } from './open-local-executor.ts';

let dataFolder: string;
let executor: LocalExecutor;

beforeEach(async () => {
  dataFolder = mkdtempSync(join(tmpdir(), 'rerig-journal-'));
  executor = await open();
});
afterEach(async () => {
  await executor.stop('w');
  await executor.close();
  rmSync(dataFolder, { recursive: true });
});

async function open(): Promise<LocalExecutor> {
  const cards = [{ cardId: 'rig/cpu', kind: 'cpu' as const }];
  const opened = await openLocalExecutor({ rigId: 'rig', cards, dataFolder, containerTier: null });
  if (isFault(opened)) expect.fail(opened.why);
  return opened;
}

function jobOf(script: string): WorkloadSpec {
  return {
    workloadId: 'w',
    kind: 'job',
    command: ['/bin/sh', '-c', script],
    environment: {},
    cards: { kind: 'any', count: 1, needs: {} },
    survivesExecutor: true,
    restartCountMax: 1,
    readyWithinMs: 10_000,
    stopWithinMs: 1000,
    workingFolder: dataFolder,
  };
}

async function logOf(): Promise<unknown> {
  return executor.logs('w', 0);
}

async function reached(state: Workload['state']): Promise<void> {
  await vi.waitFor(async () => expect((await executor.list())[0]?.state).toBe(state), { timeout: 10_000 });
}

test('the log of all runs is there after a restart of ours, counted on from the first line', async () => {
  const script = 'echo "run $RERIG_RESTART_COUNT"; [ "$RERIG_RESTART_COUNT" = 1 ] || exit 1; exec sleep 60';
  await executor.start(jobOf(script));
  const whole = { lines: ['run 0', 'run 1'], nextLine: 2, missedCount: 0 };
  await vi.waitFor(async () => expect(await logOf()).toEqual(whole), { timeout: 10_000 });
  for (const _ of ['once', 'twice']) {
    await executor.close();
    executor = await open();
    await vi.waitFor(async () => expect(await logOf()).toEqual(whole), { timeout: 10_000 });
  }
  await executor.stop('w');
  await executor.close();
  executor = await open();
  expect(await logOf()).toEqual(whole);
});

test('what a run has left that is over goes with the next start, and what runs keeps its folder', async () => {
  await executor.start(jobOf('echo on; exec sleep 60'));
  await reached('running');
  const folder = join(dataFolder, 'workloads', 'w');
  const current = readdirSync(folder).toSorted();
  await executor.close();
  mkdirSync(join(folder, 'run-7-0'));
  executor = await open();
  expect(readdirSync(folder).toSorted()).toEqual(current);
  await executor.stop('w');
  await executor.close();
  mkdirSync(join(folder, 'run-0-0'), { recursive: true });
  writeFileSync(join(folder, 'run-0-0', 'out.0.0'), 'x');
  executor = await open();
  expect(readdirSync(folder)).toEqual(['record.json']);
  expect(existsSync(join(folder, 'record.json')) && readFileSync(join(folder, 'record.json'), 'utf8')).toContain('on');
});

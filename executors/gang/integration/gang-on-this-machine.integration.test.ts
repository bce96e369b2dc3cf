import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type LocalExecutor, openLocalExecutor } from '../../local.ts';
import type { Workload, WorkloadSpec } from '../../port.ts';
import { lossIn, PYTHON, TRAINING, torchMissing, trainingEnvironment } from '../../testing/training-example.ts';
import { resultFolder } from '../output-folders.ts';

const isSkipped = torchMissing !== undefined && process.env.RERIG_REQUIRE_INTEGRATION !== '1';
const WAIT_MS_MAX = 60_000;
const cards = [1, 2].map((slot) => ({
  cardId: `rig/0${slot}:00.0`,
  kind: 'gpu' as const,
  vendor: 'nvidia' as const,
  uuid: `GPU-${slot}`,
  busId: `0${slot}:00.0`,
}));

describe.skipIf(isSkipped)(`a gang on this machine (${torchMissing ?? 'as installed'})`, () => {
  let folder: string;
  let executor: LocalExecutor;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rerig-local-gang-'));
    const opened = await openLocalExecutor({ rigId: 'rig', cards, dataFolder: join(folder, 'data') });
    executor = isFault(opened) ? expect.fail(opened.why) : opened;
  });
  afterEach(async () => {
    await executor.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(workloadId: string, rest: Partial<WorkloadSpec>): Promise<void> {
    const started = await executor.start({
      ...{ workloadId, kind: 'job', command: ['sleep', '600'], environment: {}, whenBusy: 'queue' },
      ...{ cards: { kind: 'any', count: 1, needs: {} }, workingFolder: '/', readyWithinMs: 1000, stopWithinMs: 5000 },
      ...rest,
    });
    if (isFault(started)) expect.fail(`${started.what} ${started.why}`);
  }

  async function until(workloadId: string, wanted: Partial<Workload>): Promise<void> {
    const look = async () =>
      expect((await executor.list()).find((each) => each.workloadId === workloadId)).toMatchObject(wanted);
    await vi.waitFor(look, { timeout: WAIT_MS_MAX, interval: 50 });
  }

  async function untilItWrote(workloadId: string, text: string): Promise<void> {
    const look = async () => {
      const log = await executor.logs(workloadId, 0);
      expect(isFault(log) ? [log.what] : log.lines).toContainEqual(expect.stringContaining(text));
    };
    await vi.waitFor(look, { timeout: WAIT_MS_MAX, interval: 50 });
  }

  function training(output: string, stepMs: number): Partial<WorkloadSpec> {
    return {
      command: [PYTHON, TRAINING],
      environment: trainingEnvironment(30, stepMs),
      rankCount: 2,
      priority: 'interruptible',
      noticeMs: 20_000,
      outputFolder: join(folder, output),
    };
  }

  test('gives way for guaranteed work after a checkpoint, and comes to the loss of one that nothing disturbed', async () => {
    await start('undisturbed', training('undisturbed', 0));
    await until('undisturbed', { state: 'stopped', exitCode: 0 });
    const loss = lossIn(resultFolder(join(folder, 'undisturbed'), 0));
    expect(loss).toMatch(/^0\.\d{10,}/);

    await start('disturbed', training('disturbed', 50));
    await untilItWrote('disturbed', '0: kept step 5');
    await start('urgent', { priority: 'guaranteed' });
    await until('urgent', { state: 'running' });
    await until('disturbed', { cardIds: [] });
    await executor.stop('urgent');
    await until('disturbed', { state: 'stopped', exitCode: 0, restartCount: 1 });
    await untilItWrote('disturbed', `0: goes on from ${join(folder, 'disturbed/earlier/run-0/checkpoint-')}`);
    expect(lossIn(resultFolder(join(folder, 'disturbed'), 1))).toBe(loss);
  }, 120_000);
});

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { InvariantError, isFault } from '@rerig/domain/fault';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { resultFolder } from '../../gang.ts';
import type { Executor, Workload, WorkloadChange, WorkloadSpec } from '../../port.ts';
import {
  lossIn,
  PYTHON,
  startRank,
  TRAINING,
  torchMissing,
  trainingEnvironment,
} from '../../testing/training-example.ts';
import { openSlurmExecutor } from '../open-slurm-executor.ts';
import { fakeCards, fakeRig } from '../testing/fake-rig.ts';
import { farmExecutorOptions } from '../testing/farm-executor.ts';
import { type SlurmFarm, slurmMissing, startSlurmFarm } from '../testing/slurm-farm.ts';

const missing = slurmMissing ?? torchMissing;
const isSkipped = missing !== undefined && process.env.RERIG_REQUIRE_INTEGRATION !== '1';
const STEP_COUNT = 60;
const STEP_MS = 100;
const WAIT_MS_MAX = 60_000;
const RUNS_AGAIN_WITHIN_MS = 10_000;

describe.skipIf(isSkipped)(`a gang on a farm of Slurm (${missing ?? 'as installed'})`, () => {
  let farm: SlurmFarm;
  let executor: Executor;
  let folder: string;
  let changes: WorkloadChange[];

  beforeAll(async () => {
    farm = await startSlurmFarm({
      rigs: ['alpha', 'beta', 'gamma'].map((name) => fakeRig(name, [fakeCards.rx580(2)])),
    });
  }, 60_000);
  afterAll(() => farm.dispose());

  beforeEach(async () => {
    folder = mkdtempSync('/tmp/rerig-gang-');
    const opened = await openSlurmExecutor(farmExecutorOptions(farm, join(folder, 'data')));
    if (isFault(opened)) throw new InvariantError(`${opened.what} ${opened.why}`);
    executor = opened;
    changes = [];
    executor.watch((change) => changes.push(change));
  });
  afterEach(async () => {
    const cut = farm.rigs.filter(({ nodeName }) => !farm.isRunning(nodeName));
    for (const { nodeName } of cut) {
      await farm.cutPower(nodeName);
      farm.startRig(nodeName, 'booted');
    }
    await vi.waitFor(
      async () => {
        for (const { rigId } of cut) await executor.resume({ kind: 'rig', rigId });
        for (const { nodeName } of farm.rigs) expect(await farm.rigState(nodeName)).toMatch(/^(idle|mixed|allocated)$/);
      },
      { timeout: WAIT_MS_MAX, interval: 1000 },
    );
    await executor.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function spec(workloadId: string, rest: Partial<WorkloadSpec>): WorkloadSpec {
    return {
      workloadId,
      kind: 'job',
      command: ['sleep', '600'],
      environment: {},
      cards: { kind: 'any', count: 2, needs: {} },
      whenBusy: 'queue',
      readyWithinMs: WAIT_MS_MAX,
      stopWithinMs: 2000,
      workingFolder: '/tmp',
      ...rest,
    };
  }

  async function start(given: WorkloadSpec): Promise<void> {
    const started = await executor.start(given);
    if (isFault(started)) throw new InvariantError(`${started.what} ${started.why}`);
  }

  async function find(workloadId: string): Promise<Workload> {
    const found = (await executor.list()).find((workload) => workload.workloadId === workloadId);
    return found ?? expect.fail(`there is no ${workloadId}`);
  }

  async function until(workloadId: string, wanted: Partial<Workload>): Promise<Workload> {
    return vi.waitFor(
      async () => {
        const found = await find(workloadId);
        const log = found.state === 'failed' ? await executor.logs(workloadId, 0) : null;
        expect(found, JSON.stringify(log)).toMatchObject(wanted);
        return found;
      },
      { timeout: WAIT_MS_MAX, interval: 50 },
    );
  }

  async function untilItWrote(workloadId: string, text: string): Promise<void> {
    await vi.waitFor(
      async () => {
        const log = await executor.logs(workloadId, 0);
        expect(isFault(log) ? [log.what] : log.lines).toContainEqual(expect.stringContaining(text));
      },
      { timeout: WAIT_MS_MAX, interval: 50 },
    );
  }

  function training(workloadId: string): WorkloadSpec {
    return spec(workloadId, {
      command: [PYTHON, TRAINING],
      environment: trainingEnvironment(STEP_COUNT, STEP_MS),
      rankCount: 2,
      outputFolder: join(folder, 'output'),
    });
  }

  /** What a training comes to that nothing disturbs: the ranks' shares of a batch are the same wherever they run. */
  async function undisturbedLoss(): Promise<string | undefined> {
    const ranks = [0, 1].map((rank) =>
      startRank({
        ...trainingEnvironment(STEP_COUNT, 0),
        ...{ MASTER_ADDR: '127.0.0.1', MASTER_PORT: '19777', RANK: `${rank}`, WORLD_SIZE: '2' },
        RERIG_OUTPUT_FOLDER: folder,
      }),
    );
    expect(await Promise.all(ranks.map(({ ended }) => ended))).toEqual([0, 0]);
    return lossIn(folder);
  }

  test('that loses a rig to a power cut comes to the right loss from its checkpoint, and only the lost rig is replaced', async () => {
    const loss = await undisturbedLoss();
    await start(training('train'));
    const before = await until('train', { state: 'running' });
    const rigIds = before.places.map(({ rigId }) => rigId);
    expect(new Set(rigIds).size).toBe(2);
    await untilItWrote('train', 'kept step 10');
    const lostId = rigIds[1] ?? expect.fail('rank 1 is nowhere');
    const cutAtMs = Date.now();
    await farm.cutPower(lostId);
    const after = await until('train', { state: 'running', restartCount: 1 });
    const downMs = Date.now() - cutAtMs;
    process.stderr.write(`rig lost: the gang runs again after ${downMs} ms\n`);
    expect(downMs).toBeLessThan(RUNS_AGAIN_WITHIN_MS);
    const rigIdsAfter = after.places.map(({ rigId }) => rigId);
    expect(rigIdsAfter).toContain(rigIds[0]);
    expect(rigIdsAfter).not.toContain(lostId);
    const ended = await until('train', { state: 'stopped' });
    expect(ended).toMatchObject({ exitCode: 0, restartCount: 1 });
    await untilItWrote('train', `goes on from ${join(folder, 'output/earlier/run-0/checkpoint-')}`);
    expect(lossIn(resultFolder(join(folder, 'output'), ended.restartCount))).toBe(loss);
  }, 180_000);

  test('that is cut off and goes on changes nothing that its successor reads or makes', async () => {
    const loss = await undisturbedLoss();
    await start(training('train'));
    const before = await until('train', { state: 'running' });
    await untilItWrote('train', 'kept step 10');
    // Rank 0 writes the checkpoints: its rig hangs, as one that is cut off, and wakes when its successor runs.
    const hungId = before.places[0]?.rigId ?? expect.fail('rank 0 is nowhere');
    await farm.end(hungId, 'SIGKILL');
    const hung = farm.jobProcesses(hungId).filter((pid) => signal(pid, 'SIGSTOP'));
    const after = await until('train', { state: 'running', restartCount: 1 });
    expect(after.places.map(({ rigId }) => rigId)).not.toContain(hungId);
    await untilItWrote('train', 'goes on from ');
    const kept = readdirSync(join(folder, 'output/earlier/run-0'));
    for (const pid of hung) signal(pid, 'SIGCONT');
    const ended = await until('train', { state: 'stopped' });
    expect(ended).toMatchObject({ exitCode: 0, restartCount: 1 });
    expect(readdirSync(join(folder, 'output/earlier/run-0'))).toEqual(kept);
    expect(lossIn(resultFolder(join(folder, 'output'), 1))).toBe(loss);
  }, 180_000);

  test('starts on all its rigs or holds none: one that lacks a rig waits without a card', async () => {
    await start(spec('first', {}));
    await until('first', { state: 'running' });
    await start(spec('second', {}));
    await until('second', { state: 'running' });
    await start(spec('gang', { rankCount: 2 }));
    expect((await find('gang')).state).toBe('queued');
    await untilItIsLookedAt('gang');
    expect(await find('gang')).toMatchObject({ state: 'queued', cardIds: [], places: [] });
    const holders = (await executor.cards()).map(({ workloadId }) => workloadId);
    expect(holders.filter((holder) => holder === null).length).toBe(2);
    await executor.stop('first');
    expect((await until('gang', { state: 'running' })).places.length).toBe(2);
    for (const workloadId of ['second', 'gang']) await executor.stop(workloadId);
  }, 120_000);

  /** Slurm has decided on it, and says why it waits. */
  async function untilItIsLookedAt(workloadId: string): Promise<void> {
    await vi.waitFor(
      async () => {
        const listed = await farm.command('squeue', '-h', '-t', 'PD', '-o', '%r %b');
        expect(listed, workloadId).toMatch(/^(Resources|Priority) /m);
      },
      { timeout: WAIT_MS_MAX },
    );
  }

  test('that is preempted hears of it by SIGTERM, by a file and over HTTP, on each rig, and goes on afterwards', async () => {
    const heed = [
      'hear() { echo "run $RERIG_RESTART_COUNT heard TERM $(cat $RERIG_NOTICE_FOLDER/notice.json)"',
      'echo "run $RERIG_RESTART_COUNT asked $(curl -sS $RERIG_NOTICE_URL)"; exit 0; }',
      'trap hear TERM; echo "run $RERIG_RESTART_COUNT begins $(curl -sS -o /dev/null -w %{http_code} $RERIG_NOTICE_URL)"',
      'while :; do sleep 600 & wait $!; done',
    ].join('\n');
    const notice = { noticeMs: 10_000, priority: 'interruptible' } as const;
    await start(spec('spot', { ...notice, rankCount: 3, command: ['sh', '-c', heed] }));
    for (const rank of [0, 1, 2]) await untilItWrote('spot', `${rank}: run 0 begins 204`);
    const askedAtMs = Date.now();
    await start(spec('urgent', {}));
    for (const rank of [0, 1, 2]) {
      await untilItWrote('spot', `${rank}: run 0 heard TERM {"reason":"preempted","endsAt":"20`);
      await untilItWrote('spot', `${rank}: run 0 asked {"reason":"preempted","endsAt":"20`);
    }
    await until('urgent', { state: 'running' });
    // It ended when it was asked to: nobody waited for the end of its notice.
    expect(Date.now() - askedAtMs).toBeLessThan(notice.noticeMs);
    await until('spot', { cardIds: [] });
    await executor.stop('urgent');
    await until('spot', { state: 'running', restartCount: 1 });
    await untilItWrote('spot', '2: run 1 begins 204');
    await executor.stop('spot');
  }, 120_000);
});

/** Whether a process was there to be signalled. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    // One of those that a job's script starts for a moment.
    return false;
  }
}

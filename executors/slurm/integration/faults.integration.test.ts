import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isFault } from '@rerig/domain/fault';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { WorkloadSpec } from '../../port.ts';
import { openSlurmExecutor } from '../open-slurm-executor.ts';
import { SlurmRest } from '../rest/slurm-rest.ts';
import { SlurmCommands } from '../slurm-commands.ts';
import { askSlurm } from '../submit-job.ts';
import { fakeCards, fakeRig } from '../testing/fake-rig.ts';
import { FarmRun } from '../testing/farm-run.ts';
import { slurmMissing } from '../testing/slurm-farm.ts';

const mustRun = process.env.RERIG_REQUIRE_INTEGRATION === '1';
const twoRigs = [fakeRig('alpha', [fakeCards.rtx3060(1)]), fakeRig('beta', [fakeCards.rtx3060(1)])];
const LONG = { timeout: 40_000, interval: 20 };

describe.skipIf(slurmMissing !== undefined && !mustRun)(
  `faults under Slurm (${slurmMissing ?? 'as installed'})`,
  () => {
    let run: FarmRun;
    afterEach(() => run.dispose(), 60_000);

    test('a workload on a rig that loses its power runs again on another within ten seconds', async () => {
      run = await FarmRun.begin({ rigs: twoRigs });
      await run.open();
      const { places } = await run.start(run.job('w'));
      const lost = places[0]?.rigId ?? '';
      await vi.waitFor(() => expect(run.statesOf('w')).toContain('running'), LONG);
      const cutAtMs = Date.now();
      await run.farm.cutPower(lost);
      await vi.waitFor(
        async () => expect(await run.workload('w')).toMatchObject({ state: 'running', restartCount: 1 }),
        LONG,
      );
      const elapsedMs = Date.now() - cutAtMs;
      expect((await run.workload('w'))?.places[0]?.rigId).not.toBe(lost);
      expect(run.changes.find(({ workload }) => workload.state === 'queued')?.workload.fault?.code).toBe('rig-lost');
      expect((await run.executor.cards()).find(({ rigId }) => rigId === lost)).toMatchObject({
        standing: 'lost',
        workloadId: null,
      });
      expect(elapsedMs).toBeLessThan(10_000);
    }, 90_000);

    test('a rig that was lost serves again once it is back', async () => {
      run = await FarmRun.begin({ rigs: twoRigs });
      await run.open();
      const { places } = await run.start(run.job('w'));
      const lost = places[0]?.rigId ?? '';
      await run.farm.cutPower(lost);
      await vi.waitFor(
        async () => expect(await run.workload('w')).toMatchObject({ state: 'running', restartCount: 1 }),
        LONG,
      );
      run.farm.startRig(lost);
      await vi.waitFor(
        async () =>
          expect((await run.executor.cards()).map(({ standing }) => standing)).toEqual(['in-service', 'in-service']),
        LONG,
      );
      await run.start(run.job('w2', { whenBusy: 'queue' }));
      await vi.waitFor(async () => expect(await run.workload('w2')).toMatchObject({ places: [{ rigId: lost }] }), LONG);
    }, 120_000);

    test('a controller that restarts loses nothing, and is no loss of rigs', async () => {
      run = await FarmRun.begin({ rigs: twoRigs });
      await run.open();
      await run.start(run.job('w'));
      await vi.waitFor(() => expect(run.statesOf('w')).toContain('running'), LONG);
      await run.farm.end('slurmctld');
      const refused = await run.executor.start(run.job('w-meanwhile'));
      expect(isFault(refused) && refused.code).toBe('executor-unreachable');
      await run.farm.startController();
      await vi.waitFor(async () => expect(isFault(await run.executor.start(run.job('w2')))).toBe(false), LONG);
      await vi.waitFor(async () => expect(await run.workload('w2')).toMatchObject({ state: 'running' }), LONG);
      expect(await run.workload('w')).toMatchObject({ state: 'running', restartCount: 0 });
      expect(run.statesOf('w')).toEqual(['starting', 'running']);
      expect(await run.workload('w-meanwhile')).toBeUndefined();
    }, 120_000);

    test('a slurmd that is killed and started again leaves its job running to its end', async () => {
      run = await FarmRun.begin({ rigs: [fakeRig('alpha', [fakeCards.rtx3060(1)])] });
      await run.open();
      await run.start(run.job('w', { command: ['/bin/sh', '-c', 'echo begun; sleep 4; echo done'] }));
      await vi.waitFor(() => expect(run.statesOf('w')).toContain('running'), LONG);
      await run.farm.end('alpha', 'SIGKILL');
      run.farm.startRig('alpha');
      await vi.waitFor(
        async () => expect(await run.workload('w')).toMatchObject({ state: 'stopped', exitCode: 0 }),
        LONG,
      );
      expect(run.statesOf('w')).toEqual(['starting', 'running', 'stopped']);
      expect(await run.executor.logs('w')).toMatchObject({ lines: ['begun', 'done'] });
    }, 90_000);

    test('a launch that its rig does not take in time waits again and runs, and the rig stays in service', async () => {
      run = await FarmRun.begin({ rigs: [fakeRig('alpha', [fakeCards.rtx3060(1)])] });
      await run.open();
      const stateInSlurm = () => run.farm.command('squeue', '-h', '-t', 'all', '-o', '%T');
      run.farm.signal('alpha', 'SIGSTOP');
      await run.start(run.job('w', { whenBusy: 'queue', command: ['/bin/sh', '-c', 'echo ran; exit 0'] }));
      await vi.waitFor(async () => expect(await stateInSlurm()).toBe('RUNNING'), LONG);
      await vi.waitFor(async () => expect(await stateInSlurm()).not.toBe('RUNNING'), LONG);
      run.farm.signal('alpha', 'SIGCONT');
      await vi.waitFor(
        async () => expect(await run.workload('w')).toMatchObject({ state: 'stopped', exitCode: 0 }),
        LONG,
      );
      expect(run.statesOf('w')).toContain('queued');
      expect(run.changes.find(({ workload }) => workload.state === 'queued')?.workload.fault?.code).toBe('rig-lost');
      expect(await run.executor.logs('w')).toMatchObject({ lines: ['ran'] });
      await vi.waitFor(
        async () => expect(await run.executor.cards()).toMatchObject([{ standing: 'in-service', workloadId: null }]),
        LONG,
      );
    }, 120_000);

    test('a rig with another munge key gets no work, and the others go on', async () => {
      run = await FarmRun.begin({ rigs: twoRigs, settings: { rigTimeoutMs: 3000 } });
      await run.farm.end('beta');
      await run.farm.startRigWithWrongKey('beta');
      await run.farm.command('scontrol', 'update', 'NodeName=beta', 'State=DOWN', 'Reason=gone');
      await run.open();
      const cards = await run.executor.cards();
      expect(cards.map(({ rigId, standing }) => [rigId, standing])).toEqual([
        ['alpha', 'in-service'],
        ['beta', 'lost'],
      ]);
      expect(await run.start(run.job('w'))).toMatchObject({ places: [{ rigId: 'alpha' }] });
      const second = await run.executor.start(run.job('w2'));
      expect(isFault(second) && second.code).toBe('card-busy');
    }, 60_000);

    test('a token that has expired, or was signed by another key, is told with what mends it', async () => {
      run = await FarmRun.begin({ rigs: [fakeRig('alpha', [fakeCards.rtx3060(1)])] });
      const { rest, jwtKeyPath, dataFolder } = run.options;
      const late = new SlurmRest(rest, jwtKeyPath, 'root', () => Date.now() - 7_200_000);
      const expired = await askSlurm({ rest: late, commands: new SlurmCommands(run.options.confPath) });
      expect(expired).toMatchObject({ code: 'executor-unreachable', why: expect.stringContaining('token') });
      late.close();
      const otherKey = join(dataFolder, 'other.key');
      writeFileSync(otherKey, randomBytes(32));
      const opened = await openSlurmExecutor({ ...run.options, jwtKeyPath: otherKey });
      expect(opened).toMatchObject({
        code: 'executor-unreachable',
        mend: expect.stringContaining('AuthAltParameters'),
      });
    }, 60_000);

    test('a full disk under the records refuses a start without a trace, and what runs is still told of', async () => {
      run = await FarmRun.begin({ rigs: [fakeRig('alpha', [fakeCards.rtx3060(2)])] });
      const folder = join(run.options.dataFolder, 'slurm');
      mkdirSync(folder);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', folder]);
      try {
        await run.open();
        await run.start(run.job('w'));
        const filler = join(folder, 'filler');
        execFileSync('sh', ['-c', `head -c 1000000 /dev/zero > ${filler} || true`], { stdio: 'ignore' });
        expect(await run.executor.start(run.job('w2'))).toMatchObject({ code: 'executor-folder-unusable' });
        expect((await run.executor.list()).map(({ workloadId }) => workloadId)).toEqual(['w']);
        expect(await run.executor.stop('w')).toMatchObject({ state: 'stopped' });
        execFileSync('rm', [filler]);
        await run.start(run.job('w3'));
        expect(await run.executor.stop('w3')).toMatchObject({ state: 'stopped' });
        await run.executor.close();
      } finally {
        execFileSync('umount', ['-l', folder]);
      }
    }, 90_000);

    test('what ended while the agent was away for longer than Slurm remembers still has its true end', async () => {
      run = await FarmRun.begin({
        rigs: [fakeRig('alpha', [fakeCards.rtx3060(3)])],
        settings: { rememberJobsMs: 2000 },
      });
      await run.open();
      const endsWith = (code: number) => ['/bin/sh', '-c', `sleep 2; exit ${code}`];
      for (const code of [0, 4]) await run.start(run.job(`w${code}`, { command: endsWith(code) }));
      await run.executor.close();
      await vi.waitFor(
        async () => expect(await run.farm.command('squeue', '-h', '-t', 'all', '-o', '%j')).toBe(''),
        LONG,
      );
      await run.open();
      await vi.waitFor(
        async () => expect(await run.workload('w0')).toMatchObject({ state: 'stopped', exitCode: 0 }),
        LONG,
      );
      await vi.waitFor(
        async () => expect(await run.workload('w4')).toMatchObject({ state: 'failed', exitCode: 4 }),
        LONG,
      );
    }, 90_000);

    test('an agent that is killed at any moment is followed by one that knows every workload, and none runs twice', async () => {
      run = await FarmRun.begin({ rigs: [fakeRig('alpha', [fakeCards.rtx3060(4)])] });
      const ids = ['a', 'b', 'c', 'd'];
      // Between the opening and past the last start.
      for (const delayMs of [1200, 1700, 2400, 4500]) {
        await killAfter(
          run,
          ids.map((id) => run.job(`${id}${delayMs}`, { whenBusy: 'queue' })),
          delayMs,
        );
        await run.open();
        const listed = await run.executor.list();
        for (const { workloadId, state, fault } of listed) {
          expect(['queued', 'starting', 'running', 'failed', 'stopped'], `${workloadId}: ${fault?.why}`).toContain(
            state,
          );
        }
        const names = (await run.farm.command('squeue', '-h', '-o', '%j')).split('\n').filter((name) => name !== '');
        expect(new Set(names).size).toBe(names.length);
        await Promise.all(listed.map(({ workloadId }) => run.executor.stop(workloadId)));
        await vi.waitFor(async () => expect(await run.farm.command('squeue', '-h', '-o', '%j')).toBe(''), LONG);
        await run.executor.close();
      }
    }, 150_000);
  },
);

/** Runs an agent in a process of its own, and kills it so long after its start. */
async function killAfter(run: FarmRun, specs: readonly WorkloadSpec[], delayMs: number): Promise<void> {
  const program = fileURLToPath(new URL('../testing/executor-program.ts', import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify({ options: run.options, specs })], {
    stdio: 'ignore',
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), delayMs);
  await once(child, 'exit');
  clearTimeout(timer);
}

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LogPart, WorkloadSpec } from '../../port.ts';
import { fakeCards, fakeRig } from '../testing/fake-rig.ts';
import { FarmRun } from '../testing/farm-run.ts';
import { slurmMissing } from '../testing/slurm-farm.ts';

const mustRun = process.env.RERIG_REQUIRE_INTEGRATION === '1';
const LONG = { timeout: 60_000, interval: 50 };
const FULL = 'alpha';
const OTHER = 'beta';

describe.skipIf(slurmMissing !== undefined && !mustRun)(
  `full disks of rigs (${slurmMissing ?? 'as installed'})`,
  () => {
    let run: FarmRun;
    let mounted: string[];

    beforeEach(async () => {
      mounted = [];
      run = await FarmRun.begin({ rigs: [FULL, OTHER].map((name) => fakeRig(name, [fakeCards.rtx3060(1)])) });
    }, 60_000);
    afterEach(async () => {
      for (const folder of mounted) execFileSync('umount', ['-l', folder]);
      await run?.dispose();
    }, 60_000);

    /** Puts a disk of so many bytes at a folder of the farm. */
    function mount(name: string, byteCount: number): string {
      const folder = join(run.farm.folder, name);
      mkdirSync(folder, { recursive: true });
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${byteCount},mode=755`, 'tmpfs', folder]);
      mounted.push(folder);
      return folder;
    }

    function fill(folder: string): void {
      execFileSync('sh', ['-c', `cat /dev/zero >${folder}/filler || true`], { stdio: 'ignore' });
    }

    function empty(folder: string): void {
      execFileSync('rm', [join(folder, 'filler')]);
    }

    function onTheFullRig(workloadId: string, rest: Partial<WorkloadSpec> = {}): WorkloadSpec {
      const cardIds = (run.farm.rigs.find(({ rigId }) => rigId === FULL)?.cards ?? []).map(({ cardId }) => cardId);
      return run.job(workloadId, { cards: { kind: 'these', cardIds }, whenBusy: 'queue', ...rest });
    }

    async function standingOf(rigId: string): Promise<string | undefined> {
      const card = (await run.executor.cards()).find((each) => each.rigId === rigId);
      return `${card?.standing} ${card?.standingWhy ?? ''}`;
    }

    async function untilItRunsOn(workloadId: string, rigId: string): Promise<void> {
      await vi.waitFor(
        async () => expect(await run.workload(workloadId)).toMatchObject({ state: 'running', places: [{ rigId }] }),
        LONG,
      );
    }

    test.each(['guaranteed', 'interruptible'] as const)(
      'a rig on which no run can begin is taken out, and %s work runs on another',
      async (priority) => {
        const runs = mount(`runs/${FULL}`, 65_536);
        fill(runs);
        await run.open();
        await run.start(onTheFullRig('pinned', { priority }));
        await vi.waitFor(async () => expect(await standingOf(FULL)).toMatch(/^drained .*its disk may be full/), LONG);
        await vi.waitFor(async () => expect(await run.workload('pinned')).toMatchObject({ state: 'queued' }), LONG);
        const told = (await run.workload('pinned'))?.fault;
        // One that ended before it was seen to begin has waited all the time.
        if (run.statesOf('pinned').includes('running')) {
          expect(told).toMatchObject({ code: 'rig-lost', why: expect.stringContaining('disk is full') });
        }
        for (const id of ['one', 'two']) await run.start(run.job(id, { priority, whenBusy: 'queue' }));
        await untilItRunsOn('one', OTHER);
        expect(await run.executor.stop('one')).toMatchObject({ state: 'stopped' });
        await untilItRunsOn('two', OTHER);
        expect(await run.workload('pinned')).toMatchObject({ state: 'queued' });

        empty(runs);
        await run.executor.resume({ kind: 'rig', rigId: FULL });
        await untilItRunsOn('pinned', FULL);
        expect((await run.workload('pinned'))?.fault).toBeUndefined();
      },
      150_000,
    );

    test('a rig whose slurmd has no room for jobs is taken out, and its work runs on another', async () => {
      await run.farm.end(FULL);
      const spool = mount(`spool/${FULL}`, 262_144);
      run.farm.startRig(FULL);
      await run.farm.command('scontrol', 'update', `NodeName=${FULL}`, 'Weight=1');
      await run.farm.command('scontrol', 'update', `NodeName=${OTHER}`, 'Weight=100000');
      await run.farm.waitForRigs([FULL, OTHER]);
      fill(spool);
      await run.open();
      await run.start(run.job('w', { whenBusy: 'queue' }));
      await untilItRunsOn('w', OTHER);
      await vi.waitFor(async () => expect(await standingOf(FULL)).toMatch(/^drained SlurmdSpoolDir is full/), LONG);
    }, 150_000);

    test('a full disk under slurmctld loses no workload without a state that says so', async () => {
      await run.farm.end('slurmctld');
      const kept = execFileSync('tar', ['-C', join(run.farm.folder, 'state'), '-cf', '-', '.']);
      const state = mount('state', 524_288);
      execFileSync('tar', ['-C', state, '-xf', '-'], { input: kept });
      await run.farm.startController();
      await run.farm.waitForRigs([FULL, OTHER]);
      await run.open();
      await run.start(run.job('kept', { whenBusy: 'queue' }));
      await vi.waitFor(async () => expect(await run.workload('kept')).toMatchObject({ state: 'running' }), LONG);
      fill(state);
      expect(await run.executor.start(run.job('refused', { whenBusy: 'queue' }))).toMatchObject({
        why: expect.stringContaining('I/O error'),
      });
      expect(await run.workload('refused')).toBeUndefined();
      expect(await run.workload('kept')).toMatchObject({ state: 'running' });
      // What it could not write, it has forgotten after this.
      await run.farm.end('slurmctld', 'SIGKILL');
      empty(state);
      await run.farm.startController();
      await vi.waitFor(async () => {
        const { state: stateNow, fault } = (await run.workload('kept')) ?? {};
        const queued = await run.farm.command('squeue', '-h', '-o', '%T');
        // Either Slurm had written it, or it is told that nobody knows its end; never "running" without a job.
        expect([stateNow, queued, fault?.code].join(' ')).toMatch(/^(running RUNNING |failed {2}workload-exited)$/);
      }, LONG);
      await run.farm.waitForRigs([FULL, OTHER]);
      await run.start(run.job('next', { whenBusy: 'queue' }));
      await vi.waitFor(async () => expect(await run.workload('next')).toMatchObject({ state: 'running' }), LONG);
      process.stderr.write(`slurmctld's disk was full: ${run.statesOf('kept').join(', ')}\n`);
    }, 150_000);

    test('a log that loses lines to a full disk says so, and its workload ends as it ended', async () => {
      const runs = mount(`runs/${FULL}`, 131_072);
      await run.open();
      const command = ['/bin/sh', '-c', 'echo begun; while [ ! -e "$GO" ]; do sleep 0.1; done; seq 1 20000; exit 3'];
      const go = join(run.farm.folder, 'go');
      await run.start(onTheFullRig('w', { command, environment: { GO: go } }));
      await vi.waitFor(async () => expect(await run.executor.logs('w', 0)).toMatchObject({ lines: ['begun'] }), LONG);
      fill(runs);
      execFileSync('touch', [go]);
      await vi.waitFor(
        async () => expect(await run.workload('w')).toMatchObject({ state: 'failed', exitCode: 3 }),
        LONG,
      );
      const { lines } = parseLogPart(await run.executor.logs('w', 0));
      expect(lines[0]).toBe('begun');
      expect(lines.at(-1)).toContain(`the disk of the rig ${FULL} was full`);
      expect((await run.workload('w'))?.fault?.why).toContain('was full');
    }, 90_000);
  },
);

function parseLogPart(part: unknown): LogPart {
  return part as LogPart;
}

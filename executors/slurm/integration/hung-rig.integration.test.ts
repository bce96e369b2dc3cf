import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { WorkloadSpec } from '../../port.ts';
import { CARD_GUARD, twiceOwned } from '../testing/card-guard.ts';
import { fakeCards, fakeRig } from '../testing/fake-rig.ts';
import { FarmRun } from '../testing/farm-run.ts';
import { slurmMissing } from '../testing/slurm-farm.ts';

const mustRun = process.env.RERIG_REQUIRE_INTEGRATION === '1';
const STALL_MS = 8000;
/** Longer than a rig stays given up that answers. */
const RETURN_MS = 14_000;
const LONG = { timeout: 120_000, interval: 50 };

describe.skipIf(slurmMissing !== undefined && !mustRun)(`rigs that hang (${slurmMissing ?? 'as installed'})`, () => {
  let run: FarmRun;
  let locks: string;

  beforeEach(async () => {
    // The product's own times.
    const settings = { rigTimeoutMs: 15_000, messageTimeoutMs: 10_000, credentialExpiresMs: 10_000 };
    const rigs = ['alpha', 'beta'].map((name) => fakeRig(name, [fakeCards.rtx3060(1)]));
    run = await FarmRun.begin({ rigs, settings });
    locks = join(run.farm.folder, 'locks');
    mkdirSync(locks, { mode: 0o777 });
    await run.open();
  }, 60_000);
  afterEach(() => run?.dispose(), 60_000);

  function guarded(workloadId: string, rest: Partial<WorkloadSpec> = {}): WorkloadSpec {
    const command = ['/bin/sh', '-c', `${CARD_GUARD}\nexec sleep 1000`];
    return run.job(workloadId, { command, environment: { LOCK_FOLDER: locks }, ...rest });
  }

  test('a rig all of whose programs hang has its work run again elsewhere, and serves again once it wakes', async () => {
    const { places } = await run.start(guarded('w'));
    const hung = places[0]?.rigId ?? expect.fail('it is nowhere');
    await vi.waitFor(async () => expect(await run.workload('w')).toMatchObject({ state: 'running' }), LONG);
    const pids = run.farm.jobProcesses(hung).filter((pid) => signal(pid, 'SIGSTOP'));
    const hungAtMs = Date.now();
    await vi.waitFor(
      async () => expect(await run.workload('w')).toMatchObject({ state: 'running', restartCount: 1 }),
      LONG,
    );
    process.stderr.write(`rig hung: runs again after ${Date.now() - hungAtMs} ms\n`);
    expect((await run.workload('w'))?.places[0]?.rigId).not.toBe(hung);
    // It does not come back while it hangs, though its kernel takes connections.
    await passed(RETURN_MS);
    expect((await run.executor.cards()).find(({ rigId }) => rigId === hung)).toMatchObject({ standing: 'lost' });

    for (const pid of pids) signal(pid, 'SIGCONT');
    await vi.waitFor(() => expect(run.farm.stepProcesses(hung)).toEqual([]), LONG);
    await run.start(guarded('w2', { whenBusy: 'queue' }));
    await vi.waitFor(
      async () => expect(await run.workload('w2')).toMatchObject({ state: 'running', places: [{ rigId: hung }] }),
      LONG,
    );
    expect(await run.workload('w')).toMatchObject({ state: 'running', restartCount: 1 });
    expect(twiceOwned(locks)).toEqual([]);
  }, 300_000);

  test('a rig whose programs do nothing for eight seconds is not given up', async () => {
    const { places } = await run.start(guarded('w'));
    const stalled = places[0]?.rigId ?? expect.fail('it is nowhere');
    await vi.waitFor(async () => expect(await run.workload('w')).toMatchObject({ state: 'running' }), LONG);
    const pids = run.farm.jobProcesses(stalled).filter((pid) => signal(pid, 'SIGSTOP'));
    await passed(STALL_MS);
    for (const pid of pids) signal(pid, 'SIGCONT');
    // What was noticed meanwhile would follow within it.
    await passed(RETURN_MS);
    expect(await run.workload('w')).toMatchObject({ state: 'running', restartCount: 0 });
    expect(run.statesOf('w')).toEqual(['starting', 'running']);
  }, 120_000);
});

function passed(durationMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, durationMs);
  return promise;
}

/** Whether a process was there to be signalled. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    // One of those that a script starts for a moment.
    return false;
  }
}

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { WorkloadSpec } from '../../port.ts';
import { fakeCards, fakeRig } from '../testing/fake-rig.ts';
import { FARM_IMAGE, FarmPodman, podmanMissing } from '../testing/farm-podman.ts';
import { FarmRun } from '../testing/farm-run.ts';
import { slurmMissing } from '../testing/slurm-farm.ts';

const mustRun = process.env.RERIG_REQUIRE_INTEGRATION === '1';
const missing = slurmMissing ?? podmanMissing;
const LONG = { timeout: 30_000, interval: 20 };

describe.skipIf(missing !== undefined && !mustRun)(`containers under Slurm (${missing ?? 'as installed'})`, () => {
  let podman: FarmPodman;
  let run: FarmRun;
  beforeEach(async () => {
    podman = new FarmPodman();
    run = await FarmRun.begin({ rigs: [fakeRig('alpha', [fakeCards.rtx3060(2)])] }, { podman: podman.words });
    await run.open();
  }, 60_000);
  afterEach(async () => {
    await run.dispose();
    podman.dispose();
  }, 60_000);

  function contained(workloadId: string, script: string, rest: Partial<WorkloadSpec> = {}): WorkloadSpec {
    return run.job(workloadId, {
      command: ['/bin/sh', '-c', script],
      confinement: { tier: 'container', image: FARM_IMAGE, network: 'none', mounts: [] },
      ...rest,
    });
  }

  test('a container sees its card and no other, writes nowhere but to /tmp, and its exit code is told', async () => {
    await run.start(
      contained('w', 'echo "card $CUDA_VISIBLE_DEVICES"; touch /x || echo sealed; touch /tmp/x && echo own; exit 7'),
    );
    await vi.waitFor(async () => expect(await run.workload('w')).toMatchObject({ state: 'failed', exitCode: 7 }), LONG);
    const log = await run.executor.logs('w');
    expect(log).toMatchObject({ lines: expect.arrayContaining(['card GPU-alpha-0', 'sealed', 'own']) });
  }, 60_000);

  test('an image that the rig lacks is told as what is missing', async () => {
    const confinement = { tier: 'container', image: 'localhost/nowhere:1', network: 'none', mounts: [] } as const;
    await run.start(contained('w', 'true', { confinement }));
    await vi.waitFor(
      async () => expect(await run.workload('w')).toMatchObject({ state: 'failed', fault: { code: 'image-missing' } }),
      LONG,
    );
  }, 60_000);

  test('a container that ignores SIGTERM is gone once it is stopped, and once its job is killed', async () => {
    const stubborn = "trap '' TERM; echo begun; while :; do sleep 1; done";
    await run.start(contained('w', stubborn, { stopWithinMs: 500 }));
    await vi.waitFor(async () => expect(await run.executor.logs('w')).toMatchObject({ lines: ['begun'] }), LONG);
    expect(await run.executor.stop('w')).toMatchObject({ state: 'stopped' });
    expect(podman.run('ps', '-aq').trim()).toBe('');
    await run.start(contained('w2', stubborn));
    await vi.waitFor(async () => expect(await run.executor.logs('w2')).toMatchObject({ lines: ['begun'] }), LONG);
    await run.farm.command('scancel', '--name', await run.farm.command('squeue', '-h', '-o', '%j'));
    await vi.waitFor(async () => expect(await run.workload('w2')).toMatchObject({ state: 'failed' }), LONG);
    await vi.waitFor(() => expect(podman.run('ps', '-aq').trim()).toBe(''), LONG);
  }, 90_000);

  test('a container for the internet is refused, for none is fenced here', async () => {
    const confinement = { tier: 'container', image: FARM_IMAGE, network: 'internet', mounts: [] } as const;
    expect(await run.executor.start(contained('w', 'true', { confinement }))).toMatchObject({ code: 'tier-missing' });
  });
});

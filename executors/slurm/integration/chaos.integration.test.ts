import { isFinal } from '@rerig/domain/workloads';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Chaos } from '../testing/chaos.ts';
import { fakeCards, fakeRig } from '../testing/fake-rig.ts';
import { FarmRun } from '../testing/farm-run.ts';
import { slurmMissing } from '../testing/slurm-farm.ts';

const mustRun = process.env.RERIG_REQUIRE_INTEGRATION === '1';
/** More by hand: RERIG_CHAOS_STEPS=1000. A failure is seen again with the RERIG_CHAOS_SEED that it printed. */
const stepCount = Number(process.env.RERIG_CHAOS_STEPS ?? 25);
const seed = Number(process.env.RERIG_CHAOS_SEED ?? Date.now() % 1_000_000);
const SETTLED = { timeout: 150_000, interval: 250 };

describe.skipIf(slurmMissing !== undefined && !mustRun)(`chaos under Slurm (${slurmMissing ?? 'as installed'})`, () => {
  let run: FarmRun;
  afterEach(() => run.dispose(), 60_000);

  test(
    `after ${stepCount} random preemptions, kills and losses no card had two owners, and every workload has a true state`,
    async () => {
      run = await FarmRun.begin({
        rigs: ['alpha', 'beta', 'gamma'].map((name) => fakeRig(name, [fakeCards.rtx3060(2)])),
      });
      await run.open();
      const chaos = new Chaos(run, seed);
      for (let step = 0; step < stepCount; step += 1) {
        await chaos.step();
        expect(await chaos.problems(), story(chaos)).toEqual([]);
      }
      await chaos.mend();
      for (const workloadId of await chaos.openIds()) void run.executor.stop(workloadId);
      await vi.waitFor(async () => expect(await chaos.openIds(), story(chaos)).toEqual([]), SETTLED);
      await vi.waitFor(
        async () => expect(await run.farm.command('squeue', '-h', '-o', '%j %T'), story(chaos)).toBe(''),
        SETTLED,
      );
      await vi.waitFor(() => expect(chaos.leftOvers(), story(chaos)).toEqual([]), { timeout: 15_000, interval: 250 });
      expect(await chaos.problems()).toEqual([]);
      expect((await run.executor.list()).every(({ state }) => isFinal(state) && state !== 'lost')).toBe(true);
    },
    stepCount * 4000 + 240_000,
  );
});

function story(chaos: Chaos): string {
  return `seed ${seed}, after: ${chaos.told.slice(-40).join('; ')}`;
}

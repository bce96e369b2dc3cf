import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chosenSteps } from '../../testing/chosen-steps.ts';
import { checkLife } from '../../testing/life-check.ts';
import { problemsAt } from '../../testing/problems-at.ts';
import { hasStrace, killAtStep, type Step, stepsOf } from '../../testing/step-killer.ts';
import { fakeCards, fakeRig } from '../testing/fake-rig.ts';
import { type SlurmFarm, slurmMissing, startSlurmFarm } from '../testing/slurm-farm.ts';
import { KilledFarmLife } from './killed-farm-life.ts';

/** What makes a state durable, or is asked of Slurm: records, requests, Slurm's commands. */
const DEEDS = '?rename,?renameat,?renameat2,?unlink,?unlinkat,connect,?fork,?vfork,?clone,?kill';
const SEED = Number(process.env.RERIG_CHAOS_SEED ?? Date.now() % 1_000_000);
/** Each takes some ten seconds. */
const STEP_COUNT_MAX = Number(process.env.RERIG_CHAOS_STEPS ?? 9);
const FARM_COUNT = 3;

const missing = slurmMissing ?? (hasStrace() ? undefined : 'needs strace: apt-get install strace');
const isLeftOut = missing !== undefined && process.env.RERIG_REQUIRE_INTEGRATION !== '1';

describe.skipIf(isLeftOut)(
  `an agent of a farm that is killed as it is about to do a thing (${missing ?? 'Slurm'})`,
  () => {
    test('is followed by one that knows all of it', async () => {
      const farms: SlurmFarm[] = [];
      try {
        for (let count = 0; count < FARM_COUNT; count += 1) {
          farms.push(await startSlurmFarm({ rigs: [fakeRig('alpha', [fakeCards.rtx3060(4)])] }));
        }
        const [all = []] = await Promise.all(farms.slice(0, 1).map(stepsOn));
        const steps = chosenSteps(all, STEP_COUNT_MAX, SEED);
        process.stderr.write(`RERIG_CHAOS_SEED=${SEED}: ${steps.length} of ${all.length} steps under Slurm\n`);
        expect(all.length).toBeGreaterThan(50);
        expect(
          await problemsAt(
            steps,
            farms.map((farm) => (step: Step) => killOn(farm, step)),
          ),
        ).toEqual([]);
      } finally {
        await Promise.all(farms.map((farm) => farm.dispose()));
      }
    }, 600_000);
  },
);

async function stepsOn(farm: SlurmFarm): Promise<readonly Step[]> {
  const life = new KilledFarmLife(farm);
  try {
    const steps = await stepsOf(life.program(), DEEDS, join(life.folder, 'trace'));
    // What survives is ended.
    await checkLife(life);
    return steps;
  } finally {
    life.dispose();
  }
}

/** Kills a whole life at a step of it; gives what was not as it should be after it. */
async function killOn(farm: SlurmFarm, step: Step): Promise<readonly string[]> {
  const life = new KilledFarmLife(farm);
  try {
    await killAtStep(life.program(), step);
    return await checkLife(life);
  } finally {
    life.dispose();
  }
}

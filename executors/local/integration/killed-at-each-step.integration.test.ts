import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chosenSteps } from '../../testing/chosen-steps.ts';
import { checkLife } from '../../testing/life-check.ts';
import { nameOfStep, problemsAt } from '../../testing/problems-at.ts';
import { hasStrace, killAtStep, type Step, stepsOf } from '../../testing/step-killer.ts';
import { KilledLocalLife } from './killed-local-life.ts';

/** What makes a state durable, or visible to others: records, folders, processes that are made, signals. */
const DEEDS = '?rename,?renameat,?renameat2,?mkdir,?mkdirat,?unlink,?unlinkat,?fork,?vfork,?clone,?kill';
const SEED = Number(process.env.RERIG_CHAOS_SEED ?? Date.now() % 1_000_000);
const STEP_COUNT_MAX = Number(process.env.RERIG_CHAOS_STEPS ?? 24);
/** Lives that are lived at once: each waits most of its time. */
const AT_ONCE = 4;
/** Folders of runs that are looked into, for a file that tells of their first process, as soon as they are spawned. */
const SPAWNED = ['keeps/run-0-0', 'gang/run-0-0', 'gang/run-0-1', 'above/run-0-0', 'keeps/run-1-0'];
const LOOK: Step = { call: '?access,?faccessat,?faccessat2', number: 1 };
const FIRST: Step = { call: 'rename', number: 1 };

const canTrace = hasStrace() || process.env.RERIG_REQUIRE_INTEGRATION === '1';

describe.skipIf(!canTrace)(
  'an executor that is killed as it is about to do a thing (needs strace: apt-get install strace)',
  () => {
    test.each(['none', 'where-present'] as const)(
      'is followed by one that knows all of it; sandbox: %s',
      async (sandbox) => {
        const all = await wholeSteps(sandbox);
        const steps = chosenSteps(all, STEP_COUNT_MAX, SEED);
        process.stderr.write(`RERIG_CHAOS_SEED=${SEED}: ${steps.length} of ${all.length} steps, sandbox ${sandbox}\n`);
        expect(all.length).toBeGreaterThan(60);
        expect(await atOnce(steps, (step) => killWhole(sandbox, step))).toEqual([]);
      },
      300_000,
    );

    test('is followed by one that knows all of it, also where something was spawned and has not said so yet', async () => {
      const problems = await Promise.all(
        SPAWNED.map((name) =>
          withLife('where-present', async (life) => {
            const path = join(life.options.dataFolder, 'workloads', name, 'pid');
            expect(await killAtStep(life.program('whole'), LOOK, path)).toBe(true);
            return checkLife(life);
          }),
        ),
      );
      expect(problems.flat()).toEqual([]);
    }, 120_000);

    test('is followed by one that knows all of it, also where that is killed as it takes up what the first left', async () => {
      const [first = FIRST] = chosenSteps(await wholeSteps('none'), 1, SEED);
      const all = await withLife('none', async (life) => {
        await killAtStep(life.program('whole'), first);
        return stepsOf(life.program('last'), DEEDS, join(life.folder, 'trace'));
      });
      const steps = chosenSteps(all, STEP_COUNT_MAX, SEED);
      process.stderr.write(
        `RERIG_CHAOS_SEED=${SEED}: ${steps.length} of ${all.length} steps after ${nameOfStep(first)}\n`,
      );
      const killTwice = (step: Step) =>
        withLife('none', async (life) => {
          await killAtStep(life.program('whole'), first);
          await killAtStep(life.program('last'), step);
          return checkLife(life);
        });
      expect(await atOnce(steps, killTwice)).toEqual([]);
    }, 300_000);
  },
);

function wholeSteps(sandbox: 'none' | 'where-present'): Promise<readonly Step[]> {
  return withLife(sandbox, (life) => stepsOf(life.program('whole'), DEEDS, join(life.folder, 'trace')));
}

/** Kills a whole life at a step of it; gives what was not as it should be after it. */
function killWhole(sandbox: 'none' | 'where-present', step: Step): Promise<readonly string[]> {
  return withLife(sandbox, async (life) => {
    await killAtStep(life.program('whole'), step);
    return checkLife(life);
  });
}

async function withLife<Result>(
  sandbox: 'none' | 'where-present',
  act: (life: KilledLocalLife) => Promise<Result>,
): Promise<Result> {
  const life = new KilledLocalLife(sandbox);
  try {
    return await act(life);
  } finally {
    life.dispose();
  }
}

function atOnce(
  steps: readonly Step[],
  attempt: (step: Step) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  return problemsAt(
    steps,
    Array.from({ length: AT_ONCE }, () => attempt),
  );
}

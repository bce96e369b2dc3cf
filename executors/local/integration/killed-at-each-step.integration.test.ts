import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chosenSteps } from '../../testing/chosen-steps.ts';
import { hasStrace, killAtStep, type Step, type StepSort, stepsOf } from '../../testing/step-killer.ts';
import { KilledLife } from './killed-life.ts';
import { checkLife } from './life-check.ts';

/** What makes a state durable, or visible to others: records, folders, processes that are made, signals. */
const DEEDS: StepSort = {
  name: 'deeds',
  calls: '?rename,?renameat,?renameat2,?mkdir,?mkdirat,?unlink,?unlinkat,?fork,?vfork,?clone,?kill',
};
const SEED = Number(process.env.RERIG_CHAOS_SEED ?? Date.now() % 1_000_000);
const STEP_COUNT_MAX = Number(process.env.RERIG_CHAOS_STEPS ?? 40);
/** Lives that are lived at once: each waits most of its time. */
const AT_ONCE = 4;
const FIRST: Step = { call: 'rename', number: 1 };

const canTrace = hasStrace() || process.env.RERIG_REQUIRE_INTEGRATION === '1';

describe.skipIf(!canTrace)(
  'an executor that is killed as it is about to do a thing (needs strace: apt-get install strace)',
  () => {
    test.each(['none', 'where-present'] as const)(
      'is followed by one that knows all of it; sandbox: %s',
      async (sandbox) => {
        const all = await wholeSteps(sandbox, DEEDS);
        const steps = chosenSteps(all, STEP_COUNT_MAX, SEED);
        process.stderr.write(`RERIG_CHAOS_SEED=${SEED}: ${steps.length} of ${all.length} steps, sandbox ${sandbox}\n`);
        expect(all.length).toBeGreaterThan(60);
        expect(await problemsAt(steps, (step) => killWhole(sandbox, DEEDS, step))).toEqual([]);
      },
      300_000,
    );

    test('is followed by one that knows all of it, also where that is killed as it takes up what the first left', async () => {
      const [first = FIRST] = chosenSteps(await wholeSteps('none', DEEDS), 1, SEED);
      const all = await withLife('none', async (life) => {
        await killAtStep(life.program('whole'), DEEDS, first);
        return stepsOf(life.program('last'), DEEDS, join(life.folder, 'trace'));
      });
      const steps = chosenSteps(all, STEP_COUNT_MAX, SEED);
      process.stderr.write(`RERIG_CHAOS_SEED=${SEED}: ${steps.length} of ${all.length} steps after ${nameOf(first)}\n`);
      const killTwice = (step: Step) =>
        withLife('none', async (life) => {
          await killAtStep(life.program('whole'), DEEDS, first);
          await killAtStep(life.program('last'), DEEDS, step);
          return checkLife(life);
        });
      expect(await problemsAt(steps, killTwice)).toEqual([]);
    }, 300_000);
  },
);

function nameOf({ call, number }: Step): string {
  return `${call} ${number}`;
}

function wholeSteps(sandbox: 'none' | 'where-present', sort: StepSort): Promise<readonly Step[]> {
  return withLife(sandbox, (life) => stepsOf(life.program('whole'), sort, join(life.folder, 'trace')));
}

/** Kills a whole life at a step of it; gives what was not as it should be after it. */
function killWhole(sandbox: 'none' | 'where-present', sort: StepSort, step: Step): Promise<readonly string[]> {
  return withLife(sandbox, async (life) => {
    await killAtStep(life.program('whole'), sort, step);
    return checkLife(life);
  });
}

async function withLife<Result>(
  sandbox: 'none' | 'where-present',
  act: (life: KilledLife) => Promise<Result>,
): Promise<Result> {
  const life = new KilledLife(sandbox);
  try {
    return await act(life);
  } finally {
    life.dispose();
  }
}

/** Tries each step, several at once. */
async function problemsAt(
  steps: readonly Step[],
  attempt: (step: Step) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const left = [...steps];
  const goOn = async () => {
    for (let step = left.shift(); step !== undefined; step = left.shift()) {
      for (const problem of await attempt(step)) problems.push(`at ${nameOf(step)}: ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, goOn));
  return problems;
}

import type { Step } from './step-killer.ts';

/** How a step is called in what is said of it. */
export function nameOfStep({ call, number }: Step): string {
  return `${call} ${number}`;
}

/** Tries each step, by as many attempts at once as are given; gives all that was not as it has to be. */
export async function problemsAt(
  steps: readonly Step[],
  attempts: readonly ((step: Step) => Promise<readonly string[]>)[],
): Promise<readonly string[]> {
  const problems: string[] = [];
  const left = [...steps];
  const goOn = async (attempt: (step: Step) => Promise<readonly string[]>) => {
    for (let step = left.shift(); step !== undefined; step = left.shift()) {
      for (const problem of await attempt(step)) problems.push(`at ${nameOfStep(step)}: ${problem}`);
    }
  };
  await Promise.all(attempts.map(goOn));
  return problems;
}

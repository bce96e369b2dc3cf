import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeCards, describePins, describeRefusals, describeRigs, describeStanding } from './contract/cards.ts';
import { ContractRun, type ExecutorUnderTest } from './contract/contract-run.ts';
import { describeGangs, describeSurvival } from './contract/gangs.ts';
import { describeJobs, describeWords } from './contract/jobs.ts';
import { describeEnds, describeLife } from './contract/life.ts';
import { describePriorities, describeQueue } from './contract/priorities.ts';
import type { ExecutorCapabilities } from './port.ts';

export type { Conduct, ExecutorUnderTest } from './contract/contract-run.ts';
export { shellConduct } from './contract/shell-conduct.ts';

/** What an adapter says of itself, and whether its workloads can survive it. */
export type ContractAbilities = Omit<ExecutorCapabilities, 'tiers' | 'kinds'> & { readonly canReopen: boolean };

/** What the adapters of one machine can. */
const ALL: ContractAbilities = {
  canPinCards: true,
  canPreempt: true,
  canQueue: true,
  rankCountMax: 64,
  canDrainCards: true,
  canReopen: true,
};

/** The contract of the port, which every adapter runs: all of it, but for what its abilities leave out. */
export function describeExecutorContract(
  name: string,
  makeExecutor: () => Promise<ExecutorUnderTest>,
  abilities: Partial<ContractAbilities> = {},
): void {
  const { canReopen, ...said } = { ...ALL, ...abilities };
  describe(`the executor ${name}`, () => {
    const run = new ContractRun();
    beforeEach(async () => run.begin(await makeExecutor()));
    afterEach(() => run.end());
    test('it says of itself what the contract is run for', () => {
      expect(run.executor.capabilities).toMatchObject(said);
      expect(run.executor.capabilities.kinds).toEqual(['replica', 'job', 'fallback']);
    });
    describeLife(run);
    describeEnds(run);
    describeJobs(run);
    describeWords(run);
    describeCards(run);
    describeRefusals(run);
    describeRigs(run);
    if (said.canPinCards) describePins(run);
    if (said.canDrainCards) describeStanding(run);
    if (said.canPreempt) describePriorities(run);
    if (said.canQueue) describeQueue(run);
    if (said.rankCountMax > 1) describeGangs(run);
    if (canReopen) describeSurvival(run);
  });
}

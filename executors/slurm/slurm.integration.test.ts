import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvariantError, isFault } from '@rerig/domain/fault';
import { afterAll, beforeAll, describe } from 'vitest';
import { describeExecutorContract, type ExecutorUnderTest, shellConduct } from '../contract.ts';
import type { Executor } from '../port.ts';
import { openSlurmExecutor } from './open-slurm-executor.ts';
import { fakeCards, fakeRig } from './testing/fake-rig.ts';
import { farmExecutorOptions } from './testing/farm-executor.ts';
import { type SlurmFarm, slurmMissing, startSlurmFarm } from './testing/slurm-farm.ts';

const mustRun = process.env.RERIG_REQUIRE_INTEGRATION === '1';

describe.skipIf(slurmMissing !== undefined && !mustRun)(
  `on a farm of Slurm (${slurmMissing ?? 'as installed'})`,
  () => {
    let farm: SlurmFarm;
    beforeAll(async () => {
      farm = await startSlurmFarm({ rigs: [fakeRig('alpha', [fakeCards.rtx3060(2)])] });
    }, 60_000);
    afterAll(() => farm.dispose());

    const abilities = { canPinCards: false, rankCountMax: 1024 };
    describeExecutorContract('slurm', () => makeSubject(farm), abilities);
  },
);

async function makeSubject(farm: SlurmFarm): Promise<ExecutorUnderTest> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'rerig-slurm-data-'));
  const [first, second] = farm.rigs.flatMap(({ cards }) => cards.map(({ cardId }) => cardId));
  if (first === undefined || second === undefined) throw new InvariantError('the farm has no two cards');
  let executor = await open(farm, dataFolder);
  return {
    executor,
    cardIds: [first, second],
    commandFor: shellConduct,
    async reopen() {
      await executor.close();
      executor = await open(farm, dataFolder);
      return executor;
    },
    async dispose() {
      for (const { workloadId } of await executor.list()) await executor.stop(workloadId);
      for (const { rigId } of farm.rigs) await executor.resume({ kind: 'rig', rigId });
      await executor.close();
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

async function open(farm: SlurmFarm, dataFolder: string): Promise<Executor> {
  const executor = await openSlurmExecutor(farmExecutorOptions(farm, dataFolder));
  if (isFault(executor)) throw new InvariantError(`${executor.what} ${executor.why}`);
  return executor;
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvariantError, isFault } from '@rerig/domain/fault';
import { afterAll, beforeAll, describe } from 'vitest';
import { type Conduct, describeExecutorContract, type ExecutorUnderTest } from '../contract.ts';
import { openSlurmExecutor } from './open-slurm-executor.ts';
import { conductCommand } from './testing/conduct-command.ts';
import { fakeCards, fakeRig } from './testing/fake-rig.ts';
import { farmExecutorOptions } from './testing/farm-executor.ts';
import { type SlurmFarm, slurmMissing, startSlurmFarm } from './testing/slurm-farm.ts';

const mustRun = process.env.RERIG_REQUIRE_INTEGRATION === '1';

describe.skipIf(slurmMissing !== undefined && !mustRun)(
  `on a farm of Slurm (${slurmMissing ?? 'as installed'})`,
  () => {
    let farm: SlurmFarm;
    beforeAll(async () => {
      farm = await startSlurmFarm({ rigs: [fakeRig('alpha', [fakeCards.rx580(1), fakeCards.rtx3060(1)])] });
    }, 60_000);
    afterAll(() => farm.dispose());

    describeExecutorContract('slurm', async (): Promise<ExecutorUnderTest> => {
      const dataFolder = await mkdtemp(join(tmpdir(), 'rerig-slurm-data-'));
      const executor = await openSlurmExecutor(farmExecutorOptions(farm, dataFolder));
      if (isFault(executor)) throw new InvariantError(`${executor.what} ${executor.why}`);
      const [first, second] = farm.rigs.flatMap(({ cards }) => cards.map(({ cardId }) => cardId));
      if (first === undefined || second === undefined) throw new InvariantError('the farm has no two cards');
      return {
        executor,
        cardIds: [first, second],
        commandFor: (conduct: Conduct) => conductCommand(conduct),
        async dispose() {
          await executor.close();
          await rm(dataFolder, { recursive: true, force: true });
        },
      };
    });
  },
);

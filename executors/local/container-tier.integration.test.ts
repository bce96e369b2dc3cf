import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultError, isFault } from '@rerig/domain/fault';
import type { ObservedCard } from '@rerig/domain/inventory';
import { afterAll, beforeAll, describe } from 'vitest';
import { describeExecutorContract, shellConduct } from '../contract.ts';
import { BUSYBOX_IMAGE, containersMissing } from './container/testing/busybox-image.ts';
import { openTestRunner, type TestRunner } from './container/testing/test-runner.ts';
import { ContainerTier } from './container-tier.ts';
import { type LocalExecutor, openLocalExecutor } from './open-local-executor.ts';

const CARDS: readonly ObservedCard[] = [
  { cardId: 'rig/cpu-0', kind: 'cpu' },
  { cardId: 'rig/cpu-1', kind: 'cpu' },
];

const mustRun = process.env.RERIG_REQUIRE_INTEGRATION === '1';

describe.skipIf(containersMissing !== undefined && !mustRun)(`containers (${containersMissing ?? 'Podman'})`, () => {
  let podman: TestRunner;

  beforeAll(async () => {
    podman = await openTestRunner();
  }, 60_000);
  afterAll(() => podman.dispose(), 60_000);

  describeExecutorContract('local, containers', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rerig-local-'));
    const dataFolder = join(folder, 'data');
    const workingFolder = join(folder, 'work');
    mkdirSync(workingFolder);
    const open = async (): Promise<LocalExecutor> => {
      // The tests share one Podman, which takes half a second to come up.
      const containerTier = new ContainerTier(dataFolder, async () => ({
        ...podman.runner,
        close: async () => undefined,
      }));
      const executor = await openLocalExecutor({ rigId: 'rig', cards: CARDS, dataFolder, containerTier });
      if (isFault(executor)) throw new FaultError(executor);
      return executor;
    };
    let executor = await open();
    return {
      executor,
      cardIds: ['rig/cpu-0', 'rig/cpu-1'],
      commandFor: shellConduct,
      rest: {
        workingFolder,
        confinement: { tier: 'container', image: BUSYBOX_IMAGE, network: 'none', mounts: [] },
      },
      reopen: async () => {
        await executor.close();
        executor = await open();
        return executor;
      },
      dispose: async () => {
        await Promise.all((await executor.list()).map(({ workloadId }) => executor.stop(workloadId)));
        await executor.close();
        rmSync(folder, { recursive: true });
      },
    };
  });
});

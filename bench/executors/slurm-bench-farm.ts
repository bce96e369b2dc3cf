import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { InvariantError, isFault } from '@rerig/domain/fault';
import type { Executor, WorkloadSpec } from '@rerig/executors/port';
import { openSlurmExecutor } from '@rerig/executors/slurm';
import {
  fakeCards,
  fakeRig,
  farmExecutorOptions,
  type SlurmFarm,
  startSlurmFarm,
} from '@rerig/executors/slurm-testing';

/** The type by which Slurm knows the cards of these farms. */
export const CARD_GRES = 'gpu:rx_580_8gb:1';

/** A farm of Slurm and our executor over it. */
export interface BenchFarm {
  readonly farm: SlurmFarm;
  readonly executor: Executor;
  /** A folder that jobs write to. */
  readonly folder: string;
}

/** Starts a farm of rigs with equal cards and opens an executor over it; `use` gets both, and nothing is left after it. */
export async function onBenchFarm<T>(
  rigCount: number,
  cardsEach: number,
  use: (bench: BenchFarm) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync('/tmp/rerig-bench-');
  const rigs = Array.from({ length: rigCount }, (_, index) => fakeRig(`rig${index}`, [fakeCards.rx580(cardsEach)]));
  const farm = await startSlurmFarm({ rigs });
  try {
    const executor = await openSlurmExecutor(farmExecutorOptions(farm, join(folder, 'data')));
    if (isFault(executor)) throw new InvariantError(`${executor.what} ${executor.why}`);
    try {
      return await use({ farm, executor, folder });
    } finally {
      await executor.close();
    }
  } finally {
    await farm.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts a workload of one card that waits for it where it must. */
export async function startOn(
  executor: Executor,
  spec: Pick<WorkloadSpec, 'workloadId' | 'kind' | 'priority' | 'command'>,
  folder: string,
  cardCount = 1,
): Promise<void> {
  const workload = await executor.start({
    ...spec,
    environment: {},
    cards: { kind: 'any', count: cardCount, needs: {} },
    whenBusy: 'queue',
    readyWithinMs: 60_000,
    stopWithinMs: 5000,
    workingFolder: folder,
  });
  if (isFault(workload)) throw new InvariantError(`${workload.what} ${workload.why}`);
}

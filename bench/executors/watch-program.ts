import { createInterface } from 'node:readline';
import { InvariantError, isFault } from '@rerig/domain/fault';
import { openSlurmExecutor, type SlurmExecutorOptions } from '@rerig/executors/slurm';
import { startOn } from './slurm-bench-farm.ts';

/** What the program is told, as one JSON line. */
export interface WatchPlan {
  readonly executor: SlurmExecutorOptions;
  /** Of every workload; one is started for each rig, on all of its cards. */
  readonly command: readonly string[];
  readonly workloadCount: number;
  readonly cardsEach: number;
  readonly folder: string;
}

/**
 * An executor in a process of its own, so that what it costs is told apart: a plan on stdin, then a line when all has been
 * started. Ends when its stdin does, and leaves Slurm as it is.
 */
async function main(): Promise<void> {
  process.stdout.write('{}\n');
  for await (const line of createInterface({ input: process.stdin })) {
    const plan = parsePlan(line);
    const executor = await openSlurmExecutor(plan.executor);
    if (isFault(executor)) throw new InvariantError(`${executor.what} ${executor.why}`);
    for (let index = 0; index < plan.workloadCount; index += 1) {
      const workload = { workloadId: `miner-${index}`, kind: 'fallback', priority: 'fallback' } as const;
      await startOn(executor, { ...workload, command: plan.command }, plan.folder, plan.cardsEach);
    }
    process.stdout.write(`${JSON.stringify({ cardCount: (await executor.cards()).length })}\n`);
  }
  process.exit(0);
}

function parsePlan(line: string): WatchPlan {
  return JSON.parse(line) as WatchPlan;
}

await main();

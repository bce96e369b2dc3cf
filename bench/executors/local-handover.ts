import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvariantError, isFault } from '@rerig/domain/fault';
import { openLocalExecutor } from '@rerig/executors/local';
import type { Executor, WorkloadSpec } from '@rerig/executors/port';
import { firstLineIn, OBEDIENT_MINER, untilHolds } from './first-line.ts';

const CARD_ID = 'bench/01:00.0';

/** From the start of guaranteed work to its first line, in ms, on a card that a miner holds: so many hand-overs of one card. */
export async function localHandovers(count: number): Promise<readonly number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'rerig-bench-'));
  const card = { cardId: CARD_ID, kind: 'gpu', vendor: 'amd', busId: '01:00.0', name: 'RX 580' } as const;
  const executor = await openLocalExecutor({ rigId: 'bench', cards: [card], dataFolder: join(folder, 'data') });
  if (isFault(executor)) throw new InvariantError(`${executor.what} ${executor.why}`);
  try {
    await started(executor, { ...specOf('miner', OBEDIENT_MINER, folder), kind: 'fallback', priority: 'fallback' });
    const times: number[] = [];
    for (let index = 0; index < count; index += 1) {
      await untilHolds(() => isIn(executor, 'miner', 'running'), 'the miner runs');
      const line = firstLineIn(folder, `line-${index}`);
      const submittedAtMs = Date.now();
      await started(executor, { ...specOf(`job-${index}`, line.command, folder), kind: 'job', priority: 'guaranteed' });
      times.push((await line.ranAtMs()) - submittedAtMs);
      await untilHolds(() => isIn(executor, `job-${index}`, 'stopped'), 'the job ends');
    }
    return times;
  } finally {
    await executor.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function specOf(workloadId: string, command: readonly string[], workingFolder: string): Omit<WorkloadSpec, 'kind'> {
  return {
    workloadId,
    command,
    environment: {},
    cards: { kind: 'these', cardIds: [CARD_ID] },
    whenBusy: 'queue',
    readyWithinMs: 60_000,
    stopWithinMs: 5000,
    workingFolder,
  };
}

async function started(executor: Executor, spec: WorkloadSpec): Promise<void> {
  const workload = await executor.start(spec);
  if (isFault(workload)) throw new InvariantError(`${workload.what} ${workload.why}`);
}

async function isIn(executor: Executor, workloadId: string, state: string): Promise<boolean> {
  return (await executor.list()).some((each) => each.workloadId === workloadId && each.state === state);
}

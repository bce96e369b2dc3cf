import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fakeCards, fakeRig, farmExecutorOptions, startSlurmFarm } from '@rerig/executors/slurm-testing';
import { startOwnProgram } from '../processes/child-program.ts';
import { cpuTimeBetween, cpuTimeOf } from '../processes/cpu-time.ts';
import { sampleMemory } from '../processes/process-memory.ts';
import { OBEDIENT_MINER, untilHolds } from './first-line.ts';
import type { WatchPlan } from './watch-program.ts';

const CARDS_EACH = 8;
const SETTLE_MS = 5000;
const WATCH_MS = 60_000;
const LOOK_MS = 1000;
/** For 500 slurmd, and as many jobs, on a machine of two cores. */
const START_WITHIN_MS = 600_000;
/** All rigs share this machine, and are slow while they start. */
const SETTINGS = {
  credentialExpiresMs: 120_000,
  messageTimeoutMs: 60_000,
  rigTimeoutMs: 300_000,
  joiningRigCountMax: 1024,
};
const PROGRAM = join(import.meta.dirname, 'watch-program.ts');

/** What it costs to watch a farm on which everything runs. */
export interface SlurmWatch {
  readonly rigCount: number;
  readonly cardCount: number;
  /** Of one core, 0 to 100. */
  readonly cpuPercent: number;
  readonly memoryBytes: number;
}

/** A farm of so many real slurmd, every card mined on, watched for a minute by an executor in a process of its own. */
export async function slurmWatch(rigCount: number, say: (text: string) => void): Promise<SlurmWatch> {
  const folder = mkdtempSync('/tmp/rerig-bench-');
  const rigs = Array.from({ length: rigCount }, (_, index) => fakeRig(`rig${index}`, [fakeCards.rx580(CARDS_EACH)]));
  const startedAtMs = performance.now();
  const farm = await startSlurmFarm({ rigs, settings: SETTINGS, startWithinMs: START_WITHIN_MS });
  const program = await startOwnProgram(PROGRAM);
  try {
    say(`${rigCount} rigs are up after ${secondsSince(startedAtMs)} s`);
    const plan: WatchPlan = {
      executor: farmExecutorOptions(farm, join(folder, 'data')),
      command: OBEDIENT_MINER,
      workloadCount: rigCount,
      cardsEach: CARDS_EACH,
      folder,
    };
    await program.ask(JSON.stringify(plan));
    const areAllMined = async () => {
      const listed = await farm.command('squeue', '-h', '-t', 'R', '-o', '%i');
      return listed.split('\n').length === rigCount;
    };
    await untilHolds(areAllMined, 'every rig is mined on', LOOK_MS, START_WITHIN_MS);
    say(`every card is mined on after ${secondsSince(startedAtMs)} s`);
    await wait(SETTLE_MS);
    const before = cpuTimeOf(program.pid);
    const beginAtMs = performance.now();
    await wait(WATCH_MS);
    const { ownSeconds } = cpuTimeBetween(before, cpuTimeOf(program.pid));
    const cpuPercent = (ownSeconds * 100_000) / (performance.now() - beginAtMs);
    return {
      rigCount,
      cardCount: rigCount * CARDS_EACH,
      cpuPercent,
      memoryBytes: sampleMemory(program.pid).totalBytes,
    };
  } finally {
    await program.kill();
    await farm.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

function secondsSince(startedAtMs: number): number {
  return Math.round((performance.now() - startedAtMs) / 1000);
}

import { InvariantError, isFault } from '@rerig/domain/fault';
import { firstLineIn, untilHolds } from './first-line.ts';
import { type BenchFarm, CARD_GRES, onBenchFarm, startOn } from './slurm-bench-farm.ts';

const RIG_COUNT = 3;
const CARDS_EACH = 2;
const LASTS_MS = 600_000;
const LOOK_MS = 20;

/** From the cut of a rig's power until its work runs on another, in ms. */
export interface SlurmLosses {
  readonly oursMs: readonly number[];
  readonly slurmMs: readonly number[];
}

/** Cuts the power of the rig that works, so often with our executor and with Slurm alone, on farms with the settings that ship. */
export async function slurmLosses(count: number, plainCount: number): Promise<SlurmLosses> {
  const oursMs: number[] = [];
  const slurmMs: number[] = [];
  for (let index = 0; index < count; index += 1) oursMs.push(await onBenchFarm(RIG_COUNT, CARDS_EACH, withOurs));
  for (let index = 0; index < plainCount; index += 1) slurmMs.push(await onBenchFarm(RIG_COUNT, CARDS_EACH, withSlurm));
  return { oursMs, slurmMs };
}

async function withOurs({ farm, executor, folder }: BenchFarm): Promise<number> {
  const line = firstLineIn(folder, 'line', LASTS_MS);
  const job = { workloadId: 'lasting', kind: 'job', priority: 'guaranteed', command: line.command } as const;
  await startOn(executor, job, folder);
  const firstAtMs = await line.ranAtMs();
  const rigId = await rigOf(executor);
  const cutAtMs = await cut(farm, rigId);
  await untilHolds(async () => (await line.ranAtMs()) > firstAtMs, 'it runs again', LOOK_MS);
  const stopped = await executor.stop('lasting');
  if (isFault(stopped)) throw new InvariantError(`${stopped.what} ${stopped.why}`);
  return (await line.ranAtMs()) - cutAtMs;
}

async function withSlurm({ farm, executor, folder }: BenchFarm): Promise<number> {
  // Ours must not help: it hears of rigs only while it has work of its own, and is closed all the same.
  await executor.close();
  const line = firstLineIn(folder, 'line', LASTS_MS);
  const script = `--wrap=${line.command.at(-1) ?? ''}`;
  await farm.command('sbatch', '-p', 'ai', '--requeue', '--mem=50', `--gres=${CARD_GRES}`, '-o', '/dev/null', script);
  const firstAtMs = await line.ranAtMs();
  const cutAtMs = await cut(farm, await farm.command('squeue', '-h', '-o', '%N'));
  await untilHolds(async () => (await line.ranAtMs()) > firstAtMs, 'it runs again', LOOK_MS);
  return (await line.ranAtMs()) - cutAtMs;
}

/** Where the one workload runs, once its executor has heard of it. */
async function rigOf(executor: BenchFarm['executor']): Promise<string> {
  let rigId: string | undefined;
  const isTold = async () => {
    rigId = (await executor.list())[0]?.places[0]?.rigId;
    return rigId !== undefined;
  };
  await untilHolds(isTold, 'the executor tells where it runs', LOOK_MS);
  if (rigId === undefined) throw new InvariantError('the workload runs nowhere');
  return rigId;
}

async function cut(farm: BenchFarm['farm'], rigName: string): Promise<number> {
  const cutAtMs = Date.now();
  await farm.cutPower(rigName);
  return cutAtMs;
}

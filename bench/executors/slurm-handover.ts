import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvariantError } from '@rerig/domain/fault';
import { type FirstLine, firstLineIn, OBEDIENT_MINER, untilHolds } from './first-line.ts';
import { type BenchFarm, CARD_GRES, onBenchFarm, startOn } from './slurm-bench-farm.ts';

const RIG_COUNT = 4;
const CARDS_EACH = 4;
/** More miners than cards: a card that is free again is mined on at once. */
const MINERS_WAITING = 6;
const LOOK_MS = 200;
/** Of slurmctld's log, in an error. */
const LOG_CHARACTERS_MAX = 3000;

/** From submission to first line in ms, by our executor and by plain sbatch, in turns, each time with every card mined on. */
export interface SlurmHandovers {
  readonly oursMs: readonly number[];
  readonly sbatchMs: readonly number[];
}

/** Measures so many hand-overs each. */
export async function slurmHandovers(count: number, say: (text: string) => void): Promise<SlurmHandovers> {
  return onBenchFarm(RIG_COUNT, CARDS_EACH, async (bench) => {
    const cardCount = RIG_COUNT * CARDS_EACH;
    for (let index = 0; index < cardCount + MINERS_WAITING; index += 1) {
      const miner = { workloadId: `miner-${index}`, kind: 'fallback', priority: 'fallback' } as const;
      await startOn(bench.executor, { ...miner, command: OBEDIENT_MINER }, bench.folder);
    }
    const oursMs: number[] = [];
    const sbatchMs: number[] = [];
    for (let index = 0; index < count; index += 1) {
      await untilAllMined(bench, cardCount);
      oursMs.push(await byExecutor(bench, index));
      await untilAllMined(bench, cardCount);
      sbatchMs.push(await bySbatch(bench, index));
      if ((index + 1) % 10 === 0) say(`${index + 1}/${count} hand-overs on Slurm`);
    }
    return { oursMs, sbatchMs };
  });
}

async function untilAllMined({ farm }: BenchFarm, cardCount: number): Promise<void> {
  const isMined = async () => {
    const listed = await farm.command('squeue', '-h', '-t', 'R', '-p', 'mine', '-o', '%i');
    return listed.split('\n').filter((line) => line !== '').length === cardCount;
  };
  await untilHolds(isMined, 'every card is mined on', LOOK_MS);
}

async function byExecutor(bench: BenchFarm, index: number): Promise<number> {
  const { executor, folder } = bench;
  const line = firstLineIn(folder, `ours-${index}`);
  const submittedAtMs = Date.now();
  const job = { workloadId: `job-${index}`, kind: 'job', priority: 'guaranteed', command: line.command } as const;
  await startOn(executor, job, folder);
  return (await ranAtMs(bench, line, `job-${index}`)) - submittedAtMs;
}

async function bySbatch(bench: BenchFarm, index: number): Promise<number> {
  const { farm, folder } = bench;
  const line = firstLineIn(folder, `sbatch-${index}`);
  const submittedAtMs = Date.now();
  const script = `--wrap=${line.command.at(-1) ?? ''}`;
  const name = `sbatch-${index}`;
  await farm.command('sbatch', '-J', name, '-p', 'ai', '--mem=50', `--gres=${CARD_GRES}`, '-o', '/dev/null', script);
  return (await ranAtMs(bench, line, name)) - submittedAtMs;
}

/** When its command ran; where it did not, the error tells all that Slurm and our executor know of it. */
async function ranAtMs(bench: BenchFarm, line: FirstLine, name: string): Promise<number> {
  try {
    return await line.ranAtMs();
  } catch (cause) {
    throw new InvariantError(`${name} did not run: ${await knownOf(bench, name)}`, { cause });
  }
}

async function knownOf({ farm, executor }: BenchFarm, name: string): Promise<string> {
  const ask = (command: string, ...words: readonly string[]) => {
    return farm.command(command, ...words).catch((error: unknown) => `${command} failed: ${String(error)}`);
  };
  const jobs = (await ask('squeue', '-h', '-t', 'all', '-o', '%i %j %T %r %S %N')).split('\n');
  const ids = jobs.flatMap((job) => (job.split(' ')[1]?.endsWith(name) === true ? [job.split(' ')[0] ?? ''] : []));
  const shown = await Promise.all(ids.map((id) => ask('scontrol', '-d', 'show', 'job', id)));
  const told = (await executor.list()).filter(({ workloadId }) => workloadId === name);
  const log = await readFile(join(farm.folder, 'log/slurmctld.log'), 'utf8').catch(String);
  const rigs = await ask('sinfo', '-N', '-p', 'ai', '-o', '%N %T %E');
  return [...shown, JSON.stringify(told), rigs, jobs.join('\n'), log.slice(-LOG_CHARACTERS_MAX)].join('\n\n');
}

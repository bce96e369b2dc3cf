import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { InvariantError } from '@rerig/domain/fault';
import { MIB } from '@rerig/domain/quantity';
import { slurmMissing } from '@rerig/executors/slurm-testing';
import { quantileOf } from './executors/first-line.ts';
import { localHandovers } from './executors/local-handover.ts';
import { slurmHandovers } from './executors/slurm-handover.ts';
import { slurmLosses } from './executors/slurm-loss.ts';
import { slurmRates } from './executors/slurm-rate.ts';
import { slurmWatch } from './executors/slurm-watch.ts';
import { type Aim, aimOf, medianOf, printReport, rounded } from './report.ts';

const HANDOVER_COUNT = 50;
const SHORT_COUNT = 1000;
const LOSS_COUNT = 5;
const PLAIN_LOSS_COUNT = 2;
const RIG_COUNT = 500;

/** What a part has found. */
interface Found {
  readonly figures: Readonly<Record<string, number>>;
  readonly aims: readonly Aim[];
}

type Part = (count?: number) => Promise<Found>;

/** By name. */
const parts: Readonly<Record<string, Part>> = { local, slurm, rate, loss, watch };

/** How fast executors hand cards over, start, and notice losses; `--part NAME` measures one of local, slurm, rate, loss and watch. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { part: { type: 'string' }, count: { type: 'string' } } });
  const asked = Object.entries(parts).filter(([name]) => values.part === undefined || values.part === name);
  if (asked.length === 0) throw new InvariantError(`there is no part ${values.part}: ${Object.keys(parts).join(', ')}`);
  const figures: Record<string, number> = {};
  const aims: Aim[] = [];
  for (const [name, part] of asked) {
    if (name !== 'local' && slurmMissing !== undefined) {
      say(`${name} is left out: it ${slurmMissing}`);
      continue;
    }
    say(name);
    const found = await part(values.count === undefined ? undefined : Number(values.count));
    Object.assign(figures, found.figures);
    aims.push(...found.aims);
  }
  const peers: Record<string, string> = slurmMissing === undefined ? { slurm: slurmVersion() } : {};
  printReport({ bench: 'executors', figures, aims, peers, runs: 1 });
}

async function local(count = HANDOVER_COUNT): Promise<Found> {
  const times = await localHandovers(count);
  const p95 = rounded(quantileOf(times, 0.95), 0);
  return {
    figures: { localHandoverP50Ms: rounded(medianOf(times), 0), localHandoverP95Ms: p95 },
    aims: [aimOf('localHandoverP95Ms', p95, 3000, 'lower')],
  };
}

async function slurm(count = HANDOVER_COUNT): Promise<Found> {
  const { oursMs, sbatchMs } = await slurmHandovers(count, say);
  const p50 = rounded(medianOf(oursMs), 0);
  const p95 = rounded(quantileOf(oursMs, 0.95), 0);
  const plainP50 = rounded(medianOf(sbatchMs), 0);
  const plainP95 = rounded(quantileOf(sbatchMs, 0.95), 0);
  return {
    figures: {
      slurmHandoverP50Ms: p50,
      slurmHandoverP95Ms: p95,
      sbatchHandoverP50Ms: plainP50,
      sbatchHandoverP95Ms: plainP95,
    },
    aims: [
      aimOf('slurmHandoverP50AboveSbatchMs', p50 - plainP50, 500, 'lower'),
      aimOf('slurmHandoverP95AboveSbatchMs', p95 - plainP95, 500, 'lower'),
      aimOf('slurmHandoverP95Ms', p95, 3000, 'lower'),
    ],
  };
}

async function rate(count = SHORT_COUNT): Promise<Found> {
  const { oursPerSecond, restPerSecond } = await slurmRates(count);
  const share = rounded(oursPerSecond / restPerSecond, 2);
  return {
    figures: {
      shortWorkloadsPerSecond: rounded(oursPerSecond),
      shortJobsByRestPerSecond: rounded(restPerSecond),
      shortWorkloadCount: count,
    },
    aims: [aimOf('shortWorkloadsOverRest', share, 0.8, 'higher')],
  };
}

async function loss(count = LOSS_COUNT): Promise<Found> {
  const { oursMs, slurmMs } = await slurmLosses(count, Math.min(count, PLAIN_LOSS_COUNT));
  const seconds = (valueMs: number) => rounded(valueMs / 1000);
  const worst = seconds(Math.max(...oursMs));
  return {
    figures: {
      lossToRunningP50Seconds: seconds(medianOf(oursMs)),
      lossToRunningWorstSeconds: worst,
      lossToRunningBySlurmSeconds: seconds(medianOf(slurmMs)),
    },
    aims: [aimOf('lossToRunningWorstSeconds', worst, 10, 'lower')],
  };
}

async function watch(count = RIG_COUNT): Promise<Found> {
  const { rigCount, cardCount, cpuPercent, memoryBytes } = await slurmWatch(count, say);
  const percent = rounded(cpuPercent);
  const mebibytes = rounded(memoryBytes / MIB, 0);
  return {
    figures: { watchedRigCount: rigCount, watchedCardCount: cardCount },
    aims: [
      aimOf('watchCpuPercentOfACore', percent, 20, 'lower'),
      aimOf('watchMemoryMebibytes', mebibytes, 300, 'lower'),
    ],
  };
}

function slurmVersion(): string {
  return execFileSync('slurmctld', ['-V'], { encoding: 'utf8' }).trim().replace('slurm-wlm ', '');
}

function say(text: string): void {
  process.stderr.write(`  ${text}\n`);
}

await main();

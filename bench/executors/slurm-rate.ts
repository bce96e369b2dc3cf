import { Agent, request } from 'node:http';
import { InvariantError } from '@rerig/domain/fault';
import { untilHolds } from './first-line.ts';
import { type BenchFarm, CARD_GRES, onBenchFarm, startOn } from './slurm-bench-farm.ts';

const RIG_COUNT = 4;
const CARDS_EACH = 8;
/** Submissions under way at once. */
const PARALLEL_COUNT = 8;
const LOOK_MS = 100;

/** Short workloads a second, from the first submission until the last has ended. */
export interface SlurmRates {
  readonly oursPerSecond: number;
  readonly restPerSecond: number;
}

/** So many short jobs of one card through our executor, and the same straight to slurmrestd, on a farm each. */
export async function slurmRates(count: number): Promise<SlurmRates> {
  const restPerSecond = await onBenchFarm(RIG_COUNT, CARDS_EACH, (bench) => restRate(bench, count));
  const oursPerSecond = await onBenchFarm(RIG_COUNT, CARDS_EACH, (bench) => ourRate(bench, count));
  return { oursPerSecond, restPerSecond };
}

async function ourRate({ executor, folder }: BenchFarm, count: number): Promise<number> {
  let endedCount = 0;
  const unsubscribe = executor.watch(({ workload }) => {
    if (workload.state === 'stopped') endedCount += 1;
    if (workload.state === 'failed') throw new InvariantError(`${workload.workloadId} failed: ${workload.fault?.why}`);
  });
  const startedAtMs = performance.now();
  await inParallel(count, (index) =>
    startOn(executor, { workloadId: `short-${index}`, kind: 'job', priority: 'guaranteed', command: ['true'] }, folder),
  );
  await untilHolds(async () => endedCount === count, `${count} workloads end`, LOOK_MS);
  unsubscribe();
  return (count * 1000) / (performance.now() - startedAtMs);
}

async function restRate({ farm, folder }: BenchFarm, count: number): Promise<number> {
  const token = (await farm.command('scontrol', 'token', 'username=root', 'lifespan=3600')).replace('SLURM_JWT=', '');
  const connections = new Agent({ keepAlive: true, maxSockets: PARALLEL_COUNT });
  const body = JSON.stringify({
    job: {
      ...{ name: 'short', partition: 'ai', gres: CARD_GRES, memory_per_cpu: 1843, requeue: true },
      ...{ current_working_directory: folder, standard_output: '/dev/null', environment: { PATH: '/bin:/usr/bin' } },
    },
    script: '#!/bin/sh\n/bin/true\n',
  });
  const startedAtMs = performance.now();
  await inParallel(count, () => post(farm.restSocketPath, connections, token, body));
  const isDone = async () => (await farm.command('squeue', '-h', '-o', '%i')) === '';
  await untilHolds(isDone, `${count} jobs end`, LOOK_MS);
  const perSecond = (count * 1000) / (performance.now() - startedAtMs);
  connections.destroy();
  return perSecond;
}

async function post(socketPath: string, agent: Agent, token: string, body: string): Promise<void> {
  const headers = {
    'content-type': 'application/json',
    'x-slurm-user-name': 'root',
    'x-slurm-user-token': token,
    'content-length': Buffer.byteLength(body),
  };
  const answered = Promise.withResolvers<void>();
  const sent = request({ socketPath, path: '/slurm/v0.0.38/job/submit', method: 'POST', headers, agent }, (answer) => {
    answer.resume();
    if (answer.statusCode === 200) answer.on('end', answered.resolve);
    else answered.reject(new InvariantError(`slurmrestd answered ${answer.statusCode}`));
  });
  sent.on('error', answered.reject);
  sent.end(body);
  await answered.promise;
}

async function inParallel(count: number, each: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) {
      next += 1;
      await each(next - 1);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_COUNT }, lane));
}

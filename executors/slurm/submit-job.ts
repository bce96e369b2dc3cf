import { isFault } from '@rerig/domain/fault';
import type { ExecutorFault } from '../faults.ts';
import type { WorkloadSpec } from '../port.ts';
import type { CardRequest } from './card-request.ts';
import { partitions, type SlurmRig } from './config.ts';
import { unsubmittedFault } from './end-faults.ts';
import type { JobRecord } from './job-record.ts';
import { hasSteps, jobScript } from './job-script.ts';
import type { JobSubmission, SlurmRest } from './rest/slurm-rest.ts';
import type { SlurmCommands } from './slurm-commands.ts';

const MIB = 1024 ** 2;
/** Of work without a card that says nothing of its memory. */
const MEMORY_MIB_PLAIN = 256;
/** Of a rig's memory, what its system and slurmd keep. */
const MEMORY_SHARE = 0.9;
const MINUTE_MS = 60_000;
/** Past its own limit, until Slurm ends it: for when the agent is away. */
const OVERTIME_MINUTES = 2;
const FOUND_WITHIN_MS = 12_000;
const FOUND_LOOK_MS = 500;
/** An environment that Slurm takes; the workload's own is made on the rig. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What a submission works with. */
export interface SubmitParts {
  readonly rest: SlurmRest;
  readonly commands: SlurmCommands;
  readonly rigs: readonly SlurmRig[];
  readonly headUrl: string;
  readonly rigRunFolder: string;
  readonly podman: readonly string[];
  /** Tells our jobs from those of others in the same Slurm. */
  readonly executorId: string;
}

/** The name of a workload's job: by it a job is found whose submission was not answered. */
export function jobNameOf(executorId: string, workloadId: string): string {
  return `rerig-${executorId}-${workloadId}`;
}

/** Submits a workload's job, once; gives its id. Where no answer comes, Slurm's list tells whether it was taken. */
export async function submitJob(
  parts: SubmitParts,
  record: JobRecord,
  request: CardRequest,
): Promise<number | ExecutorFault> {
  const { spec, token } = record;
  const excluded = new Set(request.excludedNames);
  const rigs = parts.rigs.filter(({ nodeName }) => {
    return request.requiredName === undefined ? !excluded.has(nodeName) : nodeName === request.requiredName;
  });
  const { headUrl, rigRunFolder, podman } = parts;
  const script = jobScript({ spec, headUrl, token, rigRunFolder, podman, rigs });
  const submitted = await parts.rest.submit(submissionOf(parts, spec, request, rigs), script);
  if (submitted !== 'unsure') return submitted;
  const found = await findSubmitted(parts, spec.workloadId);
  return isFault(found) ? ((await askSlurm(parts)) ?? found) : found;
}

/** Whether Slurm can be asked; the Fault says which part can't, and what mends it. */
export async function askSlurm({
  rest,
  commands,
}: Pick<SubmitParts, 'rest' | 'commands'>): Promise<ExecutorFault | null> {
  const answer = await rest.ping();
  if (answer === null || !answer.why.startsWith('slurmctld')) return answer;
  return (await commands.isControllerUp()) ? rest.tokenRefused() : answer;
}

function submissionOf(
  { executorId }: SubmitParts,
  spec: WorkloadSpec,
  { parts, excludedNames, requiredName }: CardRequest,
  rigs: readonly SlurmRig[],
): JobSubmission {
  const { workloadId, priority = 'guaranteed', rankCount = 1, timeLimitMs, kind, readyWithinMs } = spec;
  const isGang = rankCount > 1;
  const gres = parts
    .map(({ gresType, count }) => (gresType === undefined ? `${count}` : `${gresType}:${count}`))
    .join(',');
  const gpus = parts
    .map(({ gresType, count }) => `gpu${gresType === undefined ? '' : `:${gresType}`}:${count}`)
    .join(',');
  const runMs = timeLimitMs === undefined ? undefined : timeLimitMs + (kind === 'replica' ? readyWithinMs : 0);
  return {
    name: jobNameOf(executorId, workloadId),
    comment: JSON.stringify({ rerig: workloadId }),
    partition: partitions[priority],
    tasks: rankCount,
    memory_per_cpu: memoryMib(spec, parts, rigs),
    requeue: true,
    open_mode: 'append',
    current_working_directory: '/',
    standard_output: '/dev/null',
    environment: { PATH },
    ...(hasSteps(spec) ? { signal: 'URG@1' } : {}),
    ...(gpus === '' ? {} : isGang ? { gpus_per_task: gres } : { gres: gpus }),
    ...(excludedNames.length === 0 || requiredName !== undefined ? {} : { exclude_nodes: excludedNames.join(',') }),
    ...(requiredName === undefined ? {} : { nodelist: requiredName }),
    ...(runMs === undefined ? {} : { time_limit: Math.ceil(runMs / MINUTE_MS) + OVERTIME_MINUTES }),
  };
}

/** Of each rank: as asked, else the share that its cards have in the smallest rig on which it may run. */
function memoryMib({ limits }: WorkloadSpec, parts: CardRequest['parts'], rigs: readonly SlurmRig[]): number {
  if (limits?.memoryBytes !== undefined) return Math.max(16, Math.ceil(limits.memoryBytes / MIB));
  const cardCount = parts.reduce((sum, { count }) => sum + count, 0);
  if (cardCount === 0) return MEMORY_MIB_PLAIN;
  const shares = rigs
    .filter(({ cards, ramBytes }) => cards.length > 0 && ramBytes > 0)
    .map(({ cards, ramBytes }) => (ramBytes * MEMORY_SHARE * cardCount) / cards.length);
  return Math.max(16, Math.floor(Math.min(...shares, Number.MAX_SAFE_INTEGER) / MIB));
}

/** Looks for a job whose submission was not answered: as long as a controller needs to come back. */
export async function findSubmitted(
  { commands, executorId }: Pick<SubmitParts, 'commands' | 'executorId'>,
  workloadId: string,
  withinMs = FOUND_WITHIN_MS,
): Promise<number | ExecutorFault> {
  const untilMs = Date.now() + withinMs;
  const name = jobNameOf(executorId, workloadId);
  let last: ExecutorFault | undefined;
  do {
    const jobs = await commands.jobs();
    if (isFault(jobs)) last = jobs;
    else {
      const found = jobs.findLast((job) => job.name === name);
      if (found !== undefined) return found.jobId;
      return unsubmittedFault(workloadId);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, FOUND_LOOK_MS);
    await promise;
  } while (Date.now() < untilMs);
  return last ?? unsubmittedFault(workloadId);
}

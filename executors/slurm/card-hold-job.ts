import type { CardHold } from './card-hold-plan.ts';
import { holdPartitions } from './config.ts';
import type { JobSubmission } from './rest/slurm-rest.ts';
import type { ListedJob } from './slurm-commands.ts';

/** What Slurm ends a job below by itself, and what a shell takes at most. */
const MEMORY_MIB = 16;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What a hold does on its rig. */
export const HOLD_SCRIPT = '#!/bin/sh\nwhile :; do sleep 86400; done\n';

/** Equal cards of one rig: Slurm chooses among them. */
export interface HoldGroup {
  readonly nodeName: string;
  readonly gresType: string;
}

/** A hold that Slurm lists. */
export interface ListedHold extends HoldGroup {
  readonly jobId: number;
  readonly afterJobId: number | null;
  /** `runs`: it has a card; `due`: it waits for one; `early`: it waits for the end of its job. */
  readonly stage: 'early' | 'due' | 'runs';
}

/** A hold in Slurm's words. It is not put into the queue again: a rig that comes back may have its cards elsewhere. */
export function holdSubmission(
  executorId: string,
  { nodeName, gresType }: HoldGroup,
  afterJobId: CardHold['afterJobId'],
): JobSubmission {
  return {
    name: `${prefixOf(executorId)}${nodeName}:${gresType}:${afterJobId ?? ''}`,
    partition: afterJobId === null ? holdPartitions.free : holdPartitions.after,
    tasks: 1,
    memory_per_cpu: MEMORY_MIB,
    no_requeue: true,
    nodelist: nodeName,
    gres: `gpu:${gresType}:1`,
    ...(afterJobId === null ? {} : { dependency: `afterany:${afterJobId}` }),
    current_working_directory: '/',
    standard_output: '/dev/null',
    environment: { PATH },
  };
}

/** A hold of ours that has not ended; null for any other job. */
export function listedHold(executorId: string, job: ListedJob): ListedHold | null {
  const stage = job.state === 'PENDING' ? (job.reason === 'Dependency' ? 'early' : 'due') : STAGES.get(job.state);
  if (!job.name.startsWith(prefixOf(executorId)) || stage === undefined) return null;
  const [nodeName = '', gresType = '', after = ''] = job.name.slice(prefixOf(executorId).length).split(':');
  return { jobId: job.jobId, nodeName, gresType, afterJobId: after === '' ? null : Number(after), stage };
}

const STAGES: ReadonlyMap<string, ListedHold['stage']> = new Map([
  ['CONFIGURING', 'runs'],
  ['RUNNING', 'runs'],
  ['SUSPENDED', 'runs'],
]);

/** No workload's job is called so: theirs have the executor's id, eight hexadecimal digits, in the place of `hold`. */
function prefixOf(executorId: string): string {
  return `rerig-hold-${executorId}:`;
}

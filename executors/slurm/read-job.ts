import { holdsCards, isFinal } from '@rerig/domain/workloads';
import type { JobRecord } from './job-record.ts';

/** What Slurm tells of a job, as far as it decides on the workload. */
export interface JobSight {
  /** As Slurm has it: `PENDING`, `RUNNING`, `COMPLETING`, … `null`: Slurm does not know the job (any more). */
  readonly state: string | null;
  /** Runs before the present one. */
  readonly restartCount: number;
  /** Of the batch script, 128 + the signal where one ended it; null where it has not ended. */
  readonly exitCode: number | null;
}

/**
 * What follows from a sight of a job for its workload, one step at a time: the caller applies it and reads again.
 * - `none`: nothing has changed.
 * - `look-again`: its ranks have ended, or Slurm is still clearing up.
 * - `waits`: its run has ended, and it is in the queue; `why` tells by whose doing.
 * - `placed`: it has its cards.
 * - `active`: its script runs, and the workload is no replica: it is running.
 * - `cancel`: it is in Slurm's hands, and is not to be.
 * - `retry`: it has ended in an error and is to be started again.
 * - `ended`, `failed`: it has ended.
 */
export type JobStep =
  | { readonly kind: 'none' | 'look-again' | 'placed' | 'active' | 'cancel' | 'retry' }
  | { readonly kind: 'waits'; readonly why: 'preempted' | 'rig-lost' }
  | { readonly kind: 'ended'; readonly exitCode?: number }
  | {
      readonly kind: 'failed';
      readonly why: 'exited' | 'cancelled' | 'unseen' | 'own-end';
      readonly exitCode?: number;
    };

const NONE = { kind: 'none' } as const;

/** Reads a sight of a job against what is known of its workload. Pure. */
export function readJob(record: JobRecord, sight: JobSight): JobStep {
  const { workload } = record;
  const isHolding = holdsCards(workload.state);
  if (isFinal(workload.state)) return sight.state !== null && isInSlurm(sight.state) ? { kind: 'cancel' } : NONE;
  switch (sight.state) {
    case 'PENDING':
    case 'REQUEUED':
    case 'REQUEUE_HOLD':
    case 'REQUEUE_FED':
    case 'SPECIAL_EXIT':
      return readWaiting(record, isHolding);
    case 'CONFIGURING':
    case 'RUNNING':
    case 'SUSPENDED':
    case 'RESIZING':
    case 'SIGNALING':
    case 'STAGE_OUT':
      return readRunning(record, sight, isHolding);
    case 'COMPLETING':
      return { kind: 'look-again' };
    default:
      return readEnded(record, sight);
  }
}

function isInSlurm(state: string): boolean {
  return ['PENDING', 'REQUEUED', 'REQUEUE_HOLD', 'CONFIGURING', 'RUNNING', 'SUSPENDED'].includes(state);
}

function readWaiting(record: JobRecord, isHolding: boolean): JobStep {
  if (!isHolding) return NONE;
  // It came back into the queue while it was to end.
  if (record.workload.state === 'stopping' || record.ownEnd !== undefined) return { kind: 'cancel' };
  return { kind: 'waits', why: whyItWaits(record) };
}

function whyItWaits({ workload, noticeEndsAt, lostRigId }: JobRecord): 'preempted' | 'rig-lost' {
  if (noticeEndsAt !== undefined) return 'preempted';
  return workload.priority !== 'guaranteed' && lostRigId === undefined ? 'preempted' : 'rig-lost';
}

function readRunning(record: JobRecord, sight: JobSight, isHolding: boolean): JobStep {
  const { workload, ends, spec } = record;
  // A run has ended and another begun between two sights.
  if (isHolding && workload.state !== 'stopping' && sight.restartCount > workload.restartCount) {
    return { kind: 'waits', why: whyItWaits(record) };
  }
  if (!isHolding) return { kind: 'placed' };
  if (workload.state === 'starting' && workload.kind !== 'replica' && sight.state !== 'CONFIGURING') {
    return { kind: 'active' };
  }
  return ends.length >= (spec.rankCount ?? 1) ? { kind: 'look-again' } : NONE;
}

function readEnded(record: JobRecord, { state, exitCode }: JobSight): JobStep {
  const { workload, ownEnd, ends, spec } = record;
  const failedEnd = ends.find((end) => end.exitCode !== 0);
  const toldCode = failedEnd?.exitCode ?? ends.find(({ rank }) => rank === 0)?.exitCode ?? exitCode ?? undefined;
  const code = toldCode === undefined ? {} : { exitCode: toldCode };
  if (workload.state === 'stopping') return { kind: 'ended', ...code };
  if (ownEnd !== undefined) return { kind: 'failed', why: 'own-end', ...code };
  if (state === 'COMPLETED') return { kind: 'ended', ...code };
  if (state === 'CANCELLED' && ends.length === 0) return { kind: 'failed', why: 'cancelled' };
  // Slurm has forgotten it: what its ranks told counts, and where they told nothing, nobody has seen its end.
  if (state === null) {
    const rankCount = spec.rankCount ?? 1;
    if (failedEnd === undefined && ends.length >= rankCount) return { kind: 'ended', ...code };
    if (failedEnd === undefined) return { kind: 'failed', why: 'unseen' };
  } else if (record.retryCount < (spec.restartCountMax ?? 0) && state !== 'CANCELLED') {
    return { kind: 'retry' };
  }
  return { kind: 'failed', why: 'exited', ...code };
}

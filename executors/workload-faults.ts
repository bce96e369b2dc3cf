import { type ExecutorFault, executorFault } from './faults.ts';
import type { WorkloadSpec } from './port.ts';

/** Lines of its log that a fault shows. */
const SHOWN_LINES = 3;
const SHOWN_CHARACTERS_MAX = 600;

/** Why a workload has failed that was not ready in time. */
export function notReadyFault(spec: WorkloadSpec, lines: readonly string[]): ExecutorFault {
  return executorFault('workload-not-ready', {
    what: `The workload ${spec.workloadId} was not ready in time.`,
    why: `It had ${spec.readyWithinMs} ms, and was ended then.${lastWords(lines)}`,
    mend: 'Look into its log, or give it longer.',
  });
}

/** Why a workload has failed that ran longer than it was to. */
export function overtimeFault({ workloadId, timeLimitMs = 0 }: WorkloadSpec): ExecutorFault {
  return executorFault('workload-overtime', {
    what: `The workload ${workloadId} was ended: its time was up.`,
    why: `Its limit is ${timeLimitMs / 1000} s.`,
    mend: 'Start it again with a longer time limit, or let it go on from what it has stored.',
  });
}

/** Why a workload waits that had its cards. */
export function preemptedFault(workloadId: string): ExecutorFault {
  return executorFault('workload-preempted', {
    what: `The workload ${workloadId} has made room.`,
    why: 'Its cards were needed for work of higher priority.',
    mend: 'Nothing: it goes on when cards are free.',
  });
}

/** Why a workload has failed that said it has ended before it was ready. */
export function endedEarlyFault(workloadId: string, lines: readonly string[]): ExecutorFault {
  return executorFault('workload-exited', {
    what: `The workload ${workloadId} has ended by itself.`,
    why: `It ended before it was ready.${lastWords(lines)}`,
    mend: 'Look into its log.',
  });
}

/** Why a workload begins again that ended while nobody watched. */
export function unseenEndFault(workloadId: string): ExecutorFault {
  return executorFault('rig-lost', {
    what: `The workload ${workloadId} begins again.`,
    why: 'It ended while nobody watched, as when a machine loses its power.',
    mend: 'Nothing: it goes on from what it has stored.',
  });
}

/** Why a workload is lost: it can't be ended. */
export function unkillableFault(workloadId: string): ExecutorFault {
  return executorFault('workload-unkillable', {
    what: `The workload ${workloadId} can't be ended.`,
    why: "Something of it did not end on SIGKILL: a card's driver most likely holds it.",
    mend: 'Restart the machine; until then its cards are not given to anything else.',
  });
}

/** What a workload wrote last, as the end of a sentence; empty where it wrote nothing. */
export function lastWords(lines: readonly string[]): string {
  const last = lines.filter((line) => line.trim() !== '').slice(-SHOWN_LINES);
  return last.length === 0 ? '' : ` It wrote last: ${last.join(' | ').slice(-SHOWN_CHARACTERS_MAX)}`;
}

/** Why a workload that was not to survive its executor has failed, which waited when that crashed. */
export function leftFault(workloadId: string): ExecutorFault {
  return executorFault('executor-closed', {
    what: `The workload ${workloadId} waits no longer.`,
    why: 'The executor that it waited in has ended.',
    mend: 'Start it again.',
  });
}

import { type ExecutorFault, executorFault } from '../faults.ts';
import type { WorkloadSpec } from '../port.ts';
import type { ProcessEnd } from './workload-process.ts';

/** Lines of its log that a fault shows. */
const SHOWN_LINES = 3;
const SHOWN_CHARACTERS_MAX = 600;

/** Why a workload has failed whose process ended by itself, without a word of its own. */
export function exitedFault(workloadId: string, end: ProcessEnd, lines: readonly string[]): ExecutorFault {
  const how = end.signal === null ? `with the exit code ${end.exitCode}` : `by the signal ${end.signal}`;
  return executorFault('workload-exited', {
    what: `The workload ${workloadId} has ended by itself.`,
    why: `Its process ended ${how}.${lastWords(lines)}`,
    mend: end.signal === 'SIGKILL' ? 'Look whether the machine ran out of memory.' : 'Look into its log.',
  });
}

/** Why a workload has failed that was not ready in time. */
export function notReadyFault(spec: WorkloadSpec, lines: readonly string[]): ExecutorFault {
  return executorFault('workload-not-ready', {
    what: `The workload ${spec.workloadId} was not ready in time.`,
    why: `It had ${spec.readyWithinMs} ms, and was ended then.${lastWords(lines)}`,
    mend: 'Look into its log, or give it longer.',
  });
}

/** Why a workload is lost: it can't be ended. */
export function unkillableFault(workloadId: string, pid: number | undefined): ExecutorFault {
  return executorFault('workload-unkillable', {
    what: `The workload ${workloadId} can't be ended.`,
    why: `Its process ${pid ?? ''} did not end on SIGKILL: a card's driver most likely holds it.`,
    mend: 'Restart the machine; until then its cards are not given to anything else.',
  });
}

function lastWords(lines: readonly string[]): string {
  const last = lines.filter((line) => line.trim() !== '').slice(-SHOWN_LINES);
  return last.length === 0 ? '' : ` It wrote last: ${last.join(' | ').slice(-SHOWN_CHARACTERS_MAX)}`;
}

import { type ExecutorFault, executorFault } from '../faults.ts';
import type { WorkloadLimits } from '../port.ts';
import { lastWords } from '../workload-faults.ts';
import type { RunEnd } from './runner.ts';

/**
 * Why a workload has failed whose process ended by itself, without a word of its own; null for an end without an error. `who`:
 * the process, as a sentence begins with it.
 */
export function exitedFault(
  workloadId: string,
  end: RunEnd,
  lines: readonly string[],
  who = 'Its process',
): ExecutorFault | null {
  const endedFault = (how: string, mend: string) =>
    executorFault('workload-exited', {
      what: `The workload ${workloadId} has ended by itself.`,
      why: `${who} ended ${how}.${lastWords(lines)}`,
      mend,
    });
  switch (end.kind) {
    case 'exited':
      if (end.exitCode === 0) return null;
      return endedFault(`with the exit code ${end.exitCode}`, 'Look into its log.');
    case 'signalled':
      return endedFault(
        `by the signal ${end.signal}`,
        end.signal === 'SIGKILL' ? 'Look whether the machine ran out of memory.' : 'Look into its log.',
      );
    case 'limit':
      return limitFault(workloadId, end.limit);
    case 'unknown':
      return endedFault('in a way that nobody saw', 'Look into its log.');
  }
}

const LIMIT_WORDS: Readonly<Record<keyof WorkloadLimits, string>> = {
  memoryBytes: 'memory',
  coreCount: 'processor time',
  processCountMax: 'processes',
  diskBytes: 'disk space',
};

function limitFault(workloadId: string, limit: keyof WorkloadLimits): ExecutorFault {
  return executorFault('workload-over-limit', {
    what: `The workload ${workloadId} was ended: it used more ${LIMIT_WORDS[limit]} than it may.`,
    why: 'The kernel ended it at the limit that it was started with.',
    mend: 'Start it again with a higher limit, or make it use less.',
  });
}

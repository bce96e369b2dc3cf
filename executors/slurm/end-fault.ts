import { endedEarlyFault } from '../workload-faults.ts';
import { cancelledFault, exitedFault, ownEndFault, unseenFault } from './end-faults.ts';
import type { JobRecord } from './job-record.ts';
import type { JobStep } from './read-job.ts';
import type { News } from './record-book.ts';

/** The fault that an ended workload has; none where it ended as it should. A fault that it named itself comes first. */
export function endFault(
  record: JobRecord,
  step: Extract<JobStep, { readonly kind: 'ended' | 'failed' }>,
  lines: readonly string[],
): Pick<News, 'fault'> {
  const { workload, spec, ownEnd, ownFault } = record;
  const { workloadId, state } = workload;
  if (step.kind === 'ended') {
    const isEarly = state === 'starting';
    return isEarly ? { fault: ownFault ?? endedEarlyFault(workloadId, lines) } : { fault: undefined };
  }
  switch (step.why) {
    case 'own-end':
      return { fault: ownEndFault(spec, ownEnd ?? 'not-ready', lines) };
    case 'cancelled':
      return { fault: cancelledFault(workloadId) };
    case 'unseen':
      return { fault: unseenFault(workloadId) };
    case 'exited':
      return { fault: ownFault ?? exitedFault(spec, step.exitCode, lines) };
  }
}

import { type WorkloadView, workloadListSchema } from '@rerig/api/agent';
import { type Fault, isFault } from '@rerig/domain/fault';
import { isFinal } from '@rerig/domain/workloads';
import { cliFault } from '../faults.ts';
import { nearestName } from '../nearest-name.ts';
import { askDoor } from './door-client.ts';

const NAMED_MAX = 6;

/**
 * The workload that a person means: by its id, or by a beginning that no other has, or of several that begin so the only one
 * that has not ended.
 */
export async function findWorkload(socketPath: string, asked: string): Promise<WorkloadView | Fault> {
  const listed = await askDoor(socketPath, { path: '/workloads' }, workloadListSchema);
  return isFault(listed) ? listed : meantWorkload(listed.workloads, asked);
}

/** The same, of a list. */
export function meantWorkload(workloads: readonly WorkloadView[], asked: string): WorkloadView | Fault {
  const exact = workloads.find(({ workloadId }) => workloadId === asked);
  if (exact !== undefined) return exact;
  // An empty word, as of a shell's variable that is not set, means none.
  const begun = asked === '' ? [] : workloads.filter(({ workloadId }) => workloadId.startsWith(asked));
  const [only, ...others] = begun;
  if (only !== undefined && others.length === 0) return only;
  const [going, ...goingToo] = begun.filter(({ state }) => !isFinal(state));
  if (going !== undefined && goingToo.length === 0) return going;
  const ids = workloads.map(({ workloadId }) => workloadId);
  if (only !== undefined) {
    return cliFault('workload-ambiguous', {
      what: `"${asked}" is the beginning of ${begun.length} workloads.`,
      why: `They are ${begun
        .slice(0, NAMED_MAX)
        .map(({ workloadId }) => workloadId)
        .join(', ')}${begun.length > NAMED_MAX ? ', …' : '.'}`,
      mend: 'Write more of the one that you mean.',
    });
  }
  const nearest = asked === '' ? undefined : nearestName(asked, ids);
  return cliFault('workload-unknown', {
    what: asked === '' ? 'No workload is named.' : `There is no workload ${asked}.`,
    why:
      asked === ''
        ? 'The id is empty.'
        : nearest === undefined
          ? 'It was never started here, or it ended long ago.'
          : `Is ${nearest} meant?`,
    mend: 'See what there is with "rerig ps --all".',
  });
}

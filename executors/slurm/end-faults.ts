import type { ExecutorFault } from '../faults.ts';
import { executorFault } from '../faults.ts';
import type { WorkloadSpec } from '../port.ts';
import { lastWords, notReadyFault, overtimeFault } from '../workload-faults.ts';
import type { OwnEnd } from './job-record.ts';

/** What Podman ends with where it could not run the container at all (podman-run(1), "EXIT STATUS"). */
const PODMAN_FAILED = 125;

/** Why a workload has failed that ended in an error. */
export function exitedFault(spec: WorkloadSpec, exitCode: number | undefined, lines: readonly string[]): ExecutorFault {
  const { workloadId, confinement } = spec;
  if (
    confinement?.tier === 'container' &&
    exitCode === PODMAN_FAILED &&
    lines.some((line) => /image not known/.test(line))
  ) {
    return executorFault('image-missing', {
      what: `The workload ${workloadId} has not started: its rig lacks its image.`,
      why: `Podman does not have ${confinement.image}, and images are not fetched while cards wait.`,
      mend: `Fetch it on the rigs first: podman pull ${confinement.image}.`,
    });
  }
  return executorFault('workload-exited', {
    what: `The workload ${workloadId} has ended by itself.`,
    why: `${exitCode === undefined ? 'How is not known.' : howItEnded(exitCode)}${lastWords(lines)}`,
    mend: exitCode === 137 ? 'Look whether the rig ran out of memory.' : 'Look into its log.',
  });
}

function howItEnded(exitCode: number): string {
  return exitCode > 128 && exitCode < 160
    ? `It was ended by the signal ${exitCode - 128}.`
    : `It ended with the exit code ${exitCode}.`;
}

/** Why a workload has failed that the executor ended. */
export function ownEndFault(spec: WorkloadSpec, ownEnd: OwnEnd, lines: readonly string[]): ExecutorFault {
  return ownEnd === 'overtime' ? overtimeFault(spec) : notReadyFault(spec, lines);
}

/** Why a workload has failed that somebody cancelled in Slurm, past us. */
export function cancelledFault(workloadId: string): ExecutorFault {
  return executorFault('workload-exited', {
    what: `The workload ${workloadId} was ended in Slurm.`,
    why: 'Somebody cancelled its job there, by scancel or by Slurm’s own limits.',
    mend: 'Ask who administers the farm, and start it again.',
  });
}

/** Why a workload has failed whose end nobody saw. */
export function unseenFault(workloadId: string): ExecutorFault {
  return executorFault('workload-exited', {
    what: `The workload ${workloadId} does not run any more.`,
    why: 'Slurm knows nothing of its job: it ended, well or not, while the agent was away for longer than Slurm remembers.',
    mend: 'Look into what it has stored, and start it again if need be.',
  });
}

/** Why a workload waits again whose rig is gone. */
export function rigLostFault(workloadId: string, rigId: string | undefined, why?: 'folder'): ExecutorFault {
  if (rigId !== undefined && why === 'folder') {
    return executorFault('rig-lost', {
      what: `The workload ${workloadId} begins again.`,
      why: `Its rig ${rigId} could not take it: nothing can be written there, most likely because its disk is full.`,
      mend: `Make room on ${rigId}, then put it back: rerig resume ${rigId}. Meanwhile it runs elsewhere, if it may.`,
    });
  }
  return executorFault('rig-lost', {
    what: `The workload ${workloadId} begins again.`,
    why:
      rigId === undefined ? 'A rig of it was lost, or taken out of Slurm.' : `Its rig ${rigId} gives no sign of life.`,
    mend: 'Nothing: it goes on elsewhere, from what it has stored.',
  });
}

/** Why a workload has failed whose job Slurm could start on no rig that it tried. */
export function launchFailedFault(workloadId: string, tryCount: number): ExecutorFault {
  return executorFault('start-failed', {
    what: `The workload ${workloadId} has not started.`,
    why: `Slurm gave it rigs ${tryCount} times, and their slurmd could not start its job.`,
    mend: 'Look at the rigs with "rerig farm status", and into /var/log/slurm/slurmd-NAME.log on them.',
  });
}

/** Why a submission left nothing behind that can be found. */
export function unsubmittedFault(workloadId: string): ExecutorFault {
  return executorFault('executor-unreachable', {
    what: `The workload ${workloadId} is not started.`,
    why: 'Slurm gave no answer to its submission, and does not list it.',
    mend: 'Look whether slurmctld runs, with "rerig farm status", and start it again.',
  });
}

/** The refusal of a question for a workload that nobody knows. */
export function unknownWorkload(workloadId: string): ExecutorFault {
  return executorFault('workload-unknown', {
    what: `There is no workload ${workloadId}.`,
    why: 'It was never started here, or it ended long ago.',
    mend: 'Ask for the list of workloads.',
  });
}

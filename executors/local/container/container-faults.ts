import { type ExecutorFault, executorFault } from '../../faults.ts';

/** Neither Podman nor Docker answers on this machine. */
export function noHostFault(why: string): ExecutorFault {
  return executorFault('tier-missing', {
    what: 'No containers run on this machine.',
    why,
    mend: 'Install Podman ("apt-get install podman runc netavark"), or start Docker or "podman system service".',
  });
}

/** An image is neither here nor fetched. */
export function missingImageFault(workloadId: string, image: string, program: string, why: string): ExecutorFault {
  return executorFault('image-missing', {
    what: `The workload ${workloadId} is not started: its image ${image} is missing.`,
    why,
    mend: `Get it with "${program} pull ${image}", then start the workload again.`,
  });
}

/** What was asked for can't be kept from the farm's LAN here. */
export function openNetworkFault(workloadId: string, why: string): ExecutorFault {
  return executorFault('tier-missing', {
    what: `The workload ${workloadId} is not started with a way to the internet.`,
    why: `It could not be kept from the farm's LAN: ${why}.`,
    mend: 'Run Rerig and Podman or Docker as root, with iptables installed, or ask for the network "none".',
  });
}

/** A container could not be made or started. */
export function startContainerFault(workloadId: string, why: string, mend?: string): ExecutorFault {
  return executorFault('start-failed', {
    what: `The container of the workload ${workloadId} can't be started.`,
    why,
    mend: mend ?? 'See that the image has this program, and that the machine has what it asks for.',
  });
}

/** Nobody can say whether a container of ours still runs. */
export function unseenFault(workloadId: string, why: string): ExecutorFault {
  return executorFault('executor-unreachable', {
    what: `Nobody can say whether the container of the workload ${workloadId} runs.`,
    why,
    mend: 'See that Podman or Docker answers, then start Rerig again.',
  });
}

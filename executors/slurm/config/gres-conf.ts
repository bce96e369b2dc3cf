import type { SlurmRig } from './slurm-rig.ts';

/** By which variables a plain job is shown its cards; jobs of ours set them themselves, by identities that stay. */
const FLAGS = { nvidia: 'nvidia_gpu_env', amd: 'amd_gpu_env', intel: 'opencl_env' } as const;

/**
 * The text of gres.conf: a line a card, with its file, in the order of Slurm's indexes. A rig that joins must stand here
 * before its slurmd starts.
 */
export function gresConf(rigs: readonly SlurmRig[]): string {
  const lines = rigs.flatMap((rig) => {
    const flags = rigFlags(rig);
    return rig.cards.map(
      ({ gresType, file }) => `NodeName=${rig.nodeName} Name=gpu Type=${gresType} File=${file} Flags=${flags}`,
    );
  });
  return ['# Written by Rerig from the inventory: which file is which card, on each rig.', ...lines, ''].join('\n');
}

/** Slurm wants one word for all cards of a rig; where vendors are mixed, no vendor counts as Slurm does, so that none is told. */
function rigFlags({ cards }: SlurmRig): string {
  const [vendor, ...others] = new Set(cards.map((card) => card.vendor));
  return vendor === undefined || others.length > 0 ? 'no_gpu_env' : FLAGS[vendor];
}

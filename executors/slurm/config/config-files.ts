import { cgroupConf } from './cgroup-conf.ts';
import { gresConf } from './gres-conf.ts';
import { slurmConf } from './slurm-conf.ts';
import type { SlurmRig } from './slurm-rig.ts';
import type { SlurmSettings } from './slurm-settings.ts';

/** A file of the configuration, by its name in the folder of slurm.conf. */
export interface ConfigFile {
  readonly name: string;
  readonly text: string;
}

/** Slurm's whole configuration; the same rigs and settings give the same bytes. */
export function configFiles(rigs: readonly SlurmRig[], settings: SlurmSettings): readonly ConfigFile[] {
  return [
    { name: 'slurm.conf', text: slurmConf(rigs, settings) },
    { name: 'gres.conf', text: gresConf(rigs) },
    { name: 'cgroup.conf', text: cgroupConf(settings.jobFence) },
  ];
}

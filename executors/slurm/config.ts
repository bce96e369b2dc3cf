/** Slurm's configuration made from the inventory: pure, so that what is written can be shown before it is. */

export { cardMapText } from './config/card-map.ts';
export { type ConfigFile, configFiles } from './config/config-files.ts';
export { epilogText } from './config/hooks.ts';
export { rigFeatures, rigWeight } from './config/rig-features.ts';
export { type CardFiles, rigsOfInventory } from './config/rigs-of-inventory.ts';
export { joiningConf } from './config/slurm-conf.ts';
export { gresTypeOf, inSlurmOrder, nodeNameOf, type SlurmCard, type SlurmRig } from './config/slurm-rig.ts';
export {
  farmPaths,
  farmSettings,
  holdPartitions,
  type JobFence,
  NOTICED_EXIT_CODE,
  type PowerSaving,
  partitions,
  SLURMCTLD_PORT,
  SLURMD_PORT,
  type SlurmPaths,
  type SlurmSettings,
} from './config/slurm-settings.ts';

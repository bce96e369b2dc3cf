/** Runs workloads on a farm of many rigs by Slurm, and makes Slurm's whole configuration from the inventory. */
export {
  type CardFiles,
  type ConfigFile,
  cardMapText,
  configFiles,
  epilogText,
  farmPaths,
  farmSettings,
  gresTypeOf,
  holdPartitions,
  type JobFence,
  joiningConf,
  nodeNameOf,
  type PowerSaving,
  partitions,
  rigsOfInventory,
  SLURMCTLD_PORT,
  SLURMD_PORT,
  type SlurmCard,
  type SlurmPaths,
  type SlurmRig,
  type SlurmSettings,
} from './slurm/config.ts';
export { openSlurmExecutor } from './slurm/open-slurm-executor.ts';
export type { RestAddress, SlurmExecutorOptions } from './slurm/options.ts';
export { type FakeCards, fakeCards, fakeRig } from './slurm/testing/fake-rig.ts';
export {
  joiningWords,
  SlurmFarm,
  type SlurmFarmOptions,
  slurmMissing,
  startSlurmFarm,
} from './slurm/testing/slurm-farm.ts';

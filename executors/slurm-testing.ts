/** Farms of Slurm on this machine for tests and measurements: real daemons, cards that are made up. */

export { fakeCards, fakeRig } from './slurm/testing/fake-rig.ts';
export { farmExecutorOptions } from './slurm/testing/farm-executor.ts';
export { type SlurmFarm, type SlurmFarmOptions, slurmMissing, startSlurmFarm } from './slurm/testing/slurm-farm.ts';

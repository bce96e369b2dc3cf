import { join } from 'node:path';
import type { SlurmExecutorOptions } from '../options.ts';
import type { SlurmFarm } from './slurm-farm.ts';

/** What an executor needs to drive a farm of the tests. */
export function farmExecutorOptions(farm: SlurmFarm, dataFolder: string): SlurmExecutorOptions {
  return {
    rigs: farm.rigs,
    dataFolder,
    rest: { kind: 'unix', socketPath: farm.restSocketPath },
    jwtKeyPath: farm.jwtKeyPath,
    confPath: farm.confPath,
    jobUser: 'root',
    listen: { address: farm.settings.head.address, port: 0 },
    rigRunFolder: join(farm.folder, 'runs'),
  };
}

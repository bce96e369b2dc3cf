import { join } from 'node:path';
import type { SlurmExecutorOptions } from '@rerig/executors/slurm';
import type { FarmRecord } from './farm-record.ts';
import { REST_SOCKET_PATH } from './part.ts';

/** Where runs keep their log on each rig; a join makes it, for the account of jobs. */
export const RIG_RUN_FOLDER = '/var/lib/rerig/runs';

/** What an executor needs to drive a farm from its head: the rigs that have joined, and as whom. */
export function farmExecutorOptions({ settings, rigs, jobUser }: FarmRecord, dataFolder: string): SlurmExecutorOptions {
  return {
    rigs: rigs.filter(({ joined }) => joined !== null),
    dataFolder,
    rest: { kind: 'unix', socketPath: REST_SOCKET_PATH },
    jwtKeyPath: settings.paths.jwtKeyPath,
    confPath: join(settings.paths.confFolder, 'slurm.conf'),
    jobUser: jobUser.name,
    listen: { address: settings.head.address, port: 0 },
    rigRunFolder: RIG_RUN_FOLDER,
  };
}

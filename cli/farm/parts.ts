import { resolve } from 'node:path';
import { loadMadeFarm, startFarm, stopFarm } from '@rerig/agent/farm';
import { FaultError, isFault } from '@rerig/domain/fault';

/** What `rerig farm start` and `stop` are given. */
export interface PartsOptions {
  readonly data: string;
  readonly json?: boolean;
}

/** Starts what does not run. */
export async function startParts({ data, json = false }: PartsOptions): Promise<void> {
  const dataFolder = resolve(data);
  const record = await loadMadeFarm(dataFolder);
  if (isFault(record)) throw new FaultError(record);
  const startedParts = await startFarm(dataFolder, record);
  if (isFault(startedParts)) throw new FaultError(startedParts);
  if (json) process.stdout.write(`${JSON.stringify({ startedParts })}\n`);
  else
    process.stderr.write(
      startedParts.length === 0 ? 'All of it runs already.\n' : `✔ started ${startedParts.join(', ')}\n`,
    );
}

/** Stops what runs on the head. */
export async function stopParts({ data, json = false }: PartsOptions): Promise<void> {
  const record = await loadMadeFarm(resolve(data));
  if (isFault(record)) throw new FaultError(record);
  const failed = await stopFarm(resolve(data));
  if (failed !== null) throw new FaultError(failed);
  if (json) process.stdout.write(`${JSON.stringify({ isStopped: true })}\n`);
  else process.stderr.write('✔ stopped. Jobs on rigs go on; "rerig farm start" finds them again.\n');
}

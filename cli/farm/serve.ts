import { resolve } from 'node:path';
import { loadMadeFarm, openFarmDoor } from '@rerig/agent/farm';
import { FaultError, isFault } from '@rerig/domain/fault';
import { listenForStop } from '../stop-request.ts';

/** What `rerig farm serve` is given. */
export interface ServeOptions {
  readonly data: string;
  readonly listen: string;
  readonly json?: boolean;
}

/** Lets rigs join and leave until it is told to stop. */
export async function serveFarm({ data, listen, json = false }: ServeOptions): Promise<void> {
  const dataFolder = resolve(data);
  const record = await loadMadeFarm(dataFolder);
  if (isFault(record)) throw new FaultError(record);
  const onAnswer = (line: string) => void process.stderr.write(`${new Date().toISOString()} ${line}\n`);
  const door = await openFarmDoor({ dataFolder, address: listen, port: record.doorPort, onAnswer });
  if (isFault(door)) throw new FaultError(door);
  const stop = listenForStop(() => process.stderr.write('stopping\n'));
  if (json) process.stdout.write(`${JSON.stringify({ address: listen, port: door.port })}\n`);
  process.stderr.write(
    `✔ rigs join at ${record.settings.head.address}:${door.port}; make a token with "rerig farm token"\n`,
  );
  await stop.asked;
  await door.close();
  stop.forget();
}

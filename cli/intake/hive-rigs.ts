import { readFile } from 'node:fs/promises';
import { hiveSource } from '@rerig/agent/sources';
import { FaultError } from '@rerig/domain/fault';
import { cliFault } from '../faults.ts';
import { showLiveRigs, tellProgress } from './live-rigs.ts';

/** How `rerig intake --hiveos` was asked. */
export interface HiveRigsOptions {
  readonly tokenFile: string;
  readonly farm?: number;
  readonly hiveosUrl?: string;
  readonly json?: boolean;
}

/** Asks HiveOS for the operator's rigs and shows them. The token is read from a file, for an argument is seen by all. */
export async function showHiveRigs({ tokenFile, farm, hiveosUrl, json }: HiveRigsOptions): Promise<void> {
  const source = hiveSource({
    token: await readToken(tokenFile),
    tellProgress,
    ...(farm === undefined ? {} : { farmId: farm }),
    ...(hiveosUrl === undefined ? {} : { url: hiveosUrl }),
  });
  await showLiveRigs(source, { json: json === true });
}

async function readToken(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new FaultError(
      cliFault('inventory-unreadable', {
        what: `The token in ${path} cannot be read.`,
        why: `The system says: ${error instanceof Error ? error.message : String(error)}.`,
        mend: 'Write the token alone into a file that only you may read.',
      }),
      { cause: error },
    );
  }
}

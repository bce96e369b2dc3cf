import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Fault, FaultError, isFault } from '@rerig/domain/fault';
import { type KeyBook, withKeyBook } from '@rerig/server/server';
import { cliFault } from '../faults.ts';

/** What every command on keys is given. */
export interface KeysOptions {
  readonly data: string;
  readonly json?: boolean;
}

/** Runs `use` on the keys of a data folder; a Fault of it is thrown, for the rim to show. */
export async function onKeys<T>(options: KeysOptions, use: (keys: KeyBook) => Promise<T | Fault>): Promise<T> {
  const dataFolder = resolve(options.data);
  if (!existsSync(join(dataFolder, 'postgres'))) {
    throw new FaultError(
      cliFault('ledger-empty', {
        what: 'There are no keys.',
        why: `Nothing was ever stored in ${dataFolder}.`,
        mend: 'Start with "rerig up" first, or name another folder with --data DIR.',
      }),
    );
  }
  const result = await withKeyBook(dataFolder, use);
  if (isFault(result)) throw new FaultError(result);
  return result;
}

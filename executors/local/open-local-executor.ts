import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { ObservedCard } from '@rerig/domain/inventory';
import type { CardFeatures } from '@rerig/domain/workloads';
import type { Executor } from '../port.ts';
import { type EndedOrphan, endOrphans } from './end-orphans.ts';
import { takeFolder } from './folder-owner.ts';
import { LocalWorkloads } from './local-workloads.ts';

/** What a local executor is made of. */
export interface LocalExecutorOptions {
  readonly rigId: string;
  /** The cards of this machine, as probed; those of kind `cpu` too. */
  readonly cards: readonly ObservedCard[];
  /** What graded cards can do, by card id; of a card without an entry, no more is known than what was probed. */
  readonly features?: ReadonlyMap<string, CardFeatures>;
  /** Records are kept in `workloads/` below it. One executor at a time uses it. */
  readonly dataFolder: string;
}

/** Runs workloads as processes of this machine. */
export interface LocalExecutor extends Executor {
  /** What an earlier start had left running, and what became of it. */
  readonly orphans: readonly EndedOrphan[];
}

/**
 * Opens the executor of this machine, and first ends what a crash of an earlier one has left: found by pid, start time
 * and boot, never by name. Gives a Fault where the folder can't be used or another process uses it.
 */
export async function openLocalExecutor(options: LocalExecutorOptions): Promise<LocalExecutor | Fault> {
  const folder = join(options.dataFolder, 'workloads');
  const giveBack = takeFolder(folder);
  if (isFault(giveBack)) return giveBack;
  const orphans = await endOrphans(folder);
  const { rigId, cards, features = new Map() } = options;
  return new LocalWorkloads(rigId, cards, features, folder, orphans, giveBack, randomUUID());
}

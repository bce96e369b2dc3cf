import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import { farmFolderOf } from './farm-folder.ts';
import type { FarmRecord } from './farm-record.ts';
import type { PartStanding } from './part.ts';
import { partStanding } from './run-parts.ts';
import { jobCountsByRig, slurmStates } from './slurm-control.ts';

/** A farm as it stands, as far as its head knows. */
export interface FarmStanding {
  readonly clusterName: string;
  readonly headAddress: string;
  readonly parts: readonly PartStanding[];
  readonly rigs: readonly {
    readonly rigId: string;
    readonly slurmName: string;
    /** In Slurm's words; null where it has not heard of it, or does not answer. */
    readonly slurmState: string | null;
    readonly cardCountByType: Readonly<Record<string, number>>;
    readonly jobCount: number;
    /** Null: it is in the inventory alone. */
    readonly joinedAt: string | null;
  }[];
}

/** How the parts of a farm and its rigs stand now. */
export async function farmStanding(dataFolder: string, record: FarmRecord): Promise<FarmStanding> {
  const runFolder = join(farmFolderOf(dataFolder), 'run');
  const names = ['munge', 'slurmctld', 'slurmrestd'] as const;
  const parts = await Promise.all(names.map((name) => partStanding(name, runFolder)));
  const isUp = parts.every(({ isRunning }) => isRunning);
  const [states, counts] = isUp
    ? await Promise.all([slurmStates(record), jobCountsByRig(record)])
    : [new Map(), new Map()];
  const [stateByName, countByName] = [isFault(states) ? new Map() : states, isFault(counts) ? new Map() : counts];
  return {
    clusterName: record.settings.clusterName,
    headAddress: record.settings.head.address,
    parts,
    rigs: record.rigs.map(({ rigId, nodeName, cards, joined }) => ({
      ...{ rigId, slurmName: nodeName, slurmState: stateByName.get(nodeName) ?? null, joinedAt: joined?.at ?? null },
      cardCountByType: countByType(cards.map(({ gresType }) => gresType)),
      jobCount: countByName.get(nodeName) ?? 0,
    })),
  };
}

function countByType(types: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries([...Map.groupBy(types, (type) => type)].map(([type, each]) => [type, each.length]));
}

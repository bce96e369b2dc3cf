import { resolve } from 'node:path';
import { loadMadeFarm, removeRig } from '@rerig/agent/farm';
import { FaultError, isFault } from '@rerig/domain/fault';
import { cliFault } from '../faults.ts';

/** What `rerig farm remove` is given. */
export interface RemoveOptions {
  readonly data: string;
  readonly json?: boolean;
}

/** Forgets a rig. Slurm refuses while work runs there. */
export async function removeFarmRig(wanted: string, { data, json = false }: RemoveOptions): Promise<void> {
  const dataFolder = resolve(data);
  const record = await loadMadeFarm(dataFolder);
  if (isFault(record)) throw new FaultError(record);
  const rig = record.rigs.find((each) => [each.rigId, each.nodeName].includes(wanted));
  if (rig === undefined) {
    throw new FaultError(
      cliFault('rig-not-found', {
        what: `The farm has no rig "${wanted}".`,
        why: `It has ${record.rigs.length} rigs, known by their ids and by their names in Slurm.`,
        mend: 'Look it up with "rerig farm status".',
      }),
    );
  }
  const removed = await removeRig(dataFolder, rig.nodeName);
  if (isFault(removed)) throw new FaultError(removed);
  if (json) process.stdout.write(`${JSON.stringify({ rigId: rig.rigId, slurmName: rig.nodeName })}\n`);
  else
    process.stderr.write(
      `✔ ${rig.nodeName} is forgotten; its munge key still works until it is made anew (docs/farm.md).\n`,
    );
}

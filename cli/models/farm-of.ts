import { type AssessedFarm, gradeFarm } from '@rerig/domain/grading';
import { readRigFiles } from '../rig-files.ts';
import { printFault } from '../terminal.ts';

/** Against which cards a model is held: the farm of these files, or this machine's own. */
export interface FarmWish {
  readonly inventory?: readonly string[];
  readonly data: string;
}

/** The cards that models are held against, graded. What of the files can't be read is told on stderr. */
export async function farmOf({ inventory, data }: FarmWish): Promise<AssessedFarm> {
  const nowMs = Date.now();
  if (inventory !== undefined && inventory.length > 0) {
    const { farm, faults } = await readRigFiles(inventory);
    for (const fault of faults) printFault(fault);
    return gradeFarm(farm, { nowMs });
  }
  // Loaded here, as what reads this machine is of no use to a farm of files.
  const { probeMachine } = await import('@rerig/agent/probe');
  const { rig } = await probeMachine({ dataFolder: data });
  return gradeFarm({ rigs: [rig] }, { nowMs });
}

import { isFarmRig } from '@rerig/agent/farm';
import type { Fault } from '@rerig/domain/fault';
import { cliFault } from '../faults.ts';

/**
 * The refusal to give out this machine's cards beside Slurm, where it has joined a farm as a rig; null where it has not. A card
 * would be held by two.
 */
export function cardsOfFarm(what: string): Fault | null {
  if (!isFarmRig()) return null;
  return cardsOfFarmFault(what);
}

/** The same refusal, where it is known that this machine is a rig. */
export function cardsOfFarmFault(what: string): Fault {
  return cliFault('cards-of-farm', {
    what,
    why: 'It is a rig of a farm, and Slurm alone gives out its cards.',
    mend: 'Start jobs on the farm’s head, by "rerig run" there. Or take this machine out of the farm: "rerig leave".',
  });
}

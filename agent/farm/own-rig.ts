import { stat } from 'node:fs/promises';
import type { JoiningRig } from '@rerig/api/farm-door';
import { cardModels } from '@rerig/domain/cards';
import { gradeFarm } from '@rerig/domain/grading';
import type { ObservedCard, Rig } from '@rerig/domain/inventory';
import { rigsOfInventory } from '@rerig/executors/slurm';
import { probeMachine } from '../probe.ts';
import { cardFiles } from './card-files.ts';
import { type FarmFault, farmFault } from './faults.ts';

/** A card that the operator names, as the probe does not see it: its model in the catalogue, and its file. */
export interface NamedCard {
  readonly cardModelId: string;
  readonly file: string;
}

/** What the operator says of this rig. */
export interface OwnRigWish {
  /** Absent: made from the machine's own id. */
  readonly rigId?: string;
  readonly namedCards: readonly NamedCard[];
}

/** This machine as a rig that joins: probed, graded, and each card with its file. A card without a file is left out. */
export async function ownRig({ rigId, namedCards }: OwnRigWish): Promise<JoiningRig | FarmFault> {
  const probed = (await probeMachine()).rig;
  const rig = rigId === undefined ? probed : renamed(probed, rigId);
  const named: ObservedCard[] = [];
  const files = new Map(await cardFiles(rig.cards));
  for (const [index, { cardModelId, file }] of namedCards.entries()) {
    const model = cardModels.find((each) => each.modelId === cardModelId);
    if (model === undefined) return unknownModel(cardModelId);
    if (!(await isDriverFile(file))) return noDriverFile(cardModelId, file);
    const { name, vendor, vramBytes } = model;
    const cardId = `${rig.rigId}/named-${index}`;
    named.push({ cardId, kind: 'gpu', name, vendor, ...(vramBytes === undefined ? {} : { vramBytes }) });
    files.set(cardId, file);
  }
  const cards = [...rig.cards.filter(({ cardId }) => files.has(cardId)), ...named];
  const [slurmRig] = rigsOfInventory(gradeFarm({ rigs: [{ ...rig, cards }] }, { nowMs: Date.now() }), files);
  const { cpu, ram } = rig.host;
  return {
    rigId: rig.rigId,
    name: rig.name,
    coreCount: cpu?.coreCount ?? 1,
    ramBytes: ram?.bytes ?? 0,
    cards: slurmRig?.cards ?? [],
  };
}

function renamed(rig: Rig, rigId: string): Rig {
  const cards = rig.cards.map((card) => ({ ...card, cardId: card.cardId.replace(rig.rigId, rigId) }));
  return { ...rig, rigId, cards };
}

async function isDriverFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isCharacterDevice();
  } catch {
    // It is not there: a card that was pulled out, or a slip of the fingers.
    return false;
  }
}

function noDriverFile(cardModelId: string, file: string): FarmFault {
  return farmFault('farm-request-invalid', {
    what: `The card ${cardModelId} has no file ${file} here.`,
    why: 'A card is known to Slurm by the file through which its driver is reached, and there is no such file.',
    mend: 'Look for it below /dev: "ls /dev/dri /dev/nvidia*" shows those that have a driver.',
  });
}

function unknownModel(cardModelId: string): FarmFault {
  return farmFault('farm-request-invalid', {
    what: `The catalogue has no card model "${cardModelId}".`,
    why: 'A card that is named by hand is known by its model alone.',
    mend: 'Look for it with "rerig predict", and write its name in small letters with "-": rx-580-8gb.',
  });
}

import type { AssessedCard, AssessedFarm } from '@rerig/domain/grading';
import { cardFeaturesOf } from '@rerig/domain/workloads';
import { gresTypeOf, inSlurmOrder, nodeNameOf, type SlurmCard, type SlurmRig } from './slurm-rig.ts';

/** Files of cards as the rig itself told them, by card id; a card that is not among them gets the usual name. */
export type CardFiles = ReadonlyMap<string, string>;

/** What a rig without a reported processor has at least: every PC since 2006. */
const CORES_UNREPORTED = 2;

/**
 * A graded farm's rigs in Slurm's words; all of them join. A card that nothing drives is left out, for work that was put
 * on it would fail, and so is a processor, which Slurm counts as cores. Two rigs whose ids meet in one name get numbers.
 */
export function rigsOfInventory(farm: AssessedFarm, files: CardFiles = new Map()): readonly SlurmRig[] {
  const taken = new Set<string>();
  return farm.rigs.map(({ rig, cards }) => {
    const nodeName = freeName(nodeNameOf(rig.rigId), taken);
    taken.add(nodeName);
    return {
      rigId: rig.rigId,
      name: rig.name,
      nodeName,
      place: { kind: 'joins' },
      coreCount: rig.host.cpu?.coreCount ?? CORES_UNREPORTED,
      ramBytes: rig.host.ram?.bytes ?? 0,
      cards: cardsOf(cards, files),
    };
  });
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let number = 2; ; number += 1) {
    const numbered = `${name.slice(0, 58)}-x${number}`;
    if (!taken.has(numbered)) return numbered;
  }
}

function cardsOf(cards: readonly AssessedCard[], files: CardFiles): readonly SlurmCard[] {
  const ordered = cards
    .filter(({ card }) => card.kind === 'gpu')
    .toSorted((one, other) => compareBus(one.card.busId, other.card.busId));
  const usual = usualFiles(ordered);
  const all = ordered.map((assessed): SlurmCard => {
    const { cardId, vendor, uuid, busId } = assessed.card;
    const features = cardFeaturesOf(assessed);
    return {
      cardId,
      gresType: gresTypeOf(features.cardModelId ?? features.cardModelName),
      file: files.get(cardId) ?? usual.get(cardId) ?? '/dev/null',
      ...(vendor === undefined ? {} : { vendor }),
      ...(uuid === undefined ? {} : { uuid }),
      ...(busId === undefined ? {} : { busId }),
      features,
    };
  });
  return inSlurmOrder(all.filter(({ features }) => features.routes.length > 0));
}

/** NVIDIA's driver numbers its cards in the order of the bus from 0 on, the kernel's render files all others from 128 on. */
function usualFiles(cards: readonly AssessedCard[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const [nvidia, others] = [
    cards.filter(({ card }) => card.vendor === 'nvidia'),
    cards.filter(({ card }) => card.vendor !== 'nvidia'),
  ];
  for (const [index, { card }] of nvidia.entries()) files.set(card.cardId, `/dev/nvidia${index}`);
  for (const [index, { card }] of others.entries()) files.set(card.cardId, `/dev/dri/renderD${128 + index}`);
  return files;
}

function compareBus(one = '', other = ''): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

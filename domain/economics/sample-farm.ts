import { type AssessedCard, type AssessedFarm, gradeCard, gradeFarm } from '../grading.ts';
import type { ObservedCard, Rig } from '../inventory.ts';
import { GIB } from '../quantity.ts';

/** A card as tests speak of it: a model, by name, in a wide slot. */
export function sampleObserved(name: string, fields: Partial<ObservedCard> = {}): ObservedCard {
  const pcieLink = { generation: 3, laneCount: 16 };
  return { cardId: `rig/${name}`, kind: 'gpu', name, pcieLink, ...fields };
}

/** The same, graded. */
export function sampleCard(name: string, fields: Partial<ObservedCard> = {}): AssessedCard {
  return gradeCard(sampleObserved(name, fields));
}

/** A rig of some cards, with RAM in GiB. */
export function sampleRig(rigId: string, ramGib: number, cards: readonly ObservedCard[]): Rig {
  const numbered = cards.map((card, index) => ({ ...card, cardId: `${rigId}/0${index}:00.0` }));
  return {
    rigId,
    name: rigId,
    source: 'files',
    host: { ram: { bytes: ramGib * GIB, basis: 'reported', source: 'a test' } },
    cards: numbered,
    contradictions: [],
  };
}

/** Some rigs, graded. */
export function sampleFarm(...rigs: readonly Rig[]): AssessedFarm {
  return gradeFarm({ rigs });
}

import { type CardNeeds, unmetNeed } from '@rerig/domain/workloads';
import { type ExecutorFault, executorFault } from '../faults.ts';
import type { RankPlace, WorkloadSpec } from '../port.ts';
import type { SlurmCard, SlurmRig } from './config.ts';

/** A demand for cards in Slurm's words. */
export interface CardRequest {
  /** How many cards of which type each rank gets: empty for none, `undefined` as the type for any type. */
  readonly parts: readonly { readonly gresType: string | undefined; readonly count: number }[];
  /** Rigs that it must not run on: Slurm tells cards apart by type alone, and some of theirs would not do. */
  readonly excludedNames: readonly string[];
  /** The one rig that it must run on, where cards are named. */
  readonly requiredName?: string;
}

/** Whether a demand of exactly one card can be said to Slurm for every card: each is the only one of its type on its rig. */
export function canPinEveryCard(rigs: readonly SlurmRig[]): boolean {
  return rigs.every(({ cards }) => new Set(cards.map(({ gresType }) => gresType)).size === cards.length);
}

/**
 * Says a demand in Slurm's words, which know types of cards and rigs, but no single card. Of the ways to say it, that is
 * taken which most cards do for, among those that `places`, where cards are free, allows. `places` is null where
 * the workload has to wait. A demand that can't be said without taking cards that do not do is refused.
 */
export function requestCards(
  spec: Pick<WorkloadSpec, 'workloadId' | 'cards'>,
  rigs: readonly SlurmRig[],
  places: readonly RankPlace[] | null,
): CardRequest | ExecutorFault {
  const { cards: demand } = spec;
  if (demand.kind === 'these') return requestThese(spec.workloadId, demand.cardIds, rigs);
  const offered = rigs.map((rig) => ({
    rig,
    isOpen: demand.rigIds === undefined || demand.rigIds.includes(rig.rigId),
  }));
  if (demand.count === 0) {
    return { parts: [], excludedNames: offered.filter(({ isOpen }) => !isOpen).map(({ rig }) => rig.nodeName) };
  }
  const open = offered.filter(({ isOpen }) => isOpen).map(({ rig }) => rig);
  const ways = [wayOfAnyType(open, demand), ...waysOfTypes(open, demand, places)].filter(
    (way) => way.usableCount > 0 && (places === null || places.every(({ rigId }) => way.rigIds.has(rigId))),
  );
  const best = ways.toSorted((one, other) => other.usableCount - one.usableCount)[0];
  if (best === undefined) return unspeakable(spec.workloadId);
  const excludedNames = rigs.filter(({ rigId }) => !best.rigIds.has(rigId)).map(({ nodeName }) => nodeName);
  return { parts: best.parts, excludedNames };
}

interface Way {
  readonly parts: CardRequest['parts'];
  /** Rigs on which every card that Slurm could give does. */
  readonly rigIds: ReadonlySet<string>;
  /** Cards on them. */
  readonly usableCount: number;
}

interface AnyDemand {
  readonly count: number;
  readonly needs: CardNeeds;
}

function wayOfAnyType(rigs: readonly SlurmRig[], { count, needs }: AnyDemand): Way {
  const usable = rigs.filter(({ cards }) => cards.length >= count && cards.every((card) => isFit(card, needs)));
  return {
    parts: [{ gresType: undefined, count }],
    rigIds: new Set(usable.map(({ rigId }) => rigId)),
    usableCount: usable.reduce((sum, { cards }) => sum + cards.length, 0),
  };
}

/** By each type alone, and by the mixture that the free cards of each rank are, where all ranks have the same. */
function waysOfTypes(
  rigs: readonly SlurmRig[],
  demand: AnyDemand,
  places: readonly RankPlace[] | null,
): readonly Way[] {
  const types = [...new Set(rigs.flatMap(({ cards }) => cards.map(({ gresType }) => gresType)))];
  const mixtures = types.map((type) => new Map([[type, demand.count]]));
  if (places !== null) mixtures.push(...sameMixture(rigs, places));
  return mixtures.map((mixture) => wayOfMixture(rigs, demand, mixture));
}

function wayOfMixture(rigs: readonly SlurmRig[], { needs }: AnyDemand, mixture: ReadonlyMap<string, number>): Way {
  const ofType = (rig: SlurmRig, type: string) => rig.cards.filter(({ gresType }) => gresType === type);
  const usable = rigs.filter((rig) =>
    [...mixture].every(([type, count]) => {
      const cards = ofType(rig, type);
      return cards.length >= count && cards.every((card) => isFit(card, needs));
    }),
  );
  const usableCount = usable.reduce(
    (sum, rig) => sum + [...mixture.keys()].reduce((cards, type) => cards + ofType(rig, type).length, 0),
    0,
  );
  const parts = [...mixture].map(([gresType, count]) => ({ gresType, count }));
  return { parts, rigIds: new Set(usable.map(({ rigId }) => rigId)), usableCount };
}

/** How many of each type a rank has; none where the ranks differ. */
function sameMixture(rigs: readonly SlurmRig[], places: readonly RankPlace[]): readonly Map<string, number>[] {
  const typeById = new Map(rigs.flatMap(({ cards }) => cards.map(({ cardId, gresType }) => [cardId, gresType])));
  const mixtures = places.map(({ cardIds }) => countTypes(cardIds.flatMap((cardId) => typeById.get(cardId) ?? [])));
  const [first, ...others] = mixtures;
  if (first === undefined || first.size === 0) return [];
  const text = mixtureText(first);
  return others.every((other) => mixtureText(other) === text) ? [first] : [];
}

function countTypes(types: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

function mixtureText(mixture: ReadonlyMap<string, number>): string {
  return [...mixture]
    .map(([type, count]) => `${type}:${count}`)
    .toSorted()
    .join(',');
}

function isFit({ features }: SlurmCard, needs: CardNeeds): boolean {
  return unmetNeed(features, needs) === null;
}

/** Named cards: all of their types on one rig, or Slurm might give others. */
function requestThese(
  workloadId: string,
  cardIds: readonly string[],
  rigs: readonly SlurmRig[],
): CardRequest | ExecutorFault {
  if (cardIds.length === 0) return { parts: [], excludedNames: [] };
  const rig = rigs.find(({ cards }) => cardIds.every((id) => cards.some(({ cardId }) => cardId === id)));
  if (rig === undefined) {
    return executorFault('workload-invalid', {
      what: `The workload ${workloadId} is not started.`,
      why: 'It names cards of several rigs, and one rank has all its cards on one.',
      mend: 'Name cards of one rig, or ask for ranks.',
    });
  }
  const named = rig.cards.filter(({ cardId }) => cardIds.includes(cardId));
  const mixture = countTypes(named.map(({ gresType }) => gresType));
  const isWhole = [...mixture].every(
    ([type, count]) => rig.cards.filter(({ gresType }) => gresType === type).length === count,
  );
  if (!isWhole) return unpinnable(workloadId, rig);
  const parts = [...mixture].map(([gresType, count]) => ({ gresType, count }));
  return { parts, excludedNames: [], requiredName: rig.nodeName };
}

function unpinnable(workloadId: string, rig: SlurmRig): ExecutorFault {
  return executorFault('workload-invalid', {
    what: `The workload ${workloadId} is not started.`,
    why: `It names one of several equal cards of the rig ${rig.name}, and Slurm tells equal cards of a rig apart only itself.`,
    mend: 'Ask for a card by what it must do, or name all of that model on the rig.',
  });
}

function unspeakable(workloadId: string): ExecutorFault {
  return executorFault('no-card-fits', {
    what: `The workload ${workloadId} has no cards that do for it here.`,
    why: 'Its ranks would need cards of different models, or some of a model on a rig but not all: Slurm can’t be asked for that.',
    mend: 'Ask for one model of card, or for less.',
  });
}

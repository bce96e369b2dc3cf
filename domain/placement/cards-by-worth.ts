import type { Grade } from '../grading.ts';
import type { PlacementCard } from './snapshot.ts';

const gradeRank: Readonly<Record<Grade, number>> = { A: 0, B: 1, C: 2, D: 3, E: 4 };
const UNGRADED_RANK = 5;

/**
 * Cards in the order in which a model that fits them takes them: idle ones before those of the fallback, graphics cards
 * before the processor, the better grade, then the least memory, so that large cards are left to large models.
 */
export function cardsByWorth(cards: readonly PlacementCard[]): readonly PlacementCard[] {
  return cards.toSorted(
    (one, other) =>
      Number(one.holder === 'fallback') - Number(other.holder === 'fallback') ||
      Number(isProcessor(one)) - Number(isProcessor(other)) ||
      rankOf(one) - rankOf(other) ||
      (one.vramBytes ?? 0) - (other.vramBytes ?? 0) ||
      (one.cardId < other.cardId ? -1 : 1),
  );
}

function isProcessor({ routes }: PlacementCard): boolean {
  return routes.every((route) => route === 'cpu');
}

function rankOf({ grade }: PlacementCard): number {
  return grade === null ? UNGRADED_RANK : gradeRank[grade];
}

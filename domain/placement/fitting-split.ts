import { cardsByWorth } from './cards-by-worth.ts';
import type { PlacementCard, PlacementModel, ReplicaRoute } from './snapshot.ts';

/** Cards of one rig that hold a model together. */
export interface FittingSplit {
  readonly cardIds: readonly [string, ...string[]];
  readonly route: ReplicaRoute;
  readonly takesFallback: boolean;
}

/** Whole layers pass from card to card: with more of them, each token waits for too many links. */
const SPLIT_CARDS_MAX = 8;

/**
 * The fewest of some cards of one rig, all of one route, over which a model's layers fit; null where they don't, and for
 * a model that is not split. The largest cards come first, so that few links are crossed.
 */
export function fittingSplit({ split }: PlacementModel, cards: readonly PlacementCard[]): FittingSplit | null {
  if (split === undefined) return null;
  const routes = new Set(cards.flatMap(({ routes: [best] }) => (best === undefined || best === 'cpu' ? [] : [best])));
  const rigIds = new Set(cards.map(({ rigId }) => rigId));
  const found = [...rigIds].flatMap((rigId) =>
    [...routes].flatMap((route) => {
      const own = cards.filter((card) => card.rigId === rigId && card.routes[0] === route);
      return fewest(own, route, split.sharedBytes, split.perCardBytes[route]) ?? [];
    }),
  );
  return found.toSorted((one, other) => one.cardIds.length - other.cardIds.length)[0] ?? null;
}

function fewest(
  cards: readonly PlacementCard[],
  route: ReplicaRoute,
  sharedBytes: number,
  perCardBytes: number | undefined,
): FittingSplit | null {
  if (perCardBytes === undefined) return null;
  const largestFirst = cardsByWorth(cards).toSorted((one, other) => (other.vramBytes ?? 0) - (one.vramBytes ?? 0));
  const taken: PlacementCard[] = [];
  let heldBytes = 0;
  for (const card of largestFirst.slice(0, SPLIT_CARDS_MAX)) {
    const roomBytes = (card.vramBytes ?? 0) - perCardBytes;
    if (roomBytes <= 0) break;
    taken.push(card);
    heldBytes += roomBytes;
    if (heldBytes < sharedBytes || taken.length < 2) continue;
    const [first, ...more] = taken.map(({ cardId }) => cardId);
    const takesFallback = taken.some(({ holder }) => holder === 'fallback');
    return first === undefined ? null : { cardIds: [first, ...more], route, takesFallback };
  }
  return null;
}

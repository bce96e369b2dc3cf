import { fittingSplit } from './fitting-split.ts';
import type { PlacementCard, PlacementModel, PlacementSnapshot, ReplicaRoute } from './snapshot.ts';

/** The best route by which a model fits a card's memory; null where it does not fit. Nothing ever spills to the host. */
export function fittingRoute(model: PlacementModel, { vramBytes, routes }: PlacementCard): ReplicaRoute | null {
  if (vramBytes === null) return null;
  const fits = (route: ReplicaRoute) => {
    const needBytes = model.vramNeedBytes[route];
    return needBytes !== undefined && needBytes <= vramBytes;
  };
  return routes.find(fits) ?? null;
}

type CardsAndFailures = Pick<PlacementSnapshot, 'nowMs' | 'cards' | 'failures'>;

/** Whether a card failed a model and is not to be tried again yet. */
export function isBarred(snapshot: CardsAndFailures, model: string, cardId: string): boolean {
  return snapshot.failures.some(
    (failure) =>
      failure.model === model &&
      failure.cardId === cardId &&
      (failure.retryAtMs === null || failure.retryAtMs > snapshot.nowMs),
  );
}

/** Whether some card could serve a model, were it free: it fits, is not held by others' work, and has not failed it. */
export function isPlaceable(snapshot: CardsAndFailures, model: PlacementModel): boolean {
  const open = snapshot.cards.filter(
    ({ cardId, holder }) => holder !== 'other' && !isBarred(snapshot, model.model, cardId),
  );
  return open.some((card) => fittingRoute(model, card) !== null) || fittingSplit(model, open) !== null;
}

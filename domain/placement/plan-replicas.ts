import { formatBytes } from '../quantity.ts';
import { cardsByWorth } from './cards-by-worth.ts';
import { fittingRoute, isBarred, isPlaceable } from './fitting-route.ts';
import { fittingSplit } from './fitting-split.ts';
import type { PlacementOrder, PlacementPlan, StartOrder, StopOrder, UnplacedModel } from './plan.ts';
import { scaleInOrders } from './scale-in.ts';
import type { PlacementCard, PlacementModel, PlacementReplica, PlacementSnapshot } from './snapshot.ts';
import { type Want, wantsOf } from './wants.ts';

/** What still runs on a replica that drains for so long is ended with it. */
export const DRAIN_MS_MAX = 120_000;
/** A replica that was asked for less than this ago is not idle: its client may be about to ask again. */
const EVICT_IDLE_MS_MIN = 2000;

/**
 * Plans which replicas start, drain and end. A replica starts only on a card that it fits, that nothing else holds, and
 * that has not just failed it: an idle card first, then one of the fallback; live requests for a model without a replica
 * also get a card from the least used idle replica of another one, drained first. Nothing is ended that has not
 * drained. Batches use idle cards alone. Carried out under a demand that stays, the plan becomes empty.
 */
export function planReplicas(snapshot: PlacementSnapshot): PlacementPlan {
  const orders: PlacementOrder[] = [...stopOrders(snapshot), ...scaleInOrders(snapshot)];
  const unplaced: UnplacedModel[] = [];
  // Cards that are given away by this plan, or that come free for a model that waits.
  const spoken = new Set<string>();
  for (const want of wantsOf(snapshot)) {
    const placed = startOrder(want, snapshot, spoken);
    if (placed !== null) {
      for (const cardId of [placed.cardId, ...placed.moreCardIds]) spoken.add(cardId);
      orders.push(placed);
      continue;
    }
    const coming = want.mayEvict ? comingFree(want, snapshot, orders, spoken) : null;
    if (coming !== null) spoken.add(coming.cardId);
    else {
      const victim = want.mayEvict ? leastUseful(want, snapshot, orders, spoken) : null;
      if (victim === null) unplaced.push(unplacedOf(want.model, snapshot));
      else {
        spoken.add(victim.cardId);
        const why = `${want.model.model} needs its card: ${want.why}.`;
        orders.push({ kind: 'drain', replicaId: victim.replicaId, why });
      }
    }
  }
  return { orders, unplaced };
}

function stopOrders({ replicas, nowMs }: PlacementSnapshot): readonly StopOrder[] {
  return replicas.flatMap(({ replicaId, state, stateSinceAtMs, inFlightCount }) => {
    if (state !== 'draining') return [];
    if (inFlightCount === 0) return [{ kind: 'stop', replicaId, why: 'It has drained.' } as const];
    if (nowMs - stateSinceAtMs < DRAIN_MS_MAX) return [];
    const running = inFlightCount === 1 ? '1 request still runs' : `${inFlightCount} requests still run`;
    const why = `It has drained for ${DRAIN_MS_MAX / 1000} s, and ${running}.`;
    return [{ kind: 'stop', replicaId, why } as const];
  });
}

function startOrder(want: Want, snapshot: PlacementSnapshot, spoken: ReadonlySet<string>): StartOrder | null {
  const { model } = want;
  const held = new Set(snapshot.replicas.flatMap(({ cardId, moreCardIds }) => [cardId, ...moreCardIds]));
  const free = snapshot.cards.filter(
    ({ cardId, holder }) => (holder === 'nothing' || holder === 'fallback') && !held.has(cardId) && !spoken.has(cardId),
  );
  const [best] = cardsByWorth(free.filter((card) => suits(model, card, snapshot)));
  const route = best === undefined ? null : fittingRoute(model, best);
  if (best === undefined || route === null) return splitOrder(want, free, snapshot);
  const takesFallback = best.holder === 'fallback';
  const where = { cardId: best.cardId, moreCardIds: [], route, takesFallback };
  return { kind: 'start', model: model.model, ...where, why: `${want.why}.` };
}

/** A model that no card holds alone is laid over several that are free. */
function splitOrder(
  { model, why }: Want,
  free: readonly PlacementCard[],
  snapshot: PlacementSnapshot,
): StartOrder | null {
  if (snapshot.cards.some((card) => fittingRoute(model, card) !== null)) return null;
  const split = fittingSplit(
    model,
    free.filter(({ cardId }) => !isBarred(snapshot, model.model, cardId)),
  );
  if (split === null) return null;
  const { route, takesFallback } = split;
  const [cardId, ...moreCardIds] = split.cardIds;
  const where = { cardId, moreCardIds, route, takesFallback };
  return { kind: 'start', model: model.model, ...where, why: `${why}, and no card holds it alone.` };
}

function suits(model: PlacementModel, card: PlacementCard, snapshot: PlacementSnapshot): boolean {
  return card.holder !== 'other' && fittingRoute(model, card) !== null && !isBarred(snapshot, model.model, card.cardId);
}

/** A replica that drains, or is about to, on a card that suits: the card is waited for, and no other is emptied. */
function comingFree(
  { model }: Want,
  snapshot: PlacementSnapshot,
  orders: readonly PlacementOrder[],
  spoken: ReadonlySet<string>,
): PlacementReplica | null {
  const isLeaving = ({ replicaId, state }: PlacementReplica) =>
    state === 'draining' || orders.some((order) => order.kind === 'drain' && order.replicaId === replicaId);
  return candidates(model, snapshot, spoken).find(isLeaving) ?? null;
}

/** The replica of another model that is missed least: without any request before one with batches, idle for longest. */
function leastUseful(
  { model }: Want,
  snapshot: PlacementSnapshot,
  orders: readonly PlacementOrder[],
  spoken: ReadonlySet<string>,
): PlacementReplica | null {
  const isIdle = (replica: PlacementReplica) =>
    replica.state === 'ready' &&
    replica.model !== model.model &&
    replica.inFlightCount === replica.batchInFlightCount &&
    (replica.batchInFlightCount > 0 || snapshot.nowMs - replica.lastUsedAtMs >= EVICT_IDLE_MS_MIN) &&
    snapshot.demands.every((demand) => demand.model !== replica.model || demand.waitingCount === 0) &&
    isSpare(replica, snapshot, orders);
  return (
    candidates(model, snapshot, spoken)
      .filter(isIdle)
      .toSorted(
        (one, other) => one.batchInFlightCount - other.batchInFlightCount || one.lastUsedAtMs - other.lastUsedAtMs,
      )[0] ?? null
  );
}

/** Whether its model keeps as many replicas as it must have. */
function isSpare({ model }: PlacementReplica, snapshot: PlacementSnapshot, orders: readonly PlacementOrder[]): boolean {
  const replicasMin = snapshot.models.find((each) => each.model === model)?.replicasMin ?? 0;
  const staying = snapshot.replicas.filter(
    (each) =>
      each.model === model &&
      each.state === 'ready' &&
      orders.every((order) => order.kind !== 'drain' || order.replicaId !== each.replicaId),
  );
  return staying.length > replicasMin;
}

function candidates(
  model: PlacementModel,
  snapshot: PlacementSnapshot,
  spoken: ReadonlySet<string>,
): readonly PlacementReplica[] {
  const suitable = new Set(snapshot.cards.filter((card) => suits(model, card, snapshot)).map(({ cardId }) => cardId));
  return snapshot.replicas.filter(({ cardId }) => suitable.has(cardId) && !spoken.has(cardId));
}

function unplacedOf(model: PlacementModel, snapshot: PlacementSnapshot): UnplacedModel {
  if (isPlaceable(snapshot, model)) {
    return { model: model.model, isHopeless: false, why: 'Every card that it fits is at work.' };
  }
  const fitting = snapshot.cards.filter((card) => fittingRoute(model, card) !== null);
  if (fitting.length > 0) {
    const which = fitting.length === 1 ? 'The one card' : `Each of the ${fitting.length} cards`;
    const why = `${which} that it fits has failed it or does other work.`;
    return { model: model.model, isHopeless: true, why };
  }
  const needBytes = Math.min(...Object.values(model.vramNeedBytes));
  const mostBytes = Math.max(0, ...snapshot.cards.map(({ vramBytes }) => vramBytes ?? 0));
  const need = Number.isFinite(needBytes) ? `It needs ${formatBytes(needBytes)} of a card` : 'No route serves it';
  return { model: model.model, isHopeless: true, why: `${need}, and the largest has ${formatBytes(mostBytes)}.` };
}

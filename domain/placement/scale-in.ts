import type { DrainOrder } from './plan.ts';
import type { PlacementModel, PlacementReplica, PlacementSnapshot } from './snapshot.ts';

/** A replica beside others that nothing was sent to for so long is not needed. */
const SPARE_IDLE_MS = 60_000;
/** Even without keep-warm, whom a replica was started for must get to ask it. */
const KEEP_WARM_MS_MIN = 2000;
/** What is left must be at most so full: well below where scaling out begins, so that the two never alternate. */
const LEFT_LOAD_MAX = 0.5;

/** The replicas to be drained because nobody needs them: of models that are no longer offered, spare ones, cold ones. */
export function scaleInOrders(snapshot: PlacementSnapshot): readonly DrainOrder[] {
  const offered = new Map(snapshot.models.map((model) => [model.model, model]));
  const unoffered = snapshot.replicas
    .filter(({ model, state }) => state === 'ready' && !offered.has(model))
    .map(({ replicaId, model }) => drain(replicaId, `${model} is no longer offered`));
  return [...unoffered, ...snapshot.models.flatMap((model) => scaleInOf(model, snapshot))];
}

function scaleInOf(model: PlacementModel, snapshot: PlacementSnapshot): readonly DrainOrder[] {
  const own = snapshot.replicas.filter((replica) => replica.model === model.model);
  const ready = own.filter(({ state }) => state === 'ready');
  const isWanted = snapshot.demands.some(
    (demand) =>
      demand.model === model.model && demand.waitingCount + demand.batchWaitingCount + demand.pressedForMs > 0,
  );
  if (isWanted || own.some(({ state }) => state === 'starting')) return [];
  const idleLongestFirst = ready
    .filter(({ inFlightCount }) => inFlightCount === 0)
    .toSorted((one, other) => one.lastUsedAtMs - other.lastUsedAtMs);
  const orders: DrainOrder[] = [];
  for (const replica of idleLongestFirst) {
    const left = ready.filter(
      (each) => each !== replica && orders.every((order) => order.replicaId !== each.replicaId),
    );
    const why = left.length < model.replicasMin ? null : reasonToDrain(model, replica, left, snapshot.nowMs);
    if (why !== null) orders.push(drain(replica.replicaId, why));
  }
  return orders;
}

function reasonToDrain(
  model: PlacementModel,
  { lastUsedAtMs }: PlacementReplica,
  left: readonly PlacementReplica[],
  nowMs: number,
): string | null {
  const idleMs = nowMs - lastUsedAtMs;
  const slotCount = left.reduce((sum, { parallelCount }) => sum + parallelCount, 0);
  const inFlightCount = left.reduce((sum, each) => sum + each.inFlightCount, 0);
  const seconds = Math.round(idleMs / 1000);
  if (left.length === 0)
    return idleMs >= Math.max(KEEP_WARM_MS_MIN, model.keepWarmMs)
      ? `nobody has asked for ${model.model} for ${seconds} s`
      : null;
  if (idleMs < SPARE_IDLE_MS || inFlightCount > slotCount * LEFT_LOAD_MAX) return null;
  const others = left.length === 1 ? '1 other' : `${left.length} others`;
  return `it was idle for ${seconds} s, and ${others} of ${model.model} will do`;
}

function drain(replicaId: string, why: string): DrainOrder {
  return { kind: 'drain', replicaId, why: `${why}.` };
}

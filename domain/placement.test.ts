import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DRAIN_MS_MAX,
  isPlaceable,
  type PlacementCard,
  type PlacementDemand,
  type PlacementModel,
  type PlacementPlan,
  type PlacementReplica,
  type PlacementSnapshot,
  planReplicas,
  pressedSinceAtMs,
} from './placement.ts';
import { GIB } from './quantity.ts';

const SLOTS = 4;

function cardOf(cardId: string, rest: Partial<PlacementCard> = {}): PlacementCard {
  return { cardId, rigId: 'rig', vramBytes: 8 * GIB, routes: ['vulkan'], grade: 'B', holder: 'nothing', ...rest };
}

function modelOf(model: string, rest: Partial<PlacementModel> = {}): PlacementModel {
  const needs = { vramNeedBytes: { vulkan: 4 * GIB, cpu: 4 * GIB } };
  return { model, ...needs, replicasMin: 0, replicasMax: 4, keepWarmMs: 900_000, ...rest };
}

function replicaOf(replicaId: string, model: string, cardId: string, rest: Partial<PlacementReplica> = {}) {
  const idle = { inFlightCount: 0, batchInFlightCount: 0, lastUsedAtMs: 0, stateSinceAtMs: 0 };
  return { replicaId, model, cardId, moreCardIds: [], state: 'ready' as const, parallelCount: SLOTS, ...idle, ...rest };
}

function demandOf(model: string, rest: Partial<PlacementDemand> = {}): PlacementDemand {
  return { model, waitingCount: 0, batchWaitingCount: 0, oldestWaitMs: 0, pressedForMs: 0, ...rest };
}

function snapshotOf(rest: Partial<PlacementSnapshot>): PlacementSnapshot {
  return { nowMs: 100_000, cards: [], models: [], replicas: [], demands: [], failures: [], ...rest };
}

function cardArbitrary(cardId: string) {
  return fc.record({
    cardId: fc.constant(cardId),
    rigId: fc.constant('rig'),
    vramBytes: fc.constantFrom(null, 2 * GIB, 6 * GIB, 12 * GIB),
    routes: fc.constantFrom(['vulkan'], ['cuda', 'vulkan'], ['cpu'], []) as fc.Arbitrary<PlacementCard['routes']>,
    grade: fc.constantFrom('A', 'C', null) as fc.Arbitrary<PlacementCard['grade']>,
    holder: fc.constantFrom('nothing', 'fallback', 'other') as fc.Arbitrary<PlacementCard['holder']>,
  });
}
function modelArbitrary(model: string) {
  return fc.record({
    model: fc.constant(model),
    vramNeedBytes: fc.constantFrom(
      { vulkan: GIB, cpu: GIB, cuda: GIB },
      { vulkan: 5 * GIB, cpu: 5 * GIB },
      { cuda: 11 * GIB },
    ),
    ...(model === 'model-1' ? { split: fc.constant({ sharedBytes: 9 * GIB, perCardBytes: { vulkan: GIB } }) } : {}),
    replicasMin: fc.nat(1),
    replicasMax: fc.integer({ min: 1, max: 3 }),
    keepWarmMs: fc.constantFrom(1000, 20_000, 200_000),
  });
}
const cardsArbitrary = fc
  .integer({ min: 1, max: 5 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => cardArbitrary(`card-${index}`))));
const modelsArbitrary = fc
  .integer({ min: 1, max: 4 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => modelArbitrary(`model-${index}`))));

/** Any snapshot in which at most one replica is on a card. */
const snapshotArbitrary = fc.tuple(cardsArbitrary, modelsArbitrary).chain(([cards, models]) =>
  fc.record({
    nowMs: fc.constant(1_000_000),
    cards: fc.constant(cards),
    models: fc.constant(models),
    replicas: fc
      .tuple(
        ...cards.map(({ cardId }) =>
          fc.option(
            fc.record({
              replicaId: fc.constant(`on-${cardId}`),
              model: fc.constantFrom(...models.map(({ model }) => model), 'gone'),
              cardId: fc.constant(cardId),
              moreCardIds: fc.constant([]),
              state: fc.constantFrom('starting', 'ready', 'draining') as fc.Arbitrary<PlacementReplica['state']>,
              stateSinceAtMs: fc.integer({ min: 800_000, max: 1_000_000 }),
              parallelCount: fc.constant(SLOTS),
              inFlightCount: fc.nat(6),
              batchInFlightCount: fc.constant(0),
              lastUsedAtMs: fc.integer({ min: 500_000, max: 1_000_000 }),
            }),
          ),
        ),
      )
      .map((replicas) => replicas.flatMap((replica) => replica ?? [])),
    demands: fc
      .tuple(
        ...models.map(({ model }) =>
          fc.record({
            model: fc.constant(model),
            waitingCount: fc.nat(2),
            batchWaitingCount: fc.nat(2),
            oldestWaitMs: fc.nat(9000),
            pressedForMs: fc.constantFrom(0, 9000),
          }),
        ),
      )
      .map((demands) => [...demands]),
    failures: fc.array(
      fc.record({
        model: fc.constantFrom(...models.map(({ model }) => model)),
        cardId: fc.constantFrom(...cards.map(({ cardId }) => cardId)),
        retryAtMs: fc.constantFrom(null, 500_000, 2_000_000),
      }),
      { maxLength: 3 },
    ),
  }),
);

/** The snapshot once a plan was carried out, and nothing else has happened. */
function carriedOut(snapshot: PlacementSnapshot, { orders }: PlacementPlan): PlacementSnapshot {
  let { replicas } = snapshot;
  for (const order of orders) {
    if (order.kind === 'stop') replicas = replicas.filter(({ replicaId }) => replicaId !== order.replicaId);
    else if (order.kind === 'drain') {
      replicas = replicas.map((each) =>
        each.replicaId === order.replicaId ? { ...each, state: 'draining', stateSinceAtMs: snapshot.nowMs } : each,
      );
    } else {
      const since = { stateSinceAtMs: snapshot.nowMs, lastUsedAtMs: snapshot.nowMs };
      const replicaId = `${order.model}@${order.cardId}@${snapshot.nowMs}`;
      replicas = [
        ...replicas,
        replicaOf(replicaId, order.model, order.cardId, {
          state: 'starting',
          moreCardIds: order.moreCardIds,
          ...since,
        }),
      ];
    }
  }
  return { ...snapshot, replicas };
}

/** What a model is asked for, all the time: requests under way at once. */
interface Load {
  readonly liveCount: number;
  readonly batchCount: number;
}

/** The world some time later: what started is ready, and each model's constant load is spread over its replicas. */
function later(
  snapshot: PlacementSnapshot,
  loads: ReadonlyMap<string, Load>,
  pressed: Map<string, number | null>,
  stepMs: number,
): PlacementSnapshot {
  const nowMs = snapshot.nowMs + stepMs;
  const demands: PlacementDemand[] = [];
  let replicas = snapshot.replicas.map((each): PlacementReplica => {
    const isUp = each.state === 'starting';
    const state = isUp ? { state: 'ready' as const, stateSinceAtMs: nowMs, lastUsedAtMs: nowMs } : {};
    return { ...each, ...state, inFlightCount: 0, batchInFlightCount: 0 };
  });
  for (const [model, { liveCount, batchCount }] of loads) {
    const ready = replicas.filter((each) => each.model === model && each.state === 'ready');
    const share = (count: number, index: number) => Math.floor((count + ready.length - 1 - index) / ready.length);
    replicas = replicas.map((each) => {
      const index = ready.indexOf(each);
      if (index < 0) return each;
      const batchInFlightCount = share(batchCount, index);
      const inFlightCount = share(liveCount, index) + batchInFlightCount;
      return {
        ...each,
        inFlightCount,
        batchInFlightCount,
        lastUsedAtMs: inFlightCount > 0 ? nowMs : each.lastUsedAtMs,
      };
    });
    const slotCount = ready.length * SLOTS;
    const sinceAtMs = pressedSinceAtMs(pressed.get(model) ?? null, liveCount - slotCount, slotCount, nowMs);
    pressed.set(model, sinceAtMs);
    const isCold = ready.length === 0;
    demands.push({
      model,
      waitingCount: isCold ? liveCount : 0,
      batchWaitingCount: isCold ? batchCount : 0,
      oldestWaitMs: isCold ? 1000 : 0,
      pressedForMs: sinceAtMs === null ? 0 : nowMs - sinceAtMs,
    });
  }
  return { ...snapshot, nowMs, replicas, demands };
}

describe('a plan of replicas', () => {
  it('starts a replica only where it fits, on a card that nothing else holds, and that has not just failed it', () => {
    fc.assert(
      fc.property(snapshotArbitrary, (snapshot) => {
        const starts = planReplicas(snapshot).orders.filter((order) => order.kind === 'start');
        const given = starts.flatMap(({ cardId, moreCardIds }) => [cardId, ...moreCardIds]);
        expect(new Set(given).size).toBe(given.length);
        for (const cardId of given) expect(snapshot.replicas.some((each) => each.cardId === cardId)).toBe(false);
        for (const { cardId, moreCardIds, model, route, takesFallback } of starts) {
          if (moreCardIds.length > 0) continue;
          const card = snapshot.cards.find((each) => each.cardId === cardId);
          const needBytes = snapshot.models.find((each) => each.model === model)?.vramNeedBytes[route];
          expect(card?.vramBytes ?? 0).toBeGreaterThanOrEqual(needBytes ?? Number.POSITIVE_INFINITY);
          expect(card?.routes).toContain(route);
          expect(card?.holder).toBe(takesFallback ? 'fallback' : 'nothing');
          for (const { retryAtMs } of snapshot.failures.filter(
            (each) => each.model === model && each.cardId === cardId,
          ))
            expect(retryAtMs ?? Number.POSITIVE_INFINITY).toBeLessThan(snapshot.nowMs);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('ends only what has drained, and drains nothing that works, nor below what must run', () => {
    fc.assert(
      fc.property(snapshotArbitrary, (snapshot) => {
        const { orders } = planReplicas(snapshot);
        const replica = (id: string) => snapshot.replicas.find(({ replicaId }) => replicaId === id);
        for (const order of orders) {
          if (order.kind === 'start') continue;
          const { replicaId, kind } = order;
          const subject = replica(replicaId);
          const drainedForMs = snapshot.nowMs - (subject?.stateSinceAtMs ?? 0);
          if (kind === 'stop') {
            expect(subject?.state).toBe('draining');
            expect(subject?.inFlightCount === 0 || drainedForMs >= DRAIN_MS_MAX).toBe(true);
          } else {
            expect(subject?.state).toBe('ready');
            if (subject?.model !== 'gone') expect(subject?.inFlightCount).toBe(0);
          }
        }
        for (const { model, replicasMin } of snapshot.models) {
          const ready = snapshot.replicas.filter((each) => each.model === model && each.state === 'ready');
          const drained = orders.filter((order) => order.kind === 'drain' && replica(order.replicaId)?.model === model);
          if (drained.length > 0) expect(ready.length - drained.length).toBeGreaterThanOrEqual(replicasMin);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('leaves only the end of what has drained to the next plan once it is carried out', () => {
    fc.assert(
      fc.property(snapshotArbitrary, (snapshot) => {
        const first = carriedOut(snapshot, planReplicas(snapshot));
        const second = planReplicas(first);
        const drains = second.orders.filter((order) => order.kind === 'drain');
        // A stop frees a card, which the next plan may give away; it never drains one more for the same wish.
        expect(drains.length === 0 || planReplicas(snapshot).orders.some(({ kind }) => kind !== 'drain')).toBe(true);
        let settled = carriedOut(first, second);
        for (let round = 0; round < 8; round += 1) settled = carriedOut(settled, planReplicas(settled));
        expect(planReplicas(settled).orders).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('becomes empty, and stays so, under any demand that stays', () => {
    const loadArbitrary = fc.record({
      liveCount: fc.constantFrom(0, 0, 1, 3, 9, 30),
      batchCount: fc.constantFrom(0, 2),
    });
    fc.assert(
      fc.property(
        snapshotArbitrary,
        fc.array(loadArbitrary, { minLength: 4, maxLength: 4 }),
        fc.constantFrom(1000, 7000),
        (start, perModel, stepMs) => {
          const loads = new Map(
            start.models.map(({ model }, index) => [model, perModel[index] ?? { liveCount: 0, batchCount: 0 }]),
          );
          const pressed = new Map<string, number | null>();
          let snapshot: PlacementSnapshot = { ...start, failures: [] };
          const orderCounts: number[] = [];
          for (let step = 0; step < 500; step += 1) {
            snapshot = later(snapshot, loads, pressed, stepMs);
            const plan = planReplicas(snapshot);
            orderCounts.push(plan.orders.length);
            snapshot = carriedOut(snapshot, plan);
          }
          expect(orderCounts.slice(-150).reduce((sum, count) => sum + count, 0)).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  }, 60_000);

  it('gives a waiting model the best idle card, an idle card before the fallback’s, and a graphics card first', () => {
    const cards = [
      cardOf('processor', { routes: ['cpu'], grade: 'D' }),
      cardOf('mining', { grade: 'A', holder: 'fallback' }),
      cardOf('large', { vramBytes: 24 * GIB }),
      cardOf('fitting'),
      cardOf('weak', { grade: 'D' }),
      cardOf('theirs', { grade: 'A', holder: 'other' }),
    ];
    const models = [modelOf('m')];
    const demands = [demandOf('m', { waitingCount: 1 })];
    const chosen: string[] = [];
    let left = cards;
    for (;;) {
      const [order] = planReplicas(snapshotOf({ cards: left, models, demands })).orders;
      if (order?.kind !== 'start') break;
      chosen.push(order.cardId);
      left = left.filter(({ cardId }) => cardId !== order.cardId);
    }
    expect(chosen).toEqual(['fitting', 'large', 'weak', 'processor', 'mining']);
  });

  it('swaps two models on one card: the idle one drains, ends, and the other starts', () => {
    let snapshot = snapshotOf({
      cards: [cardOf('c')],
      models: [modelOf('a'), modelOf('b')],
      replicas: [replicaOf('r', 'a', 'c', { lastUsedAtMs: 98_000 })],
      demands: [demandOf('b', { waitingCount: 1 })],
    });
    const kinds: string[][] = [];
    for (let round = 0; round < 4; round += 1) {
      const plan = planReplicas(snapshot);
      kinds.push(plan.orders.map(({ kind }) => kind));
      snapshot = carriedOut(snapshot, plan);
    }
    expect(kinds).toEqual([['drain'], ['stop'], ['start'], []]);
  });

  it('never takes a card from a model that is at work, was just used, or that somebody waits for', () => {
    const base = { cards: [cardOf('c')], models: [modelOf('a'), modelOf('b')] };
    const wanted = demandOf('b', { waitingCount: 1 });
    for (const rest of [{ inFlightCount: 1 }, { lastUsedAtMs: 99_500 }]) {
      const replicas = [replicaOf('r', 'a', 'c', rest)];
      const { orders, unplaced } = planReplicas(snapshotOf({ ...base, replicas, demands: [wanted] }));
      expect(orders).toEqual([]);
      expect(unplaced).toMatchObject([{ model: 'b', isHopeless: false }]);
    }
  });

  it('lets batches use idle cards alone, and takes their card for a live request', () => {
    const base = { cards: [cardOf('c')], models: [modelOf('a'), modelOf('b')] };
    const idle = [replicaOf('r', 'a', 'c')];
    const batch = [demandOf('b', { batchWaitingCount: 5 })];
    expect(planReplicas(snapshotOf({ ...base, replicas: idle, demands: batch })).orders).toEqual([]);
    expect(planReplicas(snapshotOf({ ...base, demands: batch })).orders).toMatchObject([{ kind: 'start', model: 'b' }]);
    const working = [replicaOf('r', 'a', 'c', { inFlightCount: 3, batchInFlightCount: 3, lastUsedAtMs: 100_000 })];
    const live = [demandOf('b', { waitingCount: 1 })];
    expect(planReplicas(snapshotOf({ ...base, replicas: working, demands: live })).orders).toMatchObject([
      { kind: 'drain', replicaId: 'r' },
    ]);
  });

  it('scales out after a queue of some seconds, in after a minute of idleness, and to zero after keep-warm', () => {
    const base = { cards: [cardOf('c'), cardOf('d')], models: [modelOf('a', { keepWarmMs: 90_000 })] };
    const busy = replicaOf('r', 'a', 'c', { inFlightCount: 9, lastUsedAtMs: 100_000 });
    const pressed = (pressedForMs: number) => [demandOf('a', { pressedForMs })];
    const plan = (rest: Partial<PlacementSnapshot>) => planReplicas(snapshotOf({ ...base, ...rest })).orders;
    expect(plan({ replicas: [busy], demands: pressed(4000) })).toEqual([]);
    expect(plan({ replicas: [busy], demands: pressed(6000) })).toMatchObject([{ kind: 'start', cardId: 'd' }]);
    const light = replicaOf('r', 'a', 'c', { inFlightCount: 2, lastUsedAtMs: 100_000 });
    const spare = (lastUsedAtMs: number) => replicaOf('s', 'a', 'd', { lastUsedAtMs });
    expect(plan({ replicas: [light, spare(50_000)] })).toEqual([]);
    expect(plan({ replicas: [light, spare(30_000)] })).toMatchObject([{ kind: 'drain', replicaId: 's' }]);
    expect(plan({ replicas: [spare(20_000)] })).toEqual([]);
    expect(plan({ replicas: [spare(5000)] })).toMatchObject([{ kind: 'drain', replicaId: 's' }]);
  });

  it('lays a model that no card holds alone over several that are free, and waits for those that are not', () => {
    const split = { sharedBytes: 12 * GIB, perCardBytes: { vulkan: GIB } };
    const models = [modelOf('large', { vramNeedBytes: { vulkan: 14 * GIB }, split }), modelOf('x')];
    const snapshot = snapshotOf({
      ...{ cards: [cardOf('a'), cardOf('b')], models, demands: [demandOf('large', { waitingCount: 1 })] },
    });
    expect(planReplicas(snapshot).orders).toMatchObject([{ kind: 'start', cardId: 'a', moreCardIds: ['b'] }]);
    const replicas = [replicaOf('r', 'x', 'b', { inFlightCount: 1 })];
    const waiting = planReplicas({ ...snapshot, replicas });
    expect(waiting).toMatchObject({ orders: [], unplaced: [{ model: 'large', isHopeless: false }] });
  });

  it('says in words why a model gets no card', () => {
    const models = [modelOf('a', { vramNeedBytes: { vulkan: 20 * GIB } })];
    const snapshot = snapshotOf({ cards: [cardOf('c')], models, demands: [demandOf('a', { waitingCount: 1 })] });
    expect(planReplicas(snapshot).unplaced).toEqual([
      { model: 'a', isHopeless: true, why: 'It needs 20 GiB of a card, and the largest has 8 GiB.' },
    ]);
    const failed = { ...snapshot, models: [modelOf('a')], failures: [{ model: 'a', cardId: 'c', retryAtMs: null }] };
    expect(planReplicas(failed).unplaced[0]?.why).toContain('has failed it');
    expect([...models, modelOf('a')].map((model) => isPlaceable(snapshot, model))).toEqual([false, true]);
  });
});

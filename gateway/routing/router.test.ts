import fc from 'fast-check';
import { MockAgent } from 'undici';
import { describe, expect, it } from 'vitest';
import type { Isolation, Replica } from '../ports.ts';
import { caller, replicaOf } from '../scripted-replica.ts';
import { prefixMarks } from './prefix-affinity.ts';
import { meets } from './replica-index.ts';
import { type Route, type RouteRequest, Router } from './router.ts';

const dispatcher = new MockAgent();

function replica(fields: Partial<Replica>): Replica {
  return { ...replicaOf('r', 'tiny', dispatcher), ...fields };
}

function requestOf(fields: Partial<RouteRequest> = {}): RouteRequest {
  return {
    door: 'chat',
    constraints: caller.constraints,
    contextTokens: 100,
    promptLength: 100,
    completionTokenCount: 100,
    marks: [],
    passedOver: new Set(),
    ...fields,
  };
}

function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function routerOf(seed = 1, health: string[] = []): Router {
  return new Router({ random: seeded(seed), onHealth: (replicaId, state) => health.push(`${replicaId} ${state}`) });
}

function routed(router: Router, replicas: readonly Replica[], request = requestOf(), nowMs = 0): Route {
  const route = router.route(replicas, request, nowMs);
  if (route === null) expect.fail('no replica was found');
  return route;
}

const isolations: readonly Isolation[] = ['process', 'container', 'vm'];

const someReplicas = fc
  .array(
    fc.record({
      contextTokens: fc.constantFrom(512, 1024, 4096),
      isDraining: fc.boolean(),
      doors: fc.subarray(['chat', 'completions', 'embeddings'] as const),
      isolation: fc.constantFrom(...isolations),
      region: fc.constantFrom('no', 'de', null),
      tokensPerSecond: fc.constantFrom(5, 50, null),
    }),
    { maxLength: 40 },
  )
  .map((all) => all.map((fields, index) => replica({ ...fields, replicaId: `r${index}` })));

describe('the router', () => {
  it('finds a replica exactly where one fits, and never one that drains, failed, or is not allowed', () => {
    fc.assert(
      fc.property(
        someReplicas,
        fc.constantFrom(...isolations),
        fc.subarray(['no', 'de']),
        fc.array(fc.nat(39)),
        fc.nat(),
        (replicas, isolation, regions, passed, seed) => {
          const constraints = { isolation, regions, operatorIds: [] };
          const passedOver = new Set(passed.map((index) => `r${index}`));
          const route = routerOf(seed).route(replicas, requestOf({ constraints, passedOver }), 0);
          const fitting = replicas.filter(
            (one) => !one.isDraining && one.doors.includes('chat') && meets(one, constraints),
          );
          const open = fitting.filter(({ replicaId }) => !passedOver.has(replicaId));
          if (route === null) expect(open).toEqual([]);
          else expect(open).toContain(route.replica);
        },
      ),
    );
  });

  it('sends a request to a context that is long enough wherever there is one', () => {
    fc.assert(
      fc.property(someReplicas, fc.integer({ min: 1, max: 6000 }), fc.nat(), (replicas, contextTokens, seed) => {
        const route = routerOf(seed).route(replicas, requestOf({ contextTokens }), 0);
        const fitting = replicas.filter(({ isDraining, doors }) => !isDraining && doors.includes('chat'));
        const longest = Math.max(0, ...fitting.map((one) => one.contextTokens));
        if (route !== null)
          expect(route.replica.contextTokens).toBeGreaterThanOrEqual(Math.min(contextTokens, longest));
      }),
    );
  });

  it('takes the least expected wait of a few, by speed and by what is under way', () => {
    const router = routerOf();
    const replicas = [
      replica({ replicaId: 'slow', tokensPerSecond: 10 }),
      replica({ replicaId: 'fast', tokensPerSecond: 40, parallelCount: 1 }),
    ];
    const taken = Array.from({ length: 12 }, () => routed(router, replicas).replica.replicaId);
    expect(taken[0]).toBe('fast');
    expect(taken).toContain('slow');
  });

  it('spreads load over many alike: the fullest has less than three times the mean', () => {
    const router = routerOf();
    const replicas = Array.from({ length: 200 }, (_, index) => replica({ replicaId: `r${index}` }));
    const counts = new Map<string, number>();
    for (let sent = 0; sent < 2_000; sent += 1) {
      const { replicaId } = routed(router, replicas).replica;
      counts.set(replicaId, (counts.get(replicaId) ?? 0) + 1);
    }
    expect(Math.max(...counts.values())).toBeLessThan(30);
  });

  it('decides alike for the same chance', () => {
    const replicas = Array.from({ length: 100 }, (_, index) => replica({ replicaId: `r${index}` }));
    const taken = () => {
      const router = routerOf(7);
      return Array.from({ length: 50 }, () => routed(router, replicas).replica.replicaId);
    };
    expect(taken()).toEqual(taken());
  });

  it('sends a conversation to the replica that has it cached, until that one is too full', () => {
    const router = routerOf();
    const replicas = Array.from({ length: 50 }, (_, index) => replica({ replicaId: `r${index}`, parallelCount: 1 }));
    const text = 'You are a helpful clerk. '.repeat(400);
    const turn = (texts: readonly string[]) =>
      requestOf({ marks: prefixMarks('org tiny', texts), promptLength: texts.join('').length });
    const first = routed(router, replicas, turn([text]));
    first.end({ kind: 'answered', tokensPerSecond: null }, 0);
    const second = routed(router, replicas, turn([text, 'And then?']));
    expect(second.replica.replicaId).toBe(first.replica.replicaId);
    const others = Array.from({ length: 20 }, () => routed(router, replicas, turn([text])).replica.replicaId);
    expect(new Set(others).size).toBeGreaterThan(1);
  });

  it('passes over a replica after three failures in a row, tries it with one request, and takes it back', () => {
    const health: string[] = [];
    const router = routerOf(1, health);
    const replicas = [replica({ replicaId: 'r0' })];
    for (let failed = 0; failed < 3; failed += 1) routed(router, replicas).end({ kind: 'failed' }, 0);
    expect(router.route(replicas, requestOf(), 999)).toBeNull();
    const probe = routed(router, replicas, requestOf(), 1_000);
    expect(probe.isProbe).toBe(true);
    expect(router.route(replicas, requestOf(), 1_000)).toBeNull();
    probe.end({ kind: 'failed' }, 1_000);
    expect(router.route(replicas, requestOf(), 2_999)).toBeNull();
    routed(router, replicas, requestOf(), 3_000).end({ kind: 'answered', tokensPerSecond: 30 }, 3_000);
    expect(routed(router, replicas, requestOf(), 3_000).isProbe).toBe(false);
    expect(health).toEqual(['r0 failing', 'r0 healthy']);
  });
});

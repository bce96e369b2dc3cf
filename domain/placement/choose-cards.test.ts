import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GIB } from '../quantity.ts';
import { type CardDemand, unmetNeed, type WorkloadPriority, workloadPriorities } from '../workloads.ts';
import { type CardWish, chooseCards, type OfferedCard, type OfferedRig } from './choose-cards.ts';

function cardOf(cardId: string, rest: Partial<OfferedCard['features']> = {}): OfferedCard {
  const features = { cardModelName: 'RX 580 8GB', vramBytes: 8 * GIB, routes: ['vulkan'] as const, ...rest };
  return { cardId, features, holder: null };
}

function held(card: OfferedCard, workloadId: string, priority: WorkloadPriority): OfferedCard {
  return { ...card, holder: { workloadId, priority } };
}

function rigOf(rigId: string, ...cards: readonly OfferedCard[]): OfferedRig {
  return { rigId, cards };
}

function wishOf(rest: Partial<CardWish> & { readonly count?: number } = {}): CardWish {
  const { count = 1, ...wish } = rest;
  return { demand: { kind: 'any', count, needs: {} }, rankCount: 1, priority: 'guaranteed', ...wish };
}

function chosenIds(rigs: readonly OfferedRig[], wish: CardWish): readonly (readonly string[])[] {
  const choice = chooseCards(rigs, wish);
  return choice.kind === 'placed' ? choice.places.map(({ cardIds }) => cardIds) : [];
}

describe('which cards a workload gets', () => {
  it('gives a guaranteed one the fastest that is free, and an interruptible one the slowest that does', () => {
    const rigs = [rigOf('rig', cardOf('slow', { tokensPerSecond: 20 }), cardOf('fast', { tokensPerSecond: 90 }))];
    expect(chosenIds(rigs, wishOf())).toEqual([['fast']]);
    expect(chosenIds(rigs, wishOf({ priority: 'interruptible' }))).toEqual([['slow']]);
  });

  it('takes a slower free card before a faster one that somebody would lose', () => {
    const fast = held(cardOf('fast', { tokensPerSecond: 90 }), 'miner', 'fallback');
    expect(chooseCards([rigOf('rig', fast, cardOf('slow'))], wishOf())).toMatchObject({
      kind: 'placed',
      places: [{ rank: 0, rigId: 'rig', cardIds: ['slow'] }],
      evictedIds: [],
    });
  });

  it('takes from the fallback before it takes from an interruptible job', () => {
    const rigs = [
      rigOf('one', held(cardOf('a'), 'job', 'interruptible')),
      rigOf('two', held(cardOf('b'), 'miner', 'fallback')),
    ];
    expect(chooseCards(rigs, wishOf())).toMatchObject({ kind: 'placed', evictedIds: ['miner'] });
  });

  it('ends one that holds all the cards in question before it ends two', () => {
    const cards = [
      held(cardOf('a'), 'small', 'fallback'),
      held(cardOf('b'), 'wide', 'fallback'),
      held(cardOf('c'), 'wide', 'fallback'),
    ];
    expect(chooseCards([rigOf('rig', ...cards)], wishOf({ count: 2 }))).toMatchObject({ evictedIds: ['wide'] });
  });

  it('says busy where enough would do but are held, and unfit where too few ever would', () => {
    const rigs = [rigOf('rig', held(cardOf('a'), 'paid', 'guaranteed'))];
    expect(chooseCards(rigs, wishOf())).toEqual({ kind: 'busy', refusals: [{ cardId: 'a', why: 'held by paid' }] });
    expect(chooseCards(rigs, wishOf({ count: 2 })).kind).toBe('unfit');
    const demand: CardDemand = { kind: 'any', count: 1, needs: { vramBytesMin: 9 * GIB } };
    expect(chooseCards(rigs, wishOf({ demand }))).toEqual({
      kind: 'unfit',
      refusals: [{ cardId: 'a', why: 'too little VRAM' }],
    });
  });

  it('tells of cards that are out of service or on another rig why they are not chosen', () => {
    const rigs = [
      rigOf('one', { ...cardOf('a'), withheldWhy: 'drained: fan is dead' }),
      rigOf('two', cardOf('b')),
      rigOf('three', cardOf('c')),
    ];
    const demand: CardDemand = { kind: 'any', count: 1, needs: {}, rigIds: ['one', 'three'] };
    expect(chooseCards(rigs, wishOf({ demand }))).toEqual({
      kind: 'placed',
      places: [{ rank: 0, rigId: 'three', cardIds: ['c'] }],
      evictedIds: [],
      refusals: [
        { cardId: 'a', why: 'drained: fan is dead' },
        { cardId: 'b', why: 'another rig' },
      ],
    });
  });

  it('gives exactly the cards that are asked for, of one rig, and none where one of them is unknown', () => {
    const rigs = [rigOf('one', cardOf('a'), cardOf('b')), rigOf('two', cardOf('c'))];
    expect(chosenIds(rigs, wishOf({ demand: { kind: 'these', cardIds: ['b', 'a'] } }))).toEqual([['b', 'a']]);
    expect(chooseCards(rigs, wishOf({ demand: { kind: 'these', cardIds: ['a', 'c'] } })).kind).toBe('unfit');
    expect(chosenIds(rigs, wishOf({ demand: { kind: 'these', cardIds: [] } }))).toEqual([[]]);
  });

  it('places every rank of a gang or none, over one rig or many', () => {
    const rigs = [rigOf('one', cardOf('a'), cardOf('b')), rigOf('two', cardOf('c'))];
    expect(
      chosenIds(rigs, wishOf({ rankCount: 3 }))
        .flat()
        .toSorted(),
    ).toEqual(['a', 'b', 'c']);
    expect(chooseCards(rigs, wishOf({ rankCount: 2, count: 2 })).kind).toBe('unfit');
    expect(chosenIds(rigs, wishOf({ rankCount: 4, count: 0 }))).toEqual([[], [], [], []]);
  });
});

describe('the laws of choosing', () => {
  const priority = fc.constantFrom(...workloadPriorities);
  const card = fc.record({
    vramBytes: fc.constantFrom(4 * GIB, 8 * GIB, 24 * GIB),
    tokensPerSecond: fc.nat(200),
    holder: fc.option(fc.record({ workloadId: fc.constantFrom('w1', 'w2', 'w3', 'w4'), priority })),
    isDrained: fc.boolean(),
  });
  const farm = fc.array(fc.array(card, { maxLength: 6 }), { minLength: 1, maxLength: 4 }).map((rigs) => {
    const priorities = new Map<string, WorkloadPriority>();
    return rigs.map(
      (cards, rigIndex): OfferedRig => ({
        rigId: `rig-${rigIndex}`,
        cards: cards.map(({ vramBytes, tokensPerSecond, holder, isDrained }, index) => {
          if (holder !== null && !priorities.has(holder.workloadId)) priorities.set(holder.workloadId, holder.priority);
          return {
            ...cardOf(`rig-${rigIndex}/${index}`, { vramBytes, tokensPerSecond }),
            holder:
              holder === null ? null : { ...holder, priority: priorities.get(holder.workloadId) ?? holder.priority },
            ...(isDrained ? { withheldWhy: 'drained' } : {}),
          };
        }),
      }),
    );
  });
  const wish = fc.record({
    demand: fc.record({
      kind: fc.constant('any' as const),
      count: fc.nat(3),
      needs: fc.constantFrom({}, { vramBytesMin: 8 * GIB }, { vramBytesMin: 25 * GIB }),
    }),
    rankCount: fc.integer({ min: 1, max: 4 }),
    priority,
  });

  it('no card is given twice, nor one that does not do, nor one of a workload that gives no way', () => {
    fc.assert(
      fc.property(farm, wish, (rigs, asked) => {
        const choice = chooseCards(rigs, asked);
        if (choice.kind !== 'placed') return;
        expect(choice.places.map(({ rank }) => rank)).toEqual([...Array(asked.rankCount).keys()]);
        const all = choice.places.flatMap(({ cardIds }) => cardIds);
        expect(new Set(all).size).toBe(all.length);
        for (const { rigId, cardIds } of choice.places) {
          expect(cardIds).toHaveLength(asked.demand.count);
          const rig = rigs.find((each) => each.rigId === rigId);
          for (const cardId of cardIds) {
            const given = rig?.cards.find((each) => each.cardId === cardId);
            expect(given?.withheldWhy).toBeUndefined();
            if (given !== undefined) expect(unmetNeed(given.features, asked.demand.needs)).toBeNull();
            const holder = given?.holder ?? null;
            if (holder === null) continue;
            expect(choice.evictedIds).toContain(holder.workloadId);
            expect(workloadPriorities.indexOf(holder.priority)).toBeLessThan(
              workloadPriorities.indexOf(asked.priority),
            );
          }
        }
      }),
    );
  });

  it('where free cards are enough on every rank, nobody gives way', () => {
    fc.assert(
      fc.property(farm, wish, (rigs, asked) => {
        const free = rigs.map(({ rigId, cards }) => ({ rigId, cards: cards.filter(({ holder }) => holder === null) }));
        if (chooseCards(free, asked).kind !== 'placed') return;
        expect(chooseCards(rigs, asked)).toMatchObject({ kind: 'placed', evictedIds: [] });
      }),
    );
  });

  it('with more cards in the farm, no workload that was placed is refused', () => {
    fc.assert(
      fc.property(farm, farm, wish, (rigs, more, asked) => {
        if (chooseCards(rigs, asked).kind !== 'placed') return;
        const others = more.map((rig) => ({
          ...rig,
          rigId: `more-${rig.rigId}`,
          cards: rig.cards.map((each) => ({ ...each, cardId: `more-${each.cardId}` })),
        }));
        expect(chooseCards([...rigs, ...others], asked).kind).toBe('placed');
      }),
    );
  });
});

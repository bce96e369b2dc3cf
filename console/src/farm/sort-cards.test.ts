import type { CardView } from '@rerig/api/exchange';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exampleFarm } from '../../farm-fixture.ts';
import { nextOrder, SORT_KEYS, sortCards } from './sort-cards.ts';

const cards: readonly CardView[] = exampleFarm.rigs.flatMap((rig) => rig.cards);
const anyCards = fc.shuffledSubarray([...cards]);
const anyKey = fc.constantFrom(...SORT_KEYS);
const anyDirection = fc.constantFrom('ascending' as const, 'descending' as const);

function ids(sorted: readonly CardView[]): readonly string[] {
  return sorted.map((card) => card.cardId);
}

describe('sortCards', () => {
  test('loses no card and makes none up, by any column', () => {
    fc.assert(
      fc.property(anyCards, anyKey, anyDirection, (some, key, direction) => {
        expect(ids(sortCards(some, { key, direction })).toSorted()).toEqual(ids(some).toSorted());
      }),
    );
  });

  test('changes nothing when applied twice', () => {
    fc.assert(
      fc.property(anyCards, anyKey, anyDirection, (some, key, direction) => {
        const once = sortCards(some, { key, direction });
        expect(ids(sortCards(once, { key, direction }))).toEqual(ids(once));
      }),
    );
  });

  test.each([
    ['bus', (card: CardView) => card.busId === undefined],
    ['vram', (card: CardView) => card.kind === 'cpu' || card.vramBytes === undefined],
    ['grade', (card: CardView) => card.grade === null],
    ['fit', (card: CardView) => card.largestFit === null],
    ['route', (card: CardView) => card.route === null],
    ['sensors', (card: CardView) => card.temperatureCelsius === undefined],
    ['findings', (card: CardView) => card.findings.length === 0],
  ] as const)('puts cards whose %s is not known last, in both directions', (key, isUnknown) => {
    fc.assert(
      fc.property(anyCards, anyDirection, (some, direction) => {
        const unknown = sortCards(some, { key, direction }).map(isUnknown);
        expect(unknown).toEqual(unknown.toSorted());
      }),
    );
  });

  test('orders models by their size and not by their letters: 3B before 14B', () => {
    const fits = sortCards(cards, { key: 'fit', direction: 'ascending' }).map((card) => card.largestFit);
    expect([...new Set(fits)]).toEqual(['1B Q4_K_M', '3B Q4_K_M', '8B Q4_K_M', '14B Q4_K_M', '32B Q4_K_M', null]);
  });

  test('puts the card with a blocking finding first', () => {
    expect(sortCards(cards, { key: 'findings', direction: 'ascending' })[0]?.cardId).toBe('rig-03/1');
  });
});

test('clicks on one heading lead from ascending over descending to the order of the farm', () => {
  const first = nextOrder({ key: 'bus', direction: 'descending' }, 'grade');
  const second = nextOrder(first, 'grade');
  expect([first, second, nextOrder(second, 'grade')]).toEqual([
    { key: 'grade', direction: 'ascending' },
    { key: 'grade', direction: 'descending' },
    null,
  ]);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cardIndexes, placesOf } from './job-places.ts';
import { fakeCards, fakeRig } from './testing/fake-rig.ts';

const rigs = new Map(
  [fakeRig('rx1', [fakeCards.rx580(4)]), fakeRig('rx2', [fakeCards.rx580(2), fakeCards.rtx3060(2)])].map((rig) => [
    rig.nodeName,
    rig,
  ]),
);

test.each([
  ['gpu:rx580:2(IDX:0-1)', [0, 1]],
  ['gpu:a:1(IDX:3),gpu:b:2(IDX:0,2)', [0, 2, 3]],
  ['gpu:a:0', []],
  ['', []],
])('the indexes in "%s" are read', (detail, indexes) => {
  expect(cardIndexes(detail)).toEqual(indexes);
});

test('ranks are dealt out rig by rig, each with its cards in order', () => {
  const placement = { nodes: 'rx[1-2]', gresDetail: ['gpu:rx580:2(IDX:1,3)', 'gpu:rx580:1(IDX:0),gpu:rtx:1(IDX:2)'] };
  expect(placesOf(placement, rigs, 2, 2)).toEqual([
    { rank: 0, rigId: 'rx1', cardIds: ['rx1/02:00.0', 'rx1/04:00.0'] },
    { rank: 1, rigId: 'rx2', cardIds: ['rx2/01:00.0', 'rx2/03:00.0'] },
  ]);
});

test('a rank without cards is where it said that it is', () => {
  const placement = { nodes: 'rx[1-2]', gresDetail: [] };
  expect(placesOf(placement, rigs, 0, 2, new Map([[0, 'rx2']])).map(({ rigId }) => rigId)).toEqual(['rx2', 'rx2']);
});

test('no card is dealt out twice, and every rank has as many', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), (cardCount, rankCount) => {
      const total = cardCount * rankCount;
      const cardIdsOf = placesOf(
        { nodes: 'x', gresDetail: [`gpu:t:${total}(IDX:0-${total - 1})`] },
        rigs,
        cardCount,
        rankCount,
      );
      const dealt = cardIdsOf.flatMap(({ cardIds }) => cardIds);
      expect(new Set(dealt).size).toBe(total);
      expect(cardIdsOf.every(({ cardIds }) => cardIds.length === cardCount)).toBe(true);
    }),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RankPlace } from '../port.ts';
import { cardsSeenBy, rankEnvironment } from './rank-environment.ts';

const rendezvous = { masterAddress: '10.0.0.7', masterPort: 20_001 };

/** Ranks over up to 5 rigs, in any order, each with as many cards of its own. */
const gangs = fc
  .record({ rigs: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 12 }), cards: fc.nat(3) })
  .map(({ rigs, cards }) =>
    rigs.map(
      (rig, rank): RankPlace => ({
        rank,
        rigId: `rig-${rig}`,
        cardIds: Array.from({ length: cards }, (_, card) => `rig-${rig}/${rank}.${card}`),
      }),
    ),
  );

function environments(places: readonly RankPlace[]) {
  return places.map(({ rank }) => rankEnvironment({ workloadId: 'gang-1', places, rank }, rendezvous));
}

test('the second rank of the second rig is told what torchrun would tell it', () => {
  const places = ['a', 'a', 'b', 'b'].map((rigId, rank) => ({ rank, rigId, cardIds: [] }));
  expect(rankEnvironment({ workloadId: 'gang-1', places, rank: 3 }, rendezvous)).toEqual({
    MASTER_ADDR: '10.0.0.7',
    MASTER_PORT: '20001',
    RANK: '3',
    LOCAL_RANK: '1',
    GROUP_RANK: '1',
    WORLD_SIZE: '4',
    LOCAL_WORLD_SIZE: '2',
    RERIG_WORKLOAD_ID: 'gang-1',
  });
});

test('a rig and a rank on it name one rank alone, and the ranks of all rigs are all ranks', () => {
  fc.assert(
    fc.property(gangs, (places) => {
      const told = environments(places);
      expect(new Set(told.map(({ GROUP_RANK, LOCAL_RANK }) => `${GROUP_RANK}/${LOCAL_RANK}`)).size).toBe(told.length);
      const sizeByRig = new Map(told.map(({ GROUP_RANK, LOCAL_WORLD_SIZE }) => [GROUP_RANK, Number(LOCAL_WORLD_SIZE)]));
      expect([...sizeByRig.values()].reduce((sum, size) => sum + size, 0)).toBe(places.length);
      for (const each of told) {
        expect(Number(each.LOCAL_RANK)).toBeLessThan(Number(each.LOCAL_WORLD_SIZE));
        expect(Number(each.GROUP_RANK)).toBeLessThan(sizeByRig.size);
      }
    }),
  );
});

test('a rank finds its own cards among those that it sees by LOCAL_RANK', () => {
  fc.assert(
    fc.property(gangs, (places) => {
      for (const { rank, cardIds } of places) {
        const localRank = Number(rankEnvironment({ workloadId: 'g', places, rank }, rendezvous).LOCAL_RANK);
        const seen = cardsSeenBy(places, rank);
        expect(seen.slice(localRank * cardIds.length, (localRank + 1) * cardIds.length)).toEqual(cardIds);
      }
    }),
  );
});

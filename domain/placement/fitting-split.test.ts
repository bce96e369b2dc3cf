import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GIB } from '../quantity.ts';
import { fittingSplit } from './fitting-split.ts';
import type { PlacementCard, PlacementModel } from './snapshot.ts';

function cardOf(cardId: string, vramGib: number, rigId: string, routes: PlacementCard['routes'] = ['vulkan']) {
  return { cardId, rigId, vramBytes: vramGib * GIB, routes, grade: null, holder: 'nothing' as const };
}

function modelOf(sharedGib: number): PlacementModel {
  const split = { sharedBytes: sharedGib * GIB, perCardBytes: { vulkan: GIB } };
  return { model: 'm', vramNeedBytes: {}, split, replicasMin: 0, replicasMax: 1, keepWarmMs: 0 };
}

describe('a model that is laid over several cards', () => {
  it('takes the fewest of one rig, the largest first, and neither a processor nor another rig’s', () => {
    const cards = [
      ...['a', 'b', 'c'].map((cardId) => cardOf(cardId, 8, 'one')),
      ...['d', 'e'].map((cardId) => cardOf(cardId, 11, 'two')),
      cardOf('processor', 64, 'one', ['cpu']),
    ];
    expect(fittingSplit(modelOf(20), cards)?.cardIds).toEqual(['d', 'e']);
    expect(fittingSplit(modelOf(21), cards)?.cardIds).toEqual(['a', 'b', 'c']);
    expect(fittingSplit(modelOf(22), cards)).toBeNull();
    expect(fittingSplit({ ...modelOf(1), split: { sharedBytes: GIB, perCardBytes: {} } }, cards)).toBeNull();
  });

  it('always has room on them for all of it', () => {
    const cardArbitrary = fc.record({ vramGib: fc.nat(24), rig: fc.constantFrom('one', 'two') });
    fc.assert(
      fc.property(fc.array(cardArbitrary, { maxLength: 12 }), fc.integer({ min: 1, max: 60 }), (told, sharedGib) => {
        const cards = told.map(({ vramGib, rig }, index) => cardOf(`c${index}`, vramGib, rig));
        const split = fittingSplit(modelOf(sharedGib), cards);
        if (split === null) return;
        const taken = cards.filter(({ cardId }) => split.cardIds.includes(cardId));
        expect(taken.length).toBe(split.cardIds.length);
        expect(new Set(taken.map(({ rigId }) => rigId)).size).toBe(1);
        const roomBytes = taken.reduce((sum, { vramBytes }) => sum + vramBytes - GIB, 0);
        expect(roomBytes).toBeGreaterThanOrEqual(sharedGib * GIB);
      }),
    );
  });
});

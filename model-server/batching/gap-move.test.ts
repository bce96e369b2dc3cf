import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FreeSlot } from './choose-slot.ts';
import { gapMove } from './gap-move.ts';

const SLOT_COUNT = 16;

function freeBeside(held: readonly number[], cached: readonly boolean[]): readonly FreeSlot[] {
  return Array.from({ length: SLOT_COUNT }, (_, slot) => slot)
    .filter((slot) => !held.includes(slot))
    .map((slot) => ({ slot, cachedTokens: cached[slot] ? [1, 2] : [], adapterKey: '', lastUsedStep: slot }));
}

describe('a gap between held slots', () => {
  it('is closed by moves that end in one run, each into a free slot, with nothing of worth put over something newer', () => {
    const taken = fc.uniqueArray(fc.nat(SLOT_COUNT - 1), { maxLength: SLOT_COUNT });
    fc.assert(
      fc.property(taken, fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }), (slots, cached) => {
        let held = slots.toSorted((one, other) => one - other);
        for (let count = 0; count <= SLOT_COUNT; count += 1) {
          const free = freeBeside(held, cached);
          const move = gapMove(held, free);
          if (move === undefined) break;
          expect(held).toContain(move.fromSlot);
          expect(free.map(({ slot }) => slot)).toContain(move.toSlot);
          if (move.spareSlot !== undefined) {
            expect(move.spareSlot).not.toBe(move.toSlot);
            expect(free.map(({ slot }) => slot)).toContain(move.spareSlot);
          }
          held = [...held.filter((slot) => slot !== move.fromSlot), move.toSlot].toSorted((one, other) => one - other);
        }
        expect((held.at(-1) ?? 0) - (held[0] ?? 0) + 1).toBe(Math.max(1, held.length));
      }),
    );
  });

  it('keeps the conversation that stood in it, in an empty slot outside', () => {
    const free: readonly FreeSlot[] = [
      { slot: 1, cachedTokens: [5, 6, 7], adapterKey: '', lastUsedStep: 9 },
      { slot: 3, cachedTokens: [], adapterKey: '', lastUsedStep: 0 },
    ];
    expect(gapMove([0, 2], free)).toEqual({ fromSlot: 2, toSlot: 1, spareSlot: 3 });
  });
});

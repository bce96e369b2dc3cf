import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseSlot, commonBeginning, type FreeSlot } from './choose-slot.ts';

const token = fc.nat(2);
const adapterKey = fc.constantFrom('', '1×tone');
const freeSlots = fc
  .uniqueArray(fc.nat(15), { maxLength: 8 })
  .chain((slots) =>
    fc.tuple(
      ...slots.map((slot) =>
        fc.record({ slot: fc.constant(slot), cachedTokens: fc.array(token), adapterKey, lastUsedStep: fc.nat(99) }),
      ),
    ),
  );
const prompt = fc.array(token, { minLength: 1, maxLength: 24 });

function slotWith(slot: number, cachedTokens: readonly number[], lastUsedStep = 1, key = ''): FreeSlot {
  return { slot, cachedTokens, adapterKey: key, lastUsedStep };
}

function counted(length: number): readonly number[] {
  return Array.from({ length }, (_, index) => index);
}

describe('the slot for a sequence', () => {
  it('is a free one, and what is reused is the beginning of its prompt under the same adapters, never its last token', () => {
    fc.assert(
      fc.property(freeSlots, fc.array(fc.nat(15)), prompt, adapterKey, (free, taken, tokens, key) => {
        const choice = chooseSlot(free, taken, tokens, key);
        expect(choice === undefined).toBe(free.length === 0);
        if (choice === undefined) return;
        const chosen = free.find(({ slot }) => slot === choice.slot);
        const reused = choice.reusedTokenCount;
        expect(chosen).toBeDefined();
        expect(reused).toBeLessThan(tokens.length);
        if (reused === 0) return;
        expect(chosen?.adapterKey).toBe(key);
        expect(chosen?.cachedTokens.slice(0, reused)).toEqual(tokens.slice(0, reused));
      }),
    );
  });

  it('has as much to reuse as any free slot whose loss is not greater than the gain', () => {
    fc.assert(
      fc.property(freeSlots, prompt, adapterKey, (free, tokens, key) => {
        const gains = free
          .filter((slot) => slot.adapterKey === key)
          .map(({ cachedTokens }) => {
            const common = commonBeginning(cachedTokens, tokens);
            const gain = Math.min(common, tokens.length - 1);
            return gain >= 4 && gain >= cachedTokens.length - common ? gain : 0;
          });
        expect(chooseSlot(free, [], tokens, key)?.reusedTokenCount ?? 0).toBe(Math.max(0, ...gains));
      }),
    );
  });

  it('gets a copy of what another has where that brings enough more, and never loses that one for it', () => {
    const alike = fc.uniqueArray(fc.record({ slot: fc.nat(15), commonTokenCount: fc.nat(30) }), {
      maxLength: 8,
      selector: ({ slot }) => slot,
    });
    fc.assert(
      fc.property(
        freeSlots,
        prompt,
        alike,
        fc.integer({ min: 4, max: 12 }),
        (free, tokens, others, copiedTokensMin) => {
          const own = chooseSlot(free, [], tokens, '');
          const choice = chooseSlot(free, [], tokens, '', others, copiedTokensMin);
          if (choice?.copiedFromSlot === undefined) {
            expect(choice).toEqual(own);
            return;
          }
          const source = others.find(({ slot }) => slot === choice.copiedFromSlot);
          expect(choice.slot).not.toBe(choice.copiedFromSlot);
          expect(free.some(({ slot }) => slot === choice.slot)).toBe(true);
          expect(choice.reusedTokenCount).toBe(Math.min(source?.commonTokenCount ?? 0, tokens.length - 1));
          expect(choice.reusedTokenCount).toBeGreaterThanOrEqual(copiedTokensMin);
          expect(choice.reusedTokenCount).toBeGreaterThan(own?.reusedTokenCount ?? 0);
        },
      ),
    );
  });

  it('is an empty one that gets a copy, where a long conversation shares its beginning', () => {
    const free = [slotWith(0, [...counted(8), ...Array<number>(40).fill(77)]), slotWith(1, [])];
    const alike = [{ slot: 0, commonTokenCount: 8 }];
    expect(chooseSlot(free, [], counted(20), '', alike, 8)).toEqual({
      ...{ slot: 1, reusedTokenCount: 8, copiedFromSlot: 0 },
    });
    expect(chooseSlot(free, [], counted(20), '', alike, 9)).toEqual({ slot: 1, reusedTokenCount: 0 });
    expect(chooseSlot(free.slice(0, 1), [], counted(20), '', alike, 8)).toEqual({ slot: 0, reusedTokenCount: 0 });
  });

  it('is where the conversation stands, also where a broken-off step left only its beginning', () => {
    const free = [slotWith(0, []), slotWith(1, counted(6)), slotWith(2, [9, 9, 9, 9, 9])];
    expect(chooseSlot(free, [], counted(20), '')).toEqual({ slot: 1, reusedTokenCount: 6 });
  });

  it('follows a conversation to where a gap move put it', () => {
    const moved = [slotWith(1, []), slotWith(7, counted(12))];
    expect(chooseSlot(moved, [0], counted(16), '')).toEqual({ slot: 7, reusedTokenCount: 12 });
  });

  it('spares a long conversation that shares only the beginning of every chat', () => {
    const free = [slotWith(0, [...counted(8), ...Array<number>(40).fill(77)]), slotWith(1, [])];
    expect(chooseSlot(free, [], counted(20), '')).toEqual({ slot: 1, reusedTokenCount: 0 });
  });

  it('is without a common beginning an empty one beside those taken, and else the one that is longest unused', () => {
    const empty = [slotWith(0, []), slotWith(3, []), slotWith(5, [8], 0)];
    expect(chooseSlot(empty, [4], [1, 2, 3], '')?.slot).toBe(3);
    const used = [slotWith(0, [8], 9), slotWith(1, [8], 2), slotWith(2, [8], 5)];
    expect(chooseSlot(used, [], [1, 2, 3], '')?.slot).toBe(1);
  });
});

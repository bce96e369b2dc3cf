import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planStep, type SlotState } from './plan-step.ts';

const sequences = fc
  .uniqueArray(fc.record({ slot: fc.nat(31), promptTokensLeft: fc.oneof(fc.constant(0), fc.nat(2000)) }), {
    selector: ({ slot }) => slot,
    maxLength: 16,
  })
  .map((states): readonly SlotState[] => states);
const limits = fc.record({
  batchTokensMax: fc.integer({ min: 32, max: 512 }),
  promptTokensMax: fc.integer({ min: 1, max: 512 }),
  lonePromptTokensMax: fc.integer({ min: 1, max: 512 }),
  isOldestTurn: fc.boolean(),
});

describe('a step', () => {
  it('stays inside its limits, and whoever generates takes part with one token', () => {
    fc.assert(
      fc.property(sequences, limits, (states, bounds) => {
        const plan = planStep(states, bounds);
        const tokenCount = plan.reduce((sum, share) => sum + share.tokenCount, 0);
        expect(tokenCount).toBeLessThanOrEqual(bounds.batchTokensMax);
        expect(plan.map(({ slot }) => slot)).toEqual(
          plan.map(({ slot }) => slot).toSorted((one, other) => one - other),
        );
        for (const { slot, promptTokensLeft } of states) {
          const share = plan.find((each) => each.slot === slot);
          if (promptTokensLeft === 0) expect(share).toEqual({ slot, tokenCount: 1, generates: true });
          else if (share) expect(share.generates).toBe(share.tokenCount === promptTokensLeft);
        }
        const generatingCount = states.filter(({ promptTokensLeft }) => promptTokensLeft === 0).length;
        const promptTokensMax = generatingCount === 0 ? bounds.lonePromptTokensMax : bounds.promptTokensMax;
        expect(tokenCount - generatingCount).toBeLessThanOrEqual(promptTokensMax);
      }),
    );
  });

  it('is followed by others until every prompt was seen whole, each of its tokens once', () => {
    fc.assert(
      fc.property(sequences, limits, (states, bounds) => {
        const left = new Map(states.map(({ slot, promptTokensLeft }) => [slot, promptTokensLeft]));
        for (let count = 0; count < 40_000 && [...left.values()].some((tokens) => tokens > 0); count += 1) {
          const now = states.map(({ slot }) => ({ slot, promptTokensLeft: left.get(slot) ?? 0 }));
          for (const { slot, tokenCount } of planStep(now, bounds)) {
            left.set(slot, Math.max(0, (left.get(slot) ?? 0) - tokenCount));
          }
        }
        expect([...left.values()].every((tokens) => tokens === 0)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('lets a short prompt through whole beside a long one, which has every other turn', () => {
    const limits = { batchTokensMax: 512, promptTokensMax: 96, lonePromptTokensMax: 192, isOldestTurn: false };
    const long = { slot: 0, promptTokensLeft: 4000 };
    const short = { slot: 1, promptTokensLeft: 27 };
    expect(planStep([long, short], limits)).toEqual([{ slot: 1, tokenCount: 27, generates: true }]);
    expect(planStep([long, short], { ...limits, isOldestTurn: true })).toEqual([
      { slot: 0, tokenCount: 192, generates: false },
    ]);
    expect(planStep([long, { slot: 1, promptTokensLeft: 0 }], limits)).toEqual([
      { slot: 0, tokenCount: 96, generates: false },
      { slot: 1, tokenCount: 1, generates: true },
    ]);
  });

  it('lets the oldest prompt go on at each of its turns, whoever else comes', () => {
    fc.assert(
      fc.property(sequences, limits, (states, bounds) => {
        const oldest = states.find(({ promptTokensLeft }) => promptTokensLeft > 0);
        const plan = planStep(states, { ...bounds, isOldestTurn: true });
        if (oldest !== undefined) expect(plan.some(({ slot }) => slot === oldest.slot)).toBe(true);
      }),
    );
  });
});

import { type AssessedFarm, gradeFarm } from '@rerig/domain/grading';
import { exampleFarmFiles, readInventory } from '@rerig/domain/inventory';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitOf } from './fit.ts';
import type { ModelFacts } from './gguf.ts';

const GIB = 1024 ** 3;
const farm: AssessedFarm = gradeFarm(readInventory(exampleFarmFiles).farm, { nowMs: Date.UTC(2026, 10, 25) });

/** Llama-3.1-8B at Q4_K_M. */
const llama: ModelFacts = {
  ...{ kind: 'model', architecture: 'llama', title: 'Llama 3.1 8B', parameterCount: 8.03e9, quantization: 'Q4_K_M' },
  ...{ fileBytes: 4.6 * GIB, tensorBytes: 4.58 * GIB, contextTokenCount: 131_072, layerCount: 32, headCount: 32 },
  ...{ kvHeadCount: 8, keyWidth: 128, valueWidth: 128, embeddingWidth: 4096, vocabularyTokenCount: 128_256 },
  ...{ expertCount: null, hasChatTemplate: true, pooling: null },
};

describe('the fit of a model', () => {
  it('agrees with the grading of every card on the workload that it is', () => {
    const graded = farm.rigs.flatMap(({ cards }) =>
      cards.flatMap(({ fits }) => fits.filter(({ workload }) => workload.name === '8B Q4_K_M')),
    );
    expect(graded.length).toBeGreaterThan(5);
    expect(fitOf(llama, farm).cards.map(({ isFitting }) => isFitting)).toEqual(
      graded.map(({ isFitting }) => isFitting),
    );
  });

  it('is never better for a larger model or a longer context', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 300, noNaN: true }),
        fc.integer({ min: 64, max: 65_536 }),
        (gib, context) => {
          const small = fitOf({ ...llama, tensorBytes: gib * GIB }, farm, context);
          const large = fitOf({ ...llama, tensorBytes: gib * GIB * 1.5 }, farm, context * 2);
          large.cards.forEach(({ isFitting }, index) => {
            if (isFitting) expect(small.cards[index]?.isFitting).toBe(true);
          });
          if (large.isFitting) expect(small.isFitting).toBe(true);
        },
      ),
    );
  });

  it('lays over several cards of one rig what no card holds, and refuses what no rig does', () => {
    const largestBytes = Math.max(...fitOf(llama, farm).cards.map(({ usableBytes }) => usableBytes));
    const wide = fitOf({ ...llama, tensorBytes: largestBytes * 1.2 }, farm);
    expect([wide.isFitting, wide.cards.some(({ isFitting }) => isFitting)]).toEqual([true, false]);
    expect(wide.together?.cardCount).toBeGreaterThan(1);
    expect(fitOf({ ...llama, tensorBytes: 100_000 * GIB }, farm)).toMatchObject({ isFitting: false, together: null });
  });
});

import { isFault } from '@rerig/domain/fault';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseSizes, neededBytes, type SizeWish } from './choose-sizes.ts';

const GIB = 2 ** 30;
/** Llama 3.2 3B Q4_K_M, as its header says. */
const wish: SizeWish = {
  facts: {
    kind: 'model',
    architecture: 'llama',
    title: 'Llama 3.2 3B',
    parameterCount: 3_212_749_888,
    quantization: 'Q4_K_M',
    contextTokenCount: 131_072,
    layerCount: 28,
    embeddingWidth: 3072,
    headCount: 24,
    kvHeadCount: 8,
    keyWidth: 128,
    valueWidth: 128,
    vocabularyTokenCount: 128_256,
    expertCount: null,
    fileBytes: 2_019_377_696,
    tensorBytes: 2_011_541_504,
    hasChatTemplate: true,
    pooling: null,
  },
  trainedContextTokens: 131_072,
  route: 'vulkan',
  cardCount: 1,
  limitBytes: 10 * GIB,
  besideBytes: 0,
  givesVectorsToo: false,
  contextTokens: undefined,
  parallelCount: undefined,
};
const wishes = fc.record({
  limitBytes: fc.integer({ min: 1, max: 40 }).map((halves) => (halves * GIB) / 2),
  cardCount: fc.integer({ min: 1, max: 4 }),
  besideBytes: fc.nat(GIB),
  givesVectorsToo: fc.boolean(),
  contextTokens: fc.option(fc.integer({ min: 16, max: 131_072 }), { nil: undefined }),
  parallelCount: fc.option(fc.integer({ min: 1, max: 32 }), { nil: undefined }),
});

describe('the sizes of a model', () => {
  it('fit into the bytes that there are and are those that were asked for, or are refused with what is missing', () => {
    fc.assert(
      fc.property(wishes, (asked) => {
        const sizes = chooseSizes({ ...wish, ...asked });
        if (isFault(sizes)) {
          expect(sizes.code).toBe('model_does_not_fit');
          expect(sizes.what).toMatch(/are missing\.$/);
          return;
        }
        expect(neededBytes({ ...wish, ...asked }, sizes)).toBeLessThanOrEqual(asked.limitBytes);
        expect(sizes.contextTokens).toBe(asked.contextTokens ?? sizes.contextTokens);
        expect(sizes.parallelCount).toBe(asked.parallelCount ?? sizes.parallelCount);
        expect(sizes.parallelCount).toBeLessThanOrEqual(asked.parallelCount ?? 8);
      }),
    );
  });

  it('have the largest context: one padding more would not fit', () => {
    fc.assert(
      fc.property(wishes, (asked) => {
        const given = { ...wish, ...asked, contextTokens: undefined };
        const sizes = chooseSizes(given);
        if (isFault(sizes) || sizes.contextTokens === wish.trainedContextTokens) return;
        const larger = { ...sizes, contextTokens: sizes.contextTokens + 256 };
        expect(neededBytes(given, larger)).toBeGreaterThan(asked.limitBytes);
      }),
    );
  });

  it('give slots up before a context under 4,096 tokens, and the context only then', () => {
    const roomFor = (contextTokens: number, parallelCount: number) =>
      chooseSizes({ ...wish, limitBytes: neededBytes(wish, { contextTokens, parallelCount }) });
    expect(roomFor(4096, 3)).toEqual({ contextTokens: 4096, parallelCount: 3 });
    expect(roomFor(1024, 1)).toEqual({ contextTokens: 1024, parallelCount: 1 });
    expect(roomFor(256, 1)).toMatchObject({ code: 'model_does_not_fit' });
  });

  it('are refused with a context that would fit, where one does', () => {
    const limitBytes = neededBytes(wish, { contextTokens: 2048, parallelCount: 4 });
    const asked = { ...wish, limitBytes, contextTokens: 8192, parallelCount: 4 };
    const refusal = chooseSizes(asked);
    expect(refusal).toMatchObject({ code: 'model_does_not_fit', mend: expect.stringContaining('--context 2048,') });
    expect(chooseSizes({ ...asked, contextTokens: 2048 })).toEqual({ contextTokens: 2048, parallelCount: 4 });
  });

  it('are refused past the trained context, and are modest where nothing bounds them', () => {
    expect(chooseSizes({ ...wish, contextTokens: 131_073 })).toMatchObject({ code: 'wrong_options' });
    expect(chooseSizes({ ...wish, limitBytes: undefined })).toEqual({ contextTokens: 4096, parallelCount: 8 });
  });

  it('count what vectors beside the text take, which is under 600 MiB for a vocabulary of 128,256 tokens', () => {
    const sizes = { contextTokens: 4096, parallelCount: 8 };
    const more = neededBytes({ ...wish, givesVectorsToo: true }, sizes) - neededBytes(wish, sizes);
    expect(more).toBeGreaterThan(96 * 2 ** 20);
    expect(more).toBeLessThan(600 * 2 ** 20);
  });
});

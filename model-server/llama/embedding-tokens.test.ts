import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { embeddingScoreBytes, embeddingTokensMax } from './embedding-tokens.ts';

describe('the most tokens of a step that gives vectors', () => {
  it('have their scores in 96 MiB for every vocabulary up to 393,216 tokens, and never exceed the context', () => {
    const contexts = fc.integer({ min: 16, max: 131_072 });
    fc.assert(
      fc.property(contexts, fc.integer({ min: 1, max: 393_216 }), (contextTokens, vocabularyTokens) => {
        const tokenCount = embeddingTokensMax(contextTokens, vocabularyTokens);
        expect(tokenCount).toBeGreaterThan(0);
        expect(tokenCount).toBeLessThanOrEqual(contextTokens);
        expect(embeddingScoreBytes(tokenCount, vocabularyTokens)).toBeLessThanOrEqual(96 * 2 ** 20);
      }),
    );
  });

  it('are 165 of the 151,936 tokens of Qwen, and the whole context of a small vocabulary', () => {
    expect(embeddingTokensMax(4096, 151_936)).toBe(165);
    expect(embeddingTokensMax(2048, 2048)).toBe(2048);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  activeShareOf,
  BANDWIDTH_TOLERANCE,
  isPlausibleGeneration,
  type Measurement,
  tokensRefusal,
} from '../inventory.ts';
import { GIB, MIB } from '../quantity.ts';

describe('what a card’s memory allows', () => {
  const speed = fc.double({ min: 0.1, max: 5000, noNaN: true });
  const weights = fc.integer({ min: 310 * MIB, max: 200 * GIB });
  const bandwidth = fc.integer({ min: 50e9, max: 8e12 });

  it('is a line: below it every speed may be, above it none, and more bandwidth never refuses what less allowed', () => {
    fc.assert(
      fc.property(speed, weights, bandwidth, (tokensPerSecond, weightsBytes, bytesPerSecond) => {
        const claim = { tokensPerSecond, weightsBytes, activeShare: 1 };
        const isAllowed = isPlausibleGeneration(claim, bytesPerSecond);
        expect(isAllowed).toBe(tokensPerSecond * weightsBytes <= BANDWIDTH_TOLERANCE * bytesPerSecond);
        if (isAllowed) expect(isPlausibleGeneration(claim, bytesPerSecond * 2)).toBe(true);
        if (!isAllowed)
          expect(isPlausibleGeneration({ ...claim, activeShare: 0.5 }, bytesPerSecond * 2)).toBe(
            tokensPerSecond * weightsBytes * 0.5 <= BANDWIDTH_TOLERANCE * bytesPerSecond * 2,
          );
      }),
    );
  });

  it.each([
    ['llama 7B Q4_0', 1],
    ['qwen3moe 30B.A3B Q4_K - Medium', 0.1],
    ['Qwen3-30B-A3B', 0.1],
    ['llama 8x7B Q4_K - Medium', 0.25],
    ['gpt-oss 20B MXFP4 MoE', undefined],
    ['deepseek2 16B Q4_0', undefined],
  ])('of %s a token needs the share %s', (name, share) => {
    expect(activeShareOf(name)).toBe(share);
  });

  it('holds an unknown card to the fastest memory there is, and judges no mixture whose share it does not know', () => {
    const measurement: Extract<Measurement, { readonly kind: 'tokens' }> = {
      kind: 'tokens',
      phase: 'generate',
      tokensPerSecond: 521,
      modelName: 'qwen3 27B Q4_K - Medium',
      weightsBytes: 16 * GIB,
      source: 'a forum',
    };
    expect(tokensRefusal(measurement, {})).toContain('the fastest card there is reads at most 8.0 TB/s');
    expect(tokensRefusal({ ...measurement, modelName: 'gpt-oss 27B' }, { name: 'RTX 3090' })).toBeUndefined();
    expect(tokensRefusal({ ...measurement, phase: 'prompt' }, { name: 'RTX 3090' })).toBeUndefined();
    expect(tokensRefusal({ ...measurement, tokensPerSecond: 40 }, { name: 'GeForce RTX 3090' })).toBeUndefined();
  });
});

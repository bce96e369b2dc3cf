import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GIB } from '../quantity.ts';
import { statedColdStartMs } from './cold-start.ts';

describe('the stated time of a cold start', () => {
  it('is the median of the last starts, and estimated from the file before the first', () => {
    expect(statedColdStartMs([900, 40_000, 1000], 5 * GIB)).toBe(1000);
    expect(statedColdStartMs([], 5 * GIB)).toBeGreaterThan(statedColdStartMs([], GIB));
    fc.assert(
      fc.property(fc.array(fc.nat(600_000), { minLength: 1, maxLength: 9 }), (startsMs) => {
        const statedMs = statedColdStartMs(startsMs, 1);
        expect(statedMs).toBeGreaterThanOrEqual(Math.min(...startsMs));
        expect(statedMs).toBeLessThanOrEqual(Math.max(...startsMs));
      }),
    );
  });
});

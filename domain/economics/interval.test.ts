import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactly, type Interval, product, roundUsd, sumOf, times } from './interval.ts';
import { usdText } from './usd-text.ts';

const anyInterval: fc.Arbitrary<Interval> = fc
  .tuple(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }))
  .map(([mid, below, above]) => ({ low: mid / (1 + below), mid, high: mid * (1 + above) }));

describe('an interval', () => {
  it('stays in order through products, sums and multiples', () => {
    fc.assert(
      fc.property(anyInterval, anyInterval, fc.double({ min: -100, max: 100, noNaN: true }), (one, other, factor) => {
        for (const { low, mid, high } of [product(one, other), sumOf([1, one], [-1, other]), times(one, factor)]) {
          expect(low).toBeLessThanOrEqual(mid + 1e-6);
          expect(mid).toBeLessThanOrEqual(high + 1e-6);
        }
      }),
    );
  });

  it('adds spreads as squares: two factors of 3 and 4 in the logarithm make one of 5', () => {
    const wide = product(
      { low: Math.exp(-0.3), mid: 1, high: Math.exp(0.3) },
      { low: Math.exp(-0.4), mid: 1, high: Math.exp(0.4) },
    );
    expect(Math.log(wide.high)).toBeCloseTo(0.5, 9);
    expect(sumOf([1, { low: 7, mid: 10, high: 13 }], [-1, { low: 1, mid: 5, high: 9 }]).low).toBeCloseTo(0, 9);
  });

  it('keeps a product of certain figures certain', () => {
    expect(product(exactly(3), exactly(4))).toEqual(exactly(12));
  });

  it('is rounded without changing an order, and −0 is 0', () => {
    const amount = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(amount, amount, (one, other) => {
        const [least, most] = [Math.min(one, other), Math.max(one, other)];
        expect(roundUsd(least)).toBeLessThanOrEqual(roundUsd(most));
      }),
    );
    expect(Object.is(roundUsd(-1e-9), 0)).toBe(true);
  });
});

describe('dollars in a sentence', () => {
  it.each([
    [1207, '$1,207'],
    [12.4, '$12.40'],
    [0.31, '$0.31'],
    [-0.0042, '-$0.004'],
    [0, '$0.00'],
    [1_234_567.8, '$1,234,568'],
  ])('%d is written as %s', (amountUsd, text) => {
    expect(usdText(amountUsd)).toBe(text);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { monthOf } from './spending.ts';

describe('the month of a moment', () => {
  it('is the one that its date in UTC names, in whatever order moments come, to the last millisecond', () => {
    const boundary = fc
      .tuple(fc.integer({ min: 1971, max: 2400 }), fc.integer({ min: 0, max: 11 }), fc.integer({ min: -2, max: 2 }))
      .map(([year, month, offsetMs]) => Date.UTC(year, month) + offsetMs);
    const anywhere = fc.integer({ min: 0, max: Date.UTC(2400, 0) });
    fc.assert(
      fc.property(fc.array(fc.oneof(boundary, anywhere), { maxLength: 50 }), (moments) => {
        for (const atMs of moments) expect(monthOf(atMs)).toBe(`${new Date(atMs).toISOString().slice(0, 7)}-01`);
      }),
    );
  });
});

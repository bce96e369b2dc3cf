import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Utf8Holdback } from './utf8-holdback.ts';

describe('bytes of characters', () => {
  it('give the same text however they are cut', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 5 })),
        (text, cuts) => {
          const clean = text.toWellFormed();
          const bytes = new TextEncoder().encode(clean);
          const holdback = new Utf8Holdback();
          let given = '';
          for (let at = 0; at < bytes.length; ) {
            const byteCount = cuts.next().value ?? 1;
            given += holdback.push(bytes.subarray(at, at + byteCount));
            at += byteCount;
          }
          expect(given).toBe(clean);
        },
      ),
    );
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ALL_REFUSALS_MAX, mayAsk, noteRefusal, REFUSALS_MAX, type RefusalBook } from './door-limits.ts';

const empty: RefusalBook = { refusedAtMsByAddress: new Map() };

function refuse(book: RefusalBook, address: string, count: number, nowMs: number): RefusalBook {
  let changed = book;
  for (let index = 0; index < count; index += 1) changed = noteRefusal(changed, address, nowMs);
  return changed;
}

test('the eleventh try of an address within a minute is not heard, and after the minute it is', () => {
  const book = refuse(empty, 'a', REFUSALS_MAX, 0);
  expect(mayAsk(book, 'a', 59_999)).toBe(false);
  expect(mayAsk(book, 'b', 59_999)).toBe(true);
  expect(mayAsk(book, 'a', 60_000)).toBe(true);
});

test('many addresses together are bounded too', () => {
  let book = empty;
  for (let index = 0; index < ALL_REFUSALS_MAX; index += 1) book = noteRefusal(book, `address ${index}`, 0);
  expect(mayAsk(book, 'another', 1)).toBe(false);
  expect(mayAsk(book, 'another', 60_000)).toBe(true);
});

test('whoever tries, within no minute more are heard than may be refused', () => {
  const tries = fc.array(fc.record({ address: fc.nat(3), afterMs: fc.nat(20_000) }), { maxLength: 200 });
  fc.assert(
    fc.property(tries, (asked) => {
      let [book, nowMs] = [empty, 0];
      const heard: { readonly address: string; readonly atMs: number }[] = [];
      for (const { address, afterMs } of asked) {
        nowMs += afterMs;
        if (!mayAsk(book, String(address), nowMs)) continue;
        heard.push({ address: String(address), atMs: nowMs });
        book = noteRefusal(book, String(address), nowMs);
      }
      for (const { address, atMs } of heard) {
        const within = heard.filter(
          (each) => each.address === address && each.atMs <= atMs && each.atMs > atMs - 60_000,
        );
        expect(within.length).toBeLessThanOrEqual(REFUSALS_MAX);
      }
    }),
  );
});

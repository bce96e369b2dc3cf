import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LOG_CHARACTERS_MAX, LOG_LINES_MAX, LogTail } from './log-tail.ts';

test('the tail is the end of what was written, within both bounds', () => {
  const counts = fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 60 });
  fc.assert(
    fc.property(counts, fc.integer({ min: 0, max: 2500 }), (lengths, shortCount) => {
      const written = [...lengths.map((length) => 'x'.repeat(length)), ...Array(shortCount).fill('y')];
      const tail = new LogTail();
      for (const line of written) tail.add(line);
      const kept = tail.lines();
      expect(kept).toEqual(written.slice(written.length - kept.length));
      expect(kept.length).toBeLessThanOrEqual(LOG_LINES_MAX);
      expect(kept.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(LOG_CHARACTERS_MAX);
      if (written.length > 0) expect(kept.length).toBeGreaterThan(0);
    }),
    { numRuns: 30 },
  );
});

test('who follows is behind once half of what can be kept is written, until they are given it', () => {
  const tail = new LogTail();
  for (let line = 0; line <= LOG_LINES_MAX / 2; line += 1) {
    expect(tail.isFollowerBehind).toBe(false);
    tail.add('');
  }
  expect(tail.isFollowerBehind).toBe(true);
  tail.part(0);
  expect(tail.isFollowerBehind).toBe(false);
  tail.add('x'.repeat(LOG_CHARACTERS_MAX / 2 + 1));
  expect(tail.isFollowerBehind).toBe(true);
});

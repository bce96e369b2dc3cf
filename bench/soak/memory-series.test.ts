import { expect, test } from 'vitest';
import { driftOf } from './memory-series.ts';

test('the last minute is compared with the third, whatever was before', () => {
  const readings = Array.from({ length: 600 }, (_, second) => {
    if (second < 120) return { atMs: second * 1000, totalBytes: 10_000 };
    return { atMs: second * 1000, totalBytes: second < 180 ? 200 : 210 };
  });
  const drift = driftOf(readings, 600_000);
  expect(drift).toMatchObject({ thirdMinuteBytes: 200, lastMinuteBytes: 210 });
  expect(drift.driftPercent).toBeCloseTo(5);
});

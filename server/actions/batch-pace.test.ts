import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BATCH_RUNNING_MAX, batchRoom, nextLimitCount, waitBeforeRoundMs } from './batch-pace.ts';

const count = fc.nat(500);

describe('the pace of batches', () => {
  it('never takes a slot that a live request has, and never more than its limit', () => {
    fc.assert(
      fc.property(count, count, count, count, (slotCount, liveCount, batchCount, limitCount) => {
        const room = batchRoom({ slotCount, liveCount, batchCount, limitCount });
        expect(room).toBeGreaterThanOrEqual(0);
        if (room > 0) expect(liveCount + batchCount + room).toBeLessThanOrEqual(slotCount);
        if (room > 0) expect(batchCount + room).toBeLessThanOrEqual(limitCount);
      }),
    );
  });

  it('sends nothing while live requests fill every slot', () => {
    expect(batchRoom({ slotCount: 8, liveCount: 8, batchCount: 0, limitCount: 100 })).toBe(0);
    expect(batchRoom({ slotCount: 8, liveCount: 3, batchCount: 1, limitCount: 100 })).toBe(4);
  });

  it('keeps its limit between one and the most, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('answered' as const, 'busy' as const)), (endings) => {
        let limitCount = 4;
        for (const ending of endings) {
          limitCount = nextLimitCount(limitCount, ending);
          expect(limitCount).toBeGreaterThanOrEqual(1);
          expect(limitCount).toBeLessThanOrEqual(BATCH_RUNNING_MAX);
        }
      }),
    );
  });

  it('waits longer from round to round, at most five minutes', () => {
    expect(waitBeforeRoundMs(0, 0)).toBe(500);
    expect(waitBeforeRoundMs(3, 1)).toBe(8_000);
    expect(waitBeforeRoundMs(1_000_000, 1)).toBe(300_000);
  });
});

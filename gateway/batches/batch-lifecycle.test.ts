import { type BatchStatus, batchStatusSchema } from '@rerig/api/openai';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchEvents, batchStatuses, isBatchOver, nextBatchStatus, statusesBefore } from './batch-lifecycle.ts';

const over: readonly BatchStatus[] = ['failed', 'completed', 'expired', 'cancelled'];

/** Every cell that changes something. */
const moves: readonly (readonly [BatchStatus, (typeof batchEvents)[number], BatchStatus])[] = [
  ['validating', 'validated', 'in_progress'],
  ['validating', 'invalid', 'failed'],
  ['validating', 'cancel-asked', 'cancelling'],
  ['validating', 'window-ended', 'expired'],
  ['in_progress', 'lines-ended', 'finalizing'],
  ['in_progress', 'cancel-asked', 'cancelling'],
  ['in_progress', 'window-ended', 'expired'],
  ['finalizing', 'written', 'completed'],
  ['cancelling', 'written', 'cancelled'],
];

describe('the life of a batch', () => {
  it('has a cell for every status and event, and only these change anything', () => {
    expect([...batchStatuses].toSorted()).toEqual([...batchStatusSchema.options].toSorted());
    const changing = batchStatuses.flatMap((status) =>
      batchEvents.flatMap((event) => {
        const next = nextBatchStatus(status, event);
        return next === null ? [] : [[status, event, next]];
      }),
    );
    expect(changing.toSorted()).toEqual(moves.map((move) => [...move]).toSorted());
  });

  it('never leaves an end, and never comes back to where it was', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...batchEvents), { maxLength: 30 }), (events) => {
        const seen: BatchStatus[] = ['validating'];
        let status: BatchStatus = 'validating';
        for (const event of events) {
          const next = nextBatchStatus(status, event);
          if (next === null) continue;
          expect(over).not.toContain(status);
          expect(seen).not.toContain(next);
          seen.push(next);
          status = next;
        }
        expect(isBatchOver(status)).toBe(over.includes(status));
      }),
    );
  });

  it('ends from wherever it stands', () => {
    for (const status of batchStatuses) {
      let at: BatchStatus = status;
      for (const event of batchEvents) at = nextBatchStatus(at, event) ?? at;
      expect(isBatchOver(at), status).toBe(true);
    }
  });

  it('can be cancelled only before its results are written', () => {
    expect(statusesBefore('cancel-asked')).toEqual(['validating', 'in_progress']);
  });
});

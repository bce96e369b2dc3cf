import type { BatchStatus } from '@rerig/api/openai';

/**
 * What can happen to a batch.
 * - `validated`: its file is one of requests, and all of them are stored.
 * - `invalid`: its file is none.
 * - `lines-ended`: every line has its result.
 * - `cancel-asked`: its customer wants no more of it.
 * - `window-ended`: its time is up, and what came until then is in its files.
 * - `written`: its results are in its files.
 */
export const batchEvents = ['validated', 'invalid', 'lines-ended', 'cancel-asked', 'window-ended', 'written'] as const;
/** What can happen to a batch. */
export type BatchEvent = (typeof batchEvents)[number];

type Row = Readonly<Record<BatchEvent, BatchStatus | 'ignored'>>;

/** A status that nothing leaves. What comes late, or twice, changes nothing. */
const final: Row = {
  validated: 'ignored',
  invalid: 'ignored',
  'lines-ended': 'ignored',
  'cancel-asked': 'ignored',
  'window-ended': 'ignored',
  written: 'ignored',
};

/** The whole life of a batch: for each status, what each event makes of it. */
export const batchLifecycle: Readonly<Record<BatchStatus, Row>> = {
  validating: {
    ...final,
    validated: 'in_progress',
    invalid: 'failed',
    'cancel-asked': 'cancelling',
    'window-ended': 'expired',
  },
  in_progress: { ...final, 'lines-ended': 'finalizing', 'cancel-asked': 'cancelling', 'window-ended': 'expired' },
  // Every line has its result: to cancel now would only lose them.
  finalizing: { ...final, written: 'completed' },
  cancelling: { ...final, written: 'cancelled' },
  completed: final,
  failed: final,
  expired: final,
  cancelled: final,
};

/** The status after an event; null where the event changes nothing. */
export function nextBatchStatus(status: BatchStatus, event: BatchEvent): BatchStatus | null {
  const next = batchLifecycle[status][event];
  return next === 'ignored' ? null : next;
}

/** Whether nothing happens to a batch any more. */
export function isBatchOver(status: BatchStatus): boolean {
  return batchEvents.every((event) => batchLifecycle[status][event] === 'ignored');
}

/** The statuses that an event leads out of, for a guard in the store. */
export function statusesBefore(event: BatchEvent): readonly BatchStatus[] {
  return batchStatuses.filter((status) => batchLifecycle[status][event] !== 'ignored');
}

/** Every status, as the vendor's API has them. */
export const batchStatuses: readonly BatchStatus[] = [
  'validating',
  'failed',
  'in_progress',
  'finalizing',
  'completed',
  'expired',
  'cancelling',
  'cancelled',
];

import type { WorkloadView } from '@rerig/api/agent';
import { isFault } from '@rerig/domain/fault';
import { expect, it } from 'vitest';
import { meantWorkload } from './find-workload.ts';

const workloads = ['train-k3f9x', 'train-k3f9xy', 'sleep-m2p4q'].map(
  (workloadId): WorkloadView => ({
    workloadId,
    kind: 'job',
    priority: 'guaranteed',
    state: 'running',
    stateSince: '2026-11-25T00:00:00Z',
    cardIds: [],
    places: [],
    restartCount: 0,
  }),
);

function meant(asked: string): string {
  const found = meantWorkload(workloads, asked);
  return isFault(found) ? `${found.code} ${found.why}` : found.workloadId;
}

it('is meant by its id, also where that begins another', () => {
  expect(meant('train-k3f9x')).toBe('train-k3f9x');
});

it('is meant by a beginning that it has alone', () => {
  expect(meant('s')).toBe('sleep-m2p4q');
});

it('is asked for again where several begin so, and the nearest is named where none does', () => {
  expect(meant('train')).toBe('workload-ambiguous They are train-k3f9x, train-k3f9xy.');
  expect(meant('slep-m2p4q')).toBe('workload-unknown Is sleep-m2p4q meant?');
  expect(meant('other')).toContain('workload-unknown It was never started');
});

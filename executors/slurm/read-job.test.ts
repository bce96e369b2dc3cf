import { workloadStates } from '@rerig/domain/workloads';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WorkloadSpec } from '../port.ts';
import type { JobRecord } from './job-record.ts';
import { type JobSight, readJob } from './read-job.ts';

const spec: WorkloadSpec = {
  ...{ workloadId: 'w', kind: 'job', command: ['true'], environment: {}, cards: { kind: 'these', cardIds: [] } },
  ...{ readyWithinMs: 1000, stopWithinMs: 1000, workingFolder: '/' },
};

function record(state: JobRecord['workload']['state'], rest: Partial<JobRecord> = {}): JobRecord {
  const workload = {
    workloadId: 'w',
    kind: 'job',
    priority: 'guaranteed',
    cardIds: [],
    places: [],
    state,
    restartCount: 0,
  } as const;
  return { spec, token: 't', enteredAtMs: 0, workload, jobId: 1, expected: [], retryCount: 0, ends: [], ...rest };
}

function sight(state: string | null, rest: Partial<JobSight> = {}): JobSight {
  return { state, restartCount: 0, exitCode: null, ...rest };
}

test.each([
  ['waits in both', record('queued'), sight('PENDING'), { kind: 'none' }],
  ['was given cards', record('queued'), sight('RUNNING'), { kind: 'placed' }],
  ['has begun', record('starting'), sight('RUNNING'), { kind: 'active' }],
  ['lost its rig', record('running'), sight('PENDING'), { kind: 'waits', why: 'rig-lost' }],
  ['made room', record('running', { noticeEndsAt: 'soon' }), sight('PENDING'), { kind: 'waits', why: 'preempted' }],
  [
    'was begun anew unseen',
    record('running'),
    sight('RUNNING', { restartCount: 1 }),
    { kind: 'waits', why: 'rig-lost' },
  ],
  ['came back while it was to end', record('stopping'), sight('PENDING'), { kind: 'cancel' }],
  [
    'told its end before its script was over',
    record('running', { ends: [{ rank: 0, exitCode: 0 }] }),
    sight('RUNNING'),
    { kind: 'look-again' },
  ],
  ['is cleared up after', record('running'), sight('COMPLETING'), { kind: 'look-again' }],
  ['ended well', record('running'), sight('COMPLETED', { exitCode: 0 }), { kind: 'ended', exitCode: 0 }],
  [
    'ended in an error',
    record('running'),
    sight('FAILED', { exitCode: 3 }),
    { kind: 'failed', why: 'exited', exitCode: 3 },
  ],
  ['was cancelled past us', record('running'), sight('CANCELLED'), { kind: 'failed', why: 'cancelled' }],
  ['ended while nobody watched', record('running'), sight(null), { kind: 'failed', why: 'unseen' }],
  [
    'told its end before Slurm forgot it',
    record('running', { ends: [{ rank: 0, exitCode: 0 }] }),
    sight(null),
    { kind: 'ended', exitCode: 0 },
  ],
  [
    'is to be tried again',
    record('running', { spec: { ...spec, restartCountMax: 1 } }),
    sight('FAILED', { exitCode: 1 }),
    { kind: 'retry' },
  ],
  ['runs after its end', record('stopped'), sight('RUNNING'), { kind: 'cancel' }],
])('a workload that %s is read so', (_, known, seen, step) => {
  expect(readJob(known, seen)).toEqual(step);
});

test('whatever Slurm says, what has ended stays ended, and nothing ends while its job may run', () => {
  const states = [
    'PENDING',
    'CONFIGURING',
    'RUNNING',
    'COMPLETING',
    'COMPLETED',
    'FAILED',
    'CANCELLED',
    'NODE_FAIL',
    null,
  ];
  fc.assert(
    fc.property(fc.constantFrom(...workloadStates), fc.constantFrom(...states), (known, seen) => {
      const { kind } = readJob(record(known), sight(seen));
      if (['stopped', 'failed', 'lost'].includes(known)) expect(['none', 'cancel']).toContain(kind);
      if (['CONFIGURING', 'RUNNING', 'COMPLETING'].includes(seen ?? ''))
        expect(['ended', 'failed']).not.toContain(kind);
    }),
  );
});

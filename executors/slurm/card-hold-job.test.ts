import fc from 'fast-check';
import { expect, test } from 'vitest';
import { holdSubmission, listedHold } from './card-hold-job.ts';
import { jobNameOf } from './submit-job.ts';

const anyGroup = fc.record({
  nodeName: fc.stringMatching(/^[a-z0-9-]{1,20}$/),
  gresType: fc.stringMatching(/^[a-z0-9_]{1,20}$/),
});
const anyId = fc.stringMatching(/^[0-9a-f]{8}$/);

test('a hold is known again by its name in Slurm’s list, as long as it has not ended', () => {
  fc.assert(
    fc.property(anyId, anyGroup, fc.option(fc.integer({ min: 1 })), (executorId, group, afterJobId) => {
      const { name = '' } = holdSubmission(executorId, group, afterJobId);
      const job = { jobId: 7, name, startedAt: 'N/A', reason: 'None' };
      const hold = { ...group, jobId: 7, afterJobId };
      const early = { ...job, state: 'PENDING', reason: 'Dependency' };
      expect(listedHold(executorId, early)).toEqual({ ...hold, stage: 'early' });
      expect(listedHold(executorId, { ...job, state: 'PENDING' })).toEqual({ ...hold, stage: 'due' });
      expect(listedHold(executorId, { ...job, state: 'RUNNING' })).toEqual({ ...hold, stage: 'runs' });
      for (const state of ['COMPLETING', 'CANCELLED', 'NODE_FAIL']) {
        expect(listedHold(executorId, { ...job, state })).toBeNull();
      }
      expect(listedHold(`${executorId}0`, { ...job, state: 'RUNNING' })).toBeNull();
    }),
  );
});

test('no workload’s job is taken for a hold, whatever the workload is called', () => {
  fc.assert(
    fc.property(anyId, anyId, fc.stringMatching(/^[\w.-]{1,100}$/), (executorId, otherId, workloadId) => {
      const job = {
        jobId: 7,
        name: jobNameOf(otherId, workloadId),
        state: 'RUNNING',
        startedAt: 'N/A',
        reason: 'None',
      };
      expect(listedHold(executorId, job)).toBeNull();
    }),
  );
});

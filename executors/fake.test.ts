import type { Fault } from '@rerig/domain/fault';
import { expect, test } from 'vitest';
import { type Conduct, describeExecutorContract } from './contract.ts';
import { type FakeExecutor, makeFakeExecutor } from './fake.ts';
import type { WorkloadSpec } from './port.ts';

const fault: Fault = {
  kind: 'fault',
  code: 'no-such-model',
  what: 'There is no such model.',
  why: 'The file is not there.',
  mend: 'Name another.',
  retry: 'after-mend',
};
const exited: Fault = { ...fault, code: 'workload-exited', retry: 'later' };

function act({ workloadId, command, rankCount = 1 }: WorkloadSpec, fake: FakeExecutor): void {
  const becomeReady = () => {
    fake.write(workloadId, 'hello');
    fake.happen(workloadId, 'became-ready', { announced: { model: 'm' } });
  };
  const acts: Readonly<Record<Conduct, () => void>> = {
    serve: becomeReady,
    stubborn: () => {
      fake.resist(workloadId, 'stubborn');
      becomeReady();
    },
    wait: () => undefined,
    leave: () => {
      becomeReady();
      fake.happen(workloadId, 'ended');
    },
    crash: () => void fake.happen(workloadId, 'failed', { fault: exited, exitCode: 3 }),
    finish: () => {
      fake.write(workloadId, 'hello');
      fake.happen(workloadId, 'ended');
    },
    heed: () => {
      fake.write(workloadId, 'hello');
      fake.whenAsked(workloadId, (reason) => {
        if (reason !== undefined) fake.write(workloadId, `notice ${reason}`);
      });
    },
    rank: () => {
      for (let rank = 0; rank < rankCount; rank += 1) {
        fake.write(workloadId, `${rank}: rank ${rank} of ${rankCount}, run 0`);
      }
    },
    desert: () => void fake.happen(workloadId, 'failed', { fault: exited, exitCode: 5 }),
    refuse: () => void fake.happen(workloadId, 'failed', { fault }),
    chatter: () => {
      for (let count = 0; count < 100_000; count += 1) fake.write(workloadId, `line ${count}`);
      becomeReady();
    },
  };
  acts[command[1] as Conduct]();
}

describeExecutorContract(
  'fake',
  async () => {
    const cardIds = ['rig/cpu-0', 'rig/cpu-1'] as const;
    const executor = makeFakeExecutor(cardIds, act);
    return { executor, cardIds, commandFor: (conduct) => ['fake', conduct], dispose: () => executor.close() };
  },
  { canReopen: false },
);

test('the fake keeps what it was told to start, for tests to look at', async () => {
  const fake = makeFakeExecutor(['card']);
  const spec: WorkloadSpec = {
    workloadId: 'w',
    kind: 'replica',
    command: ['program'],
    environment: {},
    cards: { kind: 'these', cardIds: ['card'] },
    readyWithinMs: 1000,
    stopWithinMs: 0,
    workingFolder: '/',
  };
  await fake.start(spec);
  expect(fake.started).toEqual([spec]);
  await fake.close();
});

import { expect, test } from 'vitest';
import type { ContractRun } from './contract-run.ts';

/** Work that runs to its end without saying that it is ready. */
export function describeJobs(run: ContractRun): void {
  test('a job is running at once, and stopped with its exit code when it has ended', async () => {
    expect(await run.executor.start(run.job('finish'))).toMatchObject({ kind: 'job' });
    expect(await run.told('w-finish', 'stopped')).toMatchObject({ exitCode: 0 });
    expect(run.statesOf('w-finish')).toEqual(['starting', 'running', 'stopped']);
    expect((await run.log('w-finish')).lines).toEqual(['hello']);
    expect(await run.holders()).toEqual([null, null]);
  });

  test('a job that ends in an error has failed, with its exit code', async () => {
    await run.executor.start(run.job('crash'));
    expect(await run.told('w-crash', 'failed')).toMatchObject({ exitCode: 3, fault: { code: 'workload-exited' } });
  });

  test('a job that runs past its time limit is ended, and has failed', async () => {
    await run.executor.start(run.job('wait', { timeLimitMs: 1000, restartCountMax: 3 }));
    expect(await run.told('w-wait', 'failed')).toMatchObject({ fault: { code: 'workload-overtime' }, restartCount: 0 });
  });

  test('a job that ends in an error is started again as often as it may be, and has failed then', async () => {
    await run.executor.start(run.job('crash', { restartCountMax: 2 }));
    expect(await run.told('w-crash', 'failed')).toMatchObject({ exitCode: 3, restartCount: 2 });
    const runs = run.statesOf('w-crash').filter((state) => state === 'running');
    expect(runs).toHaveLength(3);
  });

  test('a fallback runs as a job does, until it is stopped', async () => {
    await run.executor.start(run.job('wait', { kind: 'fallback', priority: 'fallback' }));
    await run.told('w-wait', 'running');
    expect(await run.executor.stop('w-wait')).toMatchObject({ state: 'stopped', kind: 'fallback' });
  });
}

/** Logs and changes. */
export function describeWords(run: ContractRun): void {
  test('the log is the tail of what was written, and bounded', async () => {
    await run.executor.start(run.replica('chatter'));
    await run.told('w-chatter', 'ready');
    const { lines, nextLine } = await run.log('w-chatter');
    expect(lines.at(-1)).toBe('hello');
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.length).toBeLessThanOrEqual(10_000);
    expect(nextLine).toBe(100_001);
  });

  test('a log is read on from where it was read before, and tells of lines that are gone', async () => {
    await run.executor.start(run.replica('chatter'));
    await run.told('w-chatter', 'ready');
    const { nextLine } = await run.log('w-chatter');
    expect(await run.log('w-chatter', nextLine - 1)).toEqual({ lines: ['hello'], nextLine, missedCount: 0 });
    expect(await run.log('w-chatter', nextLine)).toEqual({ lines: [], nextLine, missedCount: 0 });
    const { lines, missedCount } = await run.log('w-chatter', 0);
    expect(missedCount + lines.length).toBe(nextLine);
  });

  test('each change has an id of its own, and a watch that has ended is told nothing', async () => {
    const heard: unknown[] = [];
    const leave = run.executor.watch((change) => heard.push(change));
    await run.executor.start(run.replica('serve'));
    leave();
    leave();
    await run.executor.stop('w-serve');
    expect(heard.length).toBeLessThan(run.changes.length);
    expect(new Set(run.changes.map(({ changeId }) => changeId)).size).toBe(run.changes.length);
  });
}

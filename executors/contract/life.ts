import { expect, test } from 'vitest';
import { type ContractRun, codeOf } from './contract-run.ts';

/** Starting and stopping. */
export function describeLife(run: ContractRun): void {
  test('a started workload is told to be starting, then ready with what it announced', async () => {
    const started = await run.executor.start(run.replica('serve'));
    expect(started).toMatchObject({ workloadId: 'w-serve', restartCount: 0 });
    expect(await run.told('w-serve', 'ready')).toMatchObject({ announced: { model: 'm' } });
    expect(run.statesOf('w-serve')).toEqual(['starting', 'ready']);
    const listed = await run.executor.list();
    expect(listed).toMatchObject([{ workloadId: 'w-serve', state: 'ready', priority: 'guaranteed' }]);
    expect(run.subject.cardIds).toContain(listed[0]?.cardIds[0]);
    expect(listed[0]?.places).toMatchObject([{ rank: 0, cardIds: listed[0]?.cardIds }]);
  });

  test('a workload without a card runs, and holds none', async () => {
    await run.executor.start(run.replica('serve', { cards: { kind: 'these', cardIds: [] } }));
    expect(await run.told('w-serve', 'ready')).toMatchObject({ cardIds: [] });
    expect(await run.holders()).toEqual([null, null]);
    expect(await run.executor.stop('w-serve')).toMatchObject({ state: 'stopped' });
  });

  test('a stop ends the workload, and stopping again gives the same', async () => {
    await run.executor.start(run.replica('serve'));
    await run.told('w-serve', 'ready');
    const stops = await Promise.all([run.executor.stop('w-serve'), run.executor.stop('w-serve')]);
    const again = await run.executor.stop('w-serve');
    for (const stopped of [...stops, again]) expect(stopped).toMatchObject({ state: 'stopped' });
    expect(run.statesOf('w-serve')).toEqual(['starting', 'ready', 'stopping', 'stopped']);
  });

  test('a workload that is still starting can be stopped', async () => {
    await run.executor.start(run.replica('wait'));
    expect(await run.executor.stop('w-wait')).toMatchObject({ state: 'stopped' });
  });

  test('stop and logs refuse a workload that was never started', async () => {
    expect(codeOf(await run.executor.stop('w-nobody'))).toBe('workload-unknown');
    expect(codeOf(await run.executor.logs('w-nobody'))).toBe('workload-unknown');
  });

  test('a closed executor has stopped everything and starts nothing', async () => {
    await run.executor.start(run.replica('serve'));
    await run.executor.start(run.job('wait'));
    await Promise.all([run.executor.close(), run.executor.close()]);
    expect((await run.executor.list()).map(({ state }) => state)).toEqual(['stopped', 'stopped']);
    expect(codeOf(await run.executor.start(run.replica('wait', { workloadId: 'w-late' })))).toBe('executor-closed');
  });
}

/** How workloads end that nobody stopped. */
export function describeEnds(run: ContractRun): void {
  test('a workload that does not end when asked is ended all the same', async () => {
    await run.executor.start(run.replica('stubborn', { stopWithinMs: 50 }));
    await run.told('w-stubborn', 'ready');
    expect(await run.executor.stop('w-stubborn')).toMatchObject({ state: 'stopped' });
  });

  test('a stop with no time kills at once what would not end, also what is asked to end already', async () => {
    const neverMs = 600_000;
    await run.executor.start(run.replica('stubborn', { stopWithinMs: neverMs }));
    await run.executor.start(run.job('stubborn', { workloadId: 'w-asked', stopWithinMs: neverMs }));
    await run.told('w-stubborn', 'ready');
    await run.wrote('w-asked', 'hello');
    expect(await run.executor.stop('w-stubborn', 0)).toMatchObject({ state: 'stopped' });
    const asked = run.executor.stop('w-asked');
    await run.told('w-asked', 'stopping');
    expect(await run.executor.stop('w-asked', 0)).toMatchObject({ state: 'stopped' });
    expect(await asked).toMatchObject({ state: 'stopped' });
    expect(await run.holders()).toEqual([null, null]);
  });

  test('a workload that is not ready in time has failed, and its card is free', async () => {
    await run.executor.start(run.replica('wait', { readyWithinMs: 100 }));
    expect(await run.told('w-wait', 'failed')).toMatchObject({ fault: { code: 'workload-not-ready', retry: 'later' } });
    expect(await run.holders()).toEqual([null, null]);
  });

  test('a workload that is ready stays so past the time that it had for it', async () => {
    await run.executor.start(run.replica('serve', { readyWithinMs: 4000 }));
    await run.told('w-serve', 'ready');
    await run.executor.start(run.replica('wait', { workloadId: 'w-clock', readyWithinMs: 4100 }));
    await run.told('w-clock', 'failed');
    expect(run.statesOf('w-serve')).toEqual(['starting', 'ready']);
  });

  test('a workload that ends at once in an error has failed, with the reason', async () => {
    await run.executor.start(run.replica('crash'));
    expect(await run.told('w-crash', 'failed')).toMatchObject({
      fault: { code: 'workload-exited', retry: 'later' },
      exitCode: 3,
    });
  });

  test('a workload that names its own fault has failed with it', async () => {
    await run.executor.start(run.replica('refuse'));
    expect(await run.told('w-refuse', 'failed')).toMatchObject({
      fault: { code: 'no-such-model', retry: 'after-mend' },
    });
  });

  test('a workload that ends by itself after it was ready is stopped, and its card is free', async () => {
    await run.executor.start(run.replica('leave'));
    await run.told('w-leave', 'stopped');
    expect(run.statesOf('w-leave')).toEqual(['starting', 'ready', 'stopped']);
    expect(await run.holders()).toEqual([null, null]);
  });
}

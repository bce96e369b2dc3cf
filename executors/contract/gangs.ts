import { expect, test } from 'vitest';
import { type ContractRun, codeOf } from './contract-run.ts';

/** Several ranks, all or none. */
export function describeGangs(run: ContractRun): void {
  test('each rank of a gang has its own cards and is told which it is', async () => {
    await run.executor.start(run.job('rank', { rankCount: 2 }));
    const { places } = await run.told('w-rank', 'running');
    expect(places.map(({ rank, cardIds }) => [rank, cardIds.length])).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(new Set(places.flatMap(({ cardIds }) => cardIds)).size).toBe(2);
    await run.wrote('w-rank', '0: rank 0 of 2, run 0');
    await run.wrote('w-rank', '1: rank 1 of 2, run 0');
    expect(await run.executor.stop('w-rank')).toMatchObject({ state: 'stopped' });
    expect(await run.holders()).toEqual([null, null]);
  });

  test('a gang that lacks a card holds none', async () => {
    await run.executor.start(run.job('wait'));
    expect(codeOf(await run.executor.start(run.job('rank', { rankCount: 2 })))).toBe('card-busy');
    expect(codeOf(await run.executor.start(run.job('rank', { rankCount: 3 })))).toBe('no-card-fits');
    expect((await run.holders()).filter((holder) => holder !== null)).toEqual(['w-wait']);
  });

  test('when one rank fails the others are ended, and the whole has failed with its exit code', async () => {
    await run.executor.start(run.job('desert', { rankCount: 2 }));
    expect(await run.told('w-desert', 'failed')).toMatchObject({ exitCode: 5, fault: { code: 'workload-exited' } });
    expect(await run.holders()).toEqual([null, null]);
  });
}

/** What goes on without the executor. */
export function describeSurvival(run: ContractRun): void {
  test('what survives the executor is taken up by the next start: state, place, log and end', async () => {
    await run.executor.start(run.replica('serve', { survivesExecutor: true }));
    const before = await run.told('w-serve', 'ready');
    await run.executor.start(run.job('heed', { survivesExecutor: true }));
    await run.wrote('w-heed', 'hello');
    await run.reopen();
    expect((await run.executor.list()).find(({ workloadId }) => workloadId === 'w-serve')).toEqual(before);
    expect((await run.holders()).toSorted()).toEqual(['w-heed', 'w-serve']);
    expect(codeOf(await run.executor.start(run.job('wait')))).toBe('card-busy');
    await run.wrote('w-heed', 'hello');
    expect((await run.log('w-heed')).nextLine).toBe(1);
    expect(await run.executor.stop('w-heed')).toMatchObject({ state: 'stopped', exitCode: 0 });
    expect(await run.executor.stop('w-serve')).toMatchObject({ state: 'stopped' });
  });

  test('what waits and survives waits again, and what has ended is still known, with its log', async () => {
    await run.executor.start(run.job('wait', { cards: run.bothCards(), survivesExecutor: true }));
    await run.executor.start(run.job('rank', { whenBusy: 'queue', survivesExecutor: true }));
    await run.executor.start(run.job('finish', { cards: { kind: 'these', cardIds: [] } }));
    await run.told('w-finish', 'stopped');
    await run.reopen();
    expect((await run.log('w-finish')).lines).toEqual(['hello']);
    expect((await run.executor.list()).find(({ workloadId }) => workloadId === 'w-finish')).toMatchObject({
      state: 'stopped',
      exitCode: 0,
    });
    await run.executor.stop('w-wait');
    await run.told('w-rank', 'running');
  });

  test('a card that was drained is so after the executor was opened again', async () => {
    const { rigId } = await run.card(run.subject.cardIds[0]);
    await run.executor.drain({ kind: 'rig', rigId }, 'dust');
    await run.reopen();
    expect(await run.card(run.subject.cardIds[0])).toMatchObject({ standing: 'drained', standingWhy: 'dust' });
  });
}

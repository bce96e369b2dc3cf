import { expect, test } from 'vitest';
import { type ContractRun, codeOf } from './contract-run.ts';

/** Who gives way to whom. */
export function describePriorities(run: ContractRun): void {
  test('a guaranteed workload takes the cards of the fallback, which goes on when they are free again', async () => {
    await run.executor.start(run.job('heed', { kind: 'fallback', priority: 'fallback', cards: run.bothCards() }));
    await run.told('w-heed', 'running');
    await run.wrote('w-heed', 'hello');
    const started = await run.executor.start(run.replica('serve', { cards: run.bothCards() }));
    expect(codeOf(started)).toMatchObject({ workloadId: 'w-serve' });
    expect(await run.told('w-heed', 'preempted')).toMatchObject({ cardIds: [], fault: { code: 'workload-preempted' } });
    await run.told('w-serve', 'ready');
    await run.wrote('w-heed', 'notice preempted');
    expect(await run.holders()).toEqual(['w-serve', 'w-serve']);
    await run.executor.stop('w-serve');
    expect(await run.told('w-heed', 'running')).toMatchObject({ restartCount: 1 });
    expect(await run.holders()).toEqual(['w-heed', 'w-heed']);
  });

  test('one that does not end when it is preempted is ended all the same', async () => {
    await run.executor.start(run.replica('stubborn', { priority: 'interruptible', noticeMs: 100, stopWithinMs: 100 }));
    await run.told('w-stubborn', 'ready');
    await run.executor.start(run.job('wait', { cards: run.bothCards() }));
    await run.told('w-wait', 'running');
    await run.told('w-stubborn', 'preempted');
  });

  test('nothing takes cards from what is guaranteed, nor from its own like', async () => {
    await run.executor.start(run.job('wait', { priority: 'interruptible', cards: run.bothCards() }));
    const alike = run.job('wait', { workloadId: 'w-alike', priority: 'interruptible' });
    expect(codeOf(await run.executor.start(alike))).toBe('card-busy');
    await run.executor.stop('w-wait');
    await run.executor.start(run.job('wait', { workloadId: 'w-paid', cards: run.bothCards() }));
    expect(codeOf(await run.executor.start(run.job('wait', { workloadId: 'w-other' })))).toBe('card-busy');
    expect(run.statesOf('w-paid')).toEqual(['starting', 'running']);
  });

  test.each(['older', 'younger'])('the fallback gives way before an interruptible one does that is %s', async (age) => {
    const spot = run.job('wait', { workloadId: 'w-spot', priority: 'interruptible' });
    const mine = run.job('wait', { workloadId: 'w-mine', kind: 'fallback', priority: 'fallback' });
    for (const spec of age === 'older' ? [spot, mine] : [mine, spot]) {
      await run.executor.start(spec);
      await run.told(spec.workloadId, 'running');
    }
    await run.executor.start(run.job('wait'));
    await run.told('w-wait', 'running');
    await run.told('w-mine', 'preempted');
    expect(run.statesOf('w-spot')).toEqual(['starting', 'running']);
  });

  test('one that has only just been placed gives way too', async () => {
    const mine = { workloadId: 'w-mine', priority: 'fallback', cards: run.bothCards() } as const;
    await run.executor.start(run.job('wait', mine));
    await run.executor.start(run.job('wait'));
    await run.told('w-mine', 'preempted');
    await run.told('w-wait', 'running');
  });

  test('one that was preempted can be stopped while it waits', async () => {
    await run.executor.start(run.job('wait', { workloadId: 'w-mine', priority: 'fallback', cards: run.bothCards() }));
    await run.executor.start(run.job('wait'));
    await run.told('w-mine', 'preempted');
    expect(await run.executor.stop('w-mine')).toMatchObject({ state: 'stopped' });
    await run.executor.stop('w-wait');
    expect(await run.holders()).toEqual([null, null]);
  });
}

/** Waiting for cards. */
export function describeQueue(run: ContractRun): void {
  test('a workload that may wait starts when its cards are free, the highest priority first, then the oldest', async () => {
    await run.executor.start(run.job('wait', { cards: run.bothCards() }));
    const queued = (workloadId: string, priority: 'interruptible' | 'guaranteed') =>
      run.executor.start(run.job('wait', { workloadId, priority, cards: run.bothCards(), whenBusy: 'queue' }));
    expect(await queued('w-spot', 'interruptible')).toMatchObject({ state: 'queued', cardIds: [] });
    await queued('w-old', 'guaranteed');
    await queued('w-young', 'guaranteed');
    for (const [ended, next] of [
      ['w-wait', 'w-old'],
      ['w-old', 'w-young'],
      ['w-young', 'w-spot'],
    ] as const) {
      await run.executor.stop(ended);
      await run.told(next, 'running');
    }
  });

  test('one that waits can be stopped, and holds up nobody', async () => {
    await run.executor.start(run.job('wait'));
    await run.executor.start(run.job('wait', { workloadId: 'w-big', cards: run.bothCards(), whenBusy: 'queue' }));
    const small = run.job('wait', { workloadId: 'w-small', whenBusy: 'queue' });
    expect(await run.executor.start(small)).toMatchObject({ state: 'queued' });
    expect(await run.executor.stop('w-big')).toMatchObject({ state: 'stopped' });
    await run.told('w-small', 'running');
  });

  test('one that waits for a drained card starts when that is resumed', async () => {
    const { rigId } = await run.card(run.subject.cardIds[0]);
    await run.executor.drain({ kind: 'rig', rigId }, 'dust');
    expect(await run.executor.start(run.job('wait', { whenBusy: 'queue' }))).toMatchObject({ state: 'queued' });
    await run.executor.resume({ kind: 'rig', rigId });
    await run.told('w-wait', 'running');
  });
}

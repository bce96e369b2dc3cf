import { isFault } from '@rerig/domain/fault';
import { expect, test } from 'vitest';
import { type ContractRun, codeOf } from './contract-run.ts';

/** One arbiter per card, and one start per id. */
export function describeCards(run: ContractRun): void {
  test('a card that is held is refused to another workload, and given once it is free', async () => {
    await run.executor.start(run.replica('serve', { cards: run.bothCards() }));
    const second = run.replica('serve', { workloadId: 'w-second' });
    const refusal = await run.executor.start(second);
    expect(codeOf(refusal)).toBe('card-busy');
    expect(isFault(refusal) && refusal.why).toContain('w-serve');
    expect((await run.executor.list()).map(({ workloadId }) => workloadId)).toEqual(['w-serve']);
    await run.executor.stop('w-serve');
    expect(codeOf(await run.executor.start(second))).toMatchObject({ workloadId: 'w-second' });
  });

  test('of three starts at once on both cards, two are refused', async () => {
    const results = await Promise.all(
      ['w-a', 'w-b', 'w-c'].map((workloadId) =>
        run.executor.start(run.replica('wait', { workloadId, cards: run.bothCards() })),
      ),
    );
    expect(results.filter((result) => isFault(result) && result.code === 'card-busy')).toHaveLength(2);
  });

  test('a workload that asks for a free and a held card gets neither', async () => {
    await run.executor.start(run.replica('wait'));
    const greedy = run.replica('wait', { workloadId: 'w-greedy', cards: run.bothCards() });
    expect(codeOf(await run.executor.start(greedy))).toBe('card-busy');
    expect((await run.holders()).filter((holder) => holder !== null)).toEqual(['w-wait']);
  });

  test('two cards run two workloads side by side', async () => {
    await run.executor.start(run.replica('serve'));
    await run.executor.start(run.replica('serve', { workloadId: 'w-second' }));
    await run.told('w-serve', 'ready');
    await run.told('w-second', 'ready');
    expect((await run.holders()).toSorted()).toEqual(['w-second', 'w-serve']);
  });

  test('an id is used once: a second start under it is refused, also after its end', async () => {
    const results = await Promise.all([
      run.executor.start(run.replica('wait')),
      run.executor.start(run.replica('wait')),
    ]);
    expect(results.map(codeOf)).toContain('workload-exists');
    await run.executor.stop('w-wait');
    expect(codeOf(await run.executor.start(run.replica('wait')))).toBe('workload-exists');
  });

  test('a workload for which no card here would ever do is refused, with how many fail for what', async () => {
    const needs = { vramBytesMin: 2 ** 50 };
    const refusal = await run.executor.start(run.job('wait', { cards: { kind: 'any', count: 1, needs } }));
    expect(codeOf(refusal)).toBe('no-card-fits');
    expect(isFault(refusal) && refusal.why).toContain('2');
    expect(await run.executor.list()).toEqual([]);
  });
}

/** Where cards can be named. */
export function describePins(run: ContractRun): void {
  test('a workload gets the very cards that it names', async () => {
    const [first, second] = run.subject.cardIds;
    await run.executor.start(run.replica('wait', { cards: { kind: 'these', cardIds: [second] } }));
    expect((await run.card(second)).workloadId).toBe('w-wait');
    const other = run.replica('wait', { workloadId: 'w-other', cards: { kind: 'these', cardIds: [second] } });
    expect(codeOf(await run.executor.start(other))).toBe('card-busy');
    expect((await run.card(first)).workloadId).toBeNull();
  });

  test.each([
    ['a card twice', ['x', 'x'], 'workload-invalid'],
    ['a card that is not here', ['nowhere/00:00.0'], 'card-unknown'],
  ])('a workload with %s is refused without a trace', async (_, cardIds, code) => {
    expect(codeOf(await run.executor.start(run.replica('wait', { cards: { kind: 'these', cardIds } })))).toBe(code);
    expect(await run.executor.list()).toEqual([]);
    expect(run.changes).toEqual([]);
  });
}

/** What is refused, and leaves no trace. */
export function describeRefusals(run: ContractRun): void {
  test.each([
    ['no command', { command: [] }],
    ['an id that leaves its folder', { workloadId: '../x' }],
    ['no time to be ready', { readyWithinMs: 0 }],
    ['endless time to be ready', { readyWithinMs: Number.POSITIVE_INFINITY }],
    ['negative time to stop', { stopWithinMs: -1 }],
    ['a folder that is not there', { workingFolder: '/nowhere/at/all' }],
    ['a character 0 in its command', { command: ['a\0b'] }],
    ['half a card', { cards: { kind: 'any' as const, count: 0.5, needs: {} } }],
    ['no rank', { rankCount: 0 }],
    ['a time limit of a moment', { timeLimitMs: 1 }],
    ['a day of notice', { noticeMs: 86_400_000 }],
    ['less memory than a process takes', { limits: { memoryBytes: 1 } }],
  ])('a workload with %s is refused without a trace', async (_, rest) => {
    expect(codeOf(await run.executor.start(run.replica('wait', rest)))).toBe('workload-invalid');
    expect(await run.executor.list()).toEqual([]);
    expect(await run.holders()).toEqual([null, null]);
    expect(run.changes).toEqual([]);
  });
}

/** Taking cards out of service and back. */
export function describeStanding(run: ContractRun): void {
  test('what runs on a drained card goes on, and nothing else starts there until it is resumed', async () => {
    await run.executor.start(run.job('heed'));
    const { cardIds } = await run.told('w-heed', 'running');
    const [cardId = ''] = cardIds;
    const target = { kind: 'card', cardId } as const;
    expect(await run.executor.drain(target, 'its fan is dead')).toBeNull();
    expect(await run.card(cardId)).toMatchObject({ standing: 'draining', standingWhy: 'its fan is dead' });
    expect(await run.executor.stop('w-heed')).toMatchObject({ state: 'stopped' });
    expect(await run.card(cardId)).toMatchObject({ standing: 'drained', workloadId: null });
    const both = run.job('wait', { cards: run.bothCards() });
    expect(codeOf(await run.executor.start(both))).toBe('card-busy');
    expect(await run.executor.resume(target)).toBeNull();
    expect(await run.executor.resume(target)).toBeNull();
    expect((await run.card(cardId)).standing).toBe('in-service');
    expect(codeOf(await run.executor.start(both))).toMatchObject({ workloadId: 'w-wait' });
  });

  test('a card that is not here is neither drained nor resumed', async () => {
    const target = { kind: 'card', cardId: 'nowhere/00:00.0' } as const;
    expect(codeOf(await run.executor.drain(target, 'why'))).toBe('card-unknown');
    expect(codeOf(await run.executor.resume(target))).toBe('card-unknown');
  });
}

/** The same for whole rigs, which every executor can. */
export function describeRigs(run: ContractRun): void {
  test('a drained rig starts nothing, and serves again once it is resumed', async () => {
    const { rigId } = await run.card(run.subject.cardIds[0]);
    const target = { kind: 'rig', rigId } as const;
    expect(await run.executor.drain(target, 'its riser burns')).toBeNull();
    expect((await run.executor.cards()).map(({ standing, standingWhy }) => [standing, standingWhy])).toEqual([
      ['drained', 'its riser burns'],
      ['drained', 'its riser burns'],
    ]);
    expect(codeOf(await run.executor.start(run.job('wait')))).toBe('card-busy');
    expect(await run.executor.resume(target)).toBeNull();
    expect(codeOf(await run.executor.start(run.job('wait')))).toMatchObject({ workloadId: 'w-wait' });
  });

  test('a rig that is not here is neither drained nor resumed', async () => {
    const target = { kind: 'rig', rigId: 'nowhere' } as const;
    expect(codeOf(await run.executor.drain(target, 'why'))).toBe('rig-unknown');
    expect(codeOf(await run.executor.resume(target))).toBe('rig-unknown');
  });
}

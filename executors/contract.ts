import { tmpdir } from 'node:os';
import { InvariantError, isFault } from '@rerig/domain/fault';
import { type CardDemand, holdsCards } from '@rerig/domain/workloads';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Executor, Workload, WorkloadChange, WorkloadSpec } from './port.ts';

/**
 * What a workload of the contract does, once started:
 * - `serve`: writes "hello", says that it is ready with `{"model":"m"}`, and runs until it is stopped;
 * - `wait`: says nothing and runs until it is stopped;
 * - `stubborn`: as `serve`, and does not end when asked to;
 * - `leave`: says that it is ready, then ends by itself without an error;
 * - `crash`: ends at once in an error;
 * - `refuse`: says that it has failed, with the fault `no-such-model`, and ends;
 * - `chatter`: writes 100,000 lines, then does as `serve`.
 */
export type Conduct = 'serve' | 'wait' | 'stubborn' | 'leave' | 'crash' | 'refuse' | 'chatter';

/** An adapter made ready for the contract. */
export interface ExecutorUnderTest {
  readonly executor: Executor;
  /** Two cards that it has. */
  readonly cardIds: readonly [string, string];
  /** The command that makes a workload do so. */
  commandFor(conduct: Conduct): readonly string[];
  /** Ends the executor and all that it was given. */
  dispose(): Promise<void>;
}

const READY_WITHIN_MS = 20_000;
const WAIT_MS_MAX = 25_000;

/** The contract of the port, which every adapter runs. */
export function describeExecutorContract(name: string, makeExecutor: () => Promise<ExecutorUnderTest>): void {
  describe(`the executor ${name}`, () => {
    const run = new ContractRun();
    beforeEach(async () => run.begin(await makeExecutor()));
    afterEach(() => run.subject.dispose());
    describeLife(run);
    describeCards(run);
    describeEnds(run);
    describeWords(run);
    describeRefusals(run);
  });
}

/** One test's executor, and the changes that it has told. */
class ContractRun {
  changes: WorkloadChange[] = [];
  #subject: ExecutorUnderTest | undefined;

  get subject(): ExecutorUnderTest {
    if (this.#subject === undefined) throw new InvariantError('no test has begun');
    return this.#subject;
  }

  begin(subject: ExecutorUnderTest): void {
    this.#subject = subject;
    this.changes = [];
    subject.executor.watch((change) => this.changes.push(change));
  }

  specOf(conduct: Conduct, rest: Partial<WorkloadSpec> = {}): WorkloadSpec {
    return {
      workloadId: `w-${conduct}`,
      kind: 'replica',
      command: this.subject.commandFor(conduct),
      environment: {},
      cards: { kind: 'these', cardIds: [this.subject.cardIds[0]] },
      readyWithinMs: READY_WITHIN_MS,
      stopWithinMs: 5000,
      workingFolder: tmpdir(),
      ...rest,
    };
  }

  /** Waits until a workload was told to be in a state. */
  async told(workloadId: string, state: Workload['state']): Promise<Workload> {
    return vi.waitFor(
      () => {
        const seen = this.changes.findLast(({ workload }) => workload.workloadId === workloadId)?.workload;
        if (seen?.state !== state) throw new InvariantError(`${workloadId} is ${seen?.state}, not ${state}`);
        return seen;
      },
      { timeout: WAIT_MS_MAX, interval: 5 },
    );
  }

  statesOf(workloadId: string): readonly Workload['state'][] {
    return this.changes
      .filter(({ workload }) => workload.workloadId === workloadId)
      .map(({ workload }) => workload.state);
  }
}

function these(...cardIds: readonly string[]): CardDemand {
  return { kind: 'these', cardIds };
}

function codeOf(result: unknown): unknown {
  return isFault(result) ? result.code : result;
}

/** Starting and stopping. */
function describeLife(run: ContractRun): void {
  test('a started workload is told to be starting, then ready with what it announced', async () => {
    const started = await run.subject.executor.start(run.specOf('serve'));
    expect(started).toMatchObject({ workloadId: 'w-serve', cardIds: [run.subject.cardIds[0]] });
    expect(await run.told('w-serve', 'ready')).toMatchObject({ announced: { model: 'm' } });
    expect(run.statesOf('w-serve')).toEqual(['starting', 'ready']);
    expect(await run.subject.executor.list()).toMatchObject([{ workloadId: 'w-serve', state: 'ready' }]);
  });

  test('a workload without a card runs, and holds none', async () => {
    await run.subject.executor.start(run.specOf('serve', { cards: these() }));
    expect(await run.told('w-serve', 'ready')).toMatchObject({ cardIds: [] });
    expect((await run.subject.executor.cards()).every(({ workloadId }) => workloadId === null)).toBe(true);
    expect(await run.subject.executor.stop('w-serve')).toMatchObject({ state: 'stopped' });
  });

  test('a stop ends the workload, and stopping again gives the same', async () => {
    await run.subject.executor.start(run.specOf('serve'));
    await run.told('w-serve', 'ready');
    const stops = await Promise.all([run.subject.executor.stop('w-serve'), run.subject.executor.stop('w-serve')]);
    const again = await run.subject.executor.stop('w-serve');
    for (const stopped of [...stops, again]) expect(stopped).toMatchObject({ state: 'stopped' });
    expect(run.statesOf('w-serve')).toEqual(['starting', 'ready', 'stopping', 'stopped']);
  });

  test('a workload that is still starting can be stopped', async () => {
    await run.subject.executor.start(run.specOf('wait'));
    expect(await run.subject.executor.stop('w-wait')).toMatchObject({ state: 'stopped' });
  });

  test('stop and logs refuse a workload that was never started', async () => {
    expect(codeOf(await run.subject.executor.stop('w-nobody'))).toBe('workload-unknown');
    expect(codeOf(await run.subject.executor.logs('w-nobody'))).toBe('workload-unknown');
  });
}

/** One arbiter per card, and one start per id. */
function describeCards(run: ContractRun): void {
  test('a card that is held is refused to another workload, and given once it is free', async () => {
    await run.subject.executor.start(run.specOf('serve'));
    const second = run.specOf('serve', { workloadId: 'w-second' });
    const refusal = await run.subject.executor.start(second);
    expect(codeOf(refusal)).toBe('card-busy');
    expect(isFault(refusal) && refusal.why).toContain('w-serve');
    expect((await run.subject.executor.list()).map(({ workloadId }) => workloadId)).toEqual(['w-serve']);
    await run.subject.executor.stop('w-serve');
    expect(codeOf(await run.subject.executor.start(second))).toMatchObject({ workloadId: 'w-second' });
  });

  test('of two starts at once on one card, one is refused', async () => {
    const results = await Promise.all(
      ['w-a', 'w-b', 'w-c'].map((workloadId) => run.subject.executor.start(run.specOf('wait', { workloadId }))),
    );
    expect(results.filter((result) => isFault(result) && result.code === 'card-busy')).toHaveLength(2);
  });

  test('a workload that asks for a free and a held card gets neither', async () => {
    const [first, second] = run.subject.cardIds;
    await run.subject.executor.start(run.specOf('wait', { cards: these(second) }));
    const greedy = run.specOf('wait', { workloadId: 'w-greedy', cards: these(first, second) });
    expect(codeOf(await run.subject.executor.start(greedy))).toBe('card-busy');
    expect(await run.subject.executor.cards()).toMatchObject([
      { cardId: first, workloadId: null },
      { cardId: second, workloadId: 'w-wait' },
    ]);
  });

  test('two cards run two workloads side by side', async () => {
    await run.subject.executor.start(run.specOf('serve'));
    await run.subject.executor.start(
      run.specOf('serve', { workloadId: 'w-second', cards: these(run.subject.cardIds[1]) }),
    );
    await run.told('w-serve', 'ready');
    await run.told('w-second', 'ready');
    const holders = (await run.subject.executor.cards()).map(({ workloadId }) => workloadId);
    expect(holders).toEqual(['w-serve', 'w-second']);
  });

  test('an id is used once: a second start under it is refused, also after its end', async () => {
    const results = await Promise.all([
      run.subject.executor.start(run.specOf('wait')),
      run.subject.executor.start(run.specOf('wait', { cards: these(run.subject.cardIds[1]) })),
    ]);
    expect(results.map(codeOf)).toContain('workload-exists');
    await run.subject.executor.stop('w-wait');
    expect(codeOf(await run.subject.executor.start(run.specOf('wait')))).toBe('workload-exists');
  });
}

/** How workloads end that nobody stopped. */
function describeEnds(run: ContractRun): void {
  test('a workload that does not end when asked is ended all the same', async () => {
    await run.subject.executor.start(run.specOf('stubborn', { stopWithinMs: 50 }));
    await run.told('w-stubborn', 'ready');
    expect(await run.subject.executor.stop('w-stubborn')).toMatchObject({ state: 'stopped' });
  });

  test('a workload that is not ready in time has failed, and its card is free', async () => {
    await run.subject.executor.start(run.specOf('wait', { readyWithinMs: 100 }));
    expect(await run.told('w-wait', 'failed')).toMatchObject({ fault: { code: 'workload-not-ready', retry: 'later' } });
    expect((await run.subject.executor.cards()).every(({ workloadId }) => workloadId === null)).toBe(true);
  });

  test('a workload that is ready stays so past the time that it had for it', async () => {
    await run.subject.executor.start(run.specOf('serve', { readyWithinMs: 4000 }));
    await run.told('w-serve', 'ready');
    await run.subject.executor.start(
      run.specOf('wait', { workloadId: 'w-clock', cards: these(run.subject.cardIds[1]), readyWithinMs: 4100 }),
    );
    await run.told('w-clock', 'failed');
    expect(run.statesOf('w-serve')).toEqual(['starting', 'ready']);
  });

  test('a workload that ends at once in an error has failed, with the reason', async () => {
    await run.subject.executor.start(run.specOf('crash'));
    expect(await run.told('w-crash', 'failed')).toMatchObject({ fault: { code: 'workload-exited', retry: 'later' } });
  });

  test('a workload that names its own fault has failed with it', async () => {
    await run.subject.executor.start(run.specOf('refuse'));
    expect(await run.told('w-refuse', 'failed')).toMatchObject({
      fault: { code: 'no-such-model', retry: 'after-mend' },
    });
  });

  test('a workload that ends by itself after it was ready is stopped, and its card is free', async () => {
    await run.subject.executor.start(run.specOf('leave'));
    await run.told('w-leave', 'stopped');
    expect(run.statesOf('w-leave')).toEqual(['starting', 'ready', 'stopped']);
    expect((await run.subject.executor.cards())[0]?.workloadId).toBeNull();
  });
}

/** Logs and changes. */
function describeWords(run: ContractRun): void {
  test('the log is the tail of what was written, and bounded', async () => {
    await run.subject.executor.start(run.specOf('chatter'));
    await run.told('w-chatter', 'ready');
    const part = await run.subject.executor.logs('w-chatter');
    if (isFault(part)) throw new InvariantError(part.what);
    const { lines } = part;
    expect(lines.at(-1)).toBe('hello');
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.length).toBeLessThanOrEqual(10_000);
  });

  test('each change has an id of its own, and a watch that has ended is told nothing', async () => {
    const heard: WorkloadChange[] = [];
    const leave = run.subject.executor.watch((change) => heard.push(change));
    await run.subject.executor.start(run.specOf('serve'));
    leave();
    leave();
    await run.subject.executor.stop('w-serve');
    expect(heard.length).toBeLessThan(run.changes.length);
    expect(new Set(run.changes.map(({ changeId }) => changeId)).size).toBe(run.changes.length);
  });
}

/** What is refused, and leaves no trace. */
function describeRefusals(run: ContractRun): void {
  test.each([
    ['a card twice', { cards: these('x', 'x') }, 'workload-invalid'],
    ['a card that is not here', { cards: these('nowhere/00:00.0') }, 'card-unknown'],
    ['no command', { command: [] }, 'workload-invalid'],
    ['an id that leaves its folder', { workloadId: '../x' }, 'workload-invalid'],
    ['no time to be ready', { readyWithinMs: 0 }, 'workload-invalid'],
    ['endless time to be ready', { readyWithinMs: Number.POSITIVE_INFINITY }, 'workload-invalid'],
    ['negative time to stop', { stopWithinMs: -1 }, 'workload-invalid'],
    ['a folder that is not there', { workingFolder: '/nowhere/at/all' }, 'workload-invalid'],
    ['a character 0 in its command', { command: ['a\0b'] }, 'workload-invalid'],
  ])('a workload with %s is refused without a trace', async (_, rest, code) => {
    expect(codeOf(await run.subject.executor.start(run.specOf('wait', rest)))).toBe(code);
    expect(await run.subject.executor.list()).toEqual([]);
    expect((await run.subject.executor.cards()).every(({ workloadId }) => workloadId === null)).toBe(true);
    expect(run.changes).toEqual([]);
  });

  test('a closed executor has stopped everything and starts nothing', async () => {
    await run.subject.executor.start(run.specOf('serve'));
    await Promise.all([run.subject.executor.close(), run.subject.executor.close()]);
    expect((await run.subject.executor.list()).some(({ state }) => holdsCards(state))).toBe(false);
    expect(codeOf(await run.subject.executor.start(run.specOf('wait')))).toBe('executor-closed');
  });
}

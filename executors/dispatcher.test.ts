import {
  holdsCards,
  isFinal,
  lifecycle,
  type WorkloadPriority,
  workloadEvents,
  workloadPriorities,
} from '@rerig/domain/workloads';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Dispatcher } from './dispatcher.ts';
import { type FakeExecutor, makeFakeExecutor } from './fake.ts';
import type { JournalEntry } from './journal.ts';
import type { LaunchedRun, LaunchListener, LaunchOrder } from './launcher.ts';
import type { Workload, WorkloadChange, WorkloadSpec } from './port.ts';
import { unkillableFault } from './workload-faults.ts';

const CARD_IDS = ['one/0', 'one/1', 'one/2', 'two/0', 'two/1'] as const;

type Step =
  | {
      readonly kind: 'start';
      readonly priority: WorkloadPriority;
      readonly workloadKind: 'replica' | 'job';
      readonly count: number;
      readonly rankCount: number;
      readonly whenBusy: 'queue' | 'refuse';
      readonly restartCountMax: number;
      readonly resistance: 'none' | 'stubborn' | 'unkillable';
    }
  | { readonly kind: 'stop' | 'ready' | 'end' | 'fail' | 'lose'; readonly which: number }
  | { readonly kind: 'drain' | 'resume'; readonly cardId: string }
  | { readonly kind: 'drain-rig' | 'resume-rig'; readonly rigId: string };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('start' as const),
      priority: fc.constantFrom(...workloadPriorities),
      workloadKind: fc.constantFrom('replica' as const, 'job' as const),
      count: fc.nat(3),
      rankCount: fc.integer({ min: 1, max: 3 }),
      whenBusy: fc.constantFrom('queue' as const, 'queue' as const, 'queue' as const, 'refuse' as const),
      restartCountMax: fc.nat(1),
      resistance: fc.constantFrom('none' as const, 'none' as const, 'stubborn' as const, 'unkillable' as const),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('stop' as const, 'ready' as const, 'end' as const, 'fail' as const, 'lose' as const),
      which: fc.nat(20),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('drain' as const, 'resume' as const),
      cardId: fc.constantFrom(...CARD_IDS),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('drain-rig' as const, 'resume-rig' as const),
      rigId: fc.constantFrom('one', 'two'),
    }),
  },
);

/** One sequence of steps on a fake, and all that was told. */
class Play {
  readonly changes: WorkloadChange[] = [];
  readonly specs: WorkloadSpec[] = [];
  readonly fake: FakeExecutor;
  #resistance = new Map<string, 'none' | 'stubborn' | 'unkillable'>();

  constructor() {
    this.fake = makeFakeExecutor(CARD_IDS, ({ workloadId }, fake) => {
      const resistance = this.#resistance.get(workloadId) ?? 'none';
      if (resistance !== 'none') fake.resist(workloadId, resistance);
    });
    this.fake.watch((change) => this.changes.push(change));
  }

  async take(next: Step): Promise<void> {
    switch (next.kind) {
      case 'start':
        return this.#start(next);
      case 'drain':
      case 'resume': {
        const target = { kind: 'card', cardId: next.cardId } as const;
        return void (await (next.kind === 'drain' ? this.fake.drain(target, 'dust') : this.fake.resume(target)));
      }
      case 'drain-rig':
      case 'resume-rig': {
        const target = { kind: 'rig', rigId: next.rigId } as const;
        return void (await (next.kind === 'drain-rig' ? this.fake.drain(target, 'dust') : this.fake.resume(target)));
      }
      case 'stop':
      case 'ready':
      case 'end':
      case 'fail':
      case 'lose':
        return this.#happen(next.kind, next.which);
    }
  }

  async #start(asked: Extract<Step, { readonly kind: 'start' }>): Promise<void> {
    const { priority, workloadKind, count, rankCount, whenBusy, restartCountMax, resistance } = asked;
    const workloadId = `w${this.specs.length}`;
    const spec: WorkloadSpec = {
      workloadId,
      kind: workloadKind,
      command: ['x'],
      environment: {},
      cards: { kind: 'any', count, needs: {} },
      rankCount,
      priority,
      whenBusy,
      restartCountMax,
      readyWithinMs: 3_600_000,
      stopWithinMs: 0,
      workingFolder: '/',
    };
    this.specs.push(spec);
    this.#resistance.set(workloadId, resistance);
    await this.fake.start(spec);
  }

  async #happen(what: 'stop' | 'ready' | 'end' | 'fail' | 'lose', which: number): Promise<void> {
    const all = await this.fake.list();
    const workload = all[which % Math.max(all.length, 1)];
    if (workload === undefined) return;
    const { workloadId } = workload;
    if (what === 'stop') await this.fake.stop(workloadId);
    if (!this.fake.started.some((spec) => spec.workloadId === workloadId)) return;
    if (what === 'ready') this.fake.happen(workloadId, 'became-ready', { announced: {} });
    if (what === 'end') this.fake.happen(workloadId, 'ended');
    if (what === 'fail') this.fake.happen(workloadId, 'failed');
    if (what === 'lose') this.fake.happen(workloadId, 'contact-lost');
  }
}

/** Lets everything run that waits for no more than a moment: what is killed at once ends after a timer of 0 ms. */
async function settled(): Promise<void> {
  await vi.advanceTimersByTimeAsync(5);
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

async function checkCards({ fake }: Play): Promise<void> {
  const cards = await fake.cards();
  const workloads = await fake.list();
  for (const { cardId, workloadId, standing } of cards) {
    const holders = workloads.filter(({ state, cardIds }) => holdsCards(state) && cardIds.includes(cardId));
    // What is lost and has ended after all is final, and has given its cards back.
    const living = holders.filter(({ state }) => state !== 'lost');
    expect(living.length).toBeLessThanOrEqual(1);
    if (living[0] !== undefined) expect(workloadId).toBe(living[0].workloadId);
    if (workloadId !== null) expect(holders.map((holder) => holder.workloadId)).toContain(workloadId);
    if (workloadId === null) expect(standing).not.toBe('draining');
  }
}

function checkPlaces({ specs }: Play, workloads: readonly Workload[]): void {
  for (const { workloadId, state, cardIds, places } of workloads) {
    const spec = specs.find((each) => each.workloadId === workloadId);
    const count = spec?.cards.kind === 'any' ? spec.cards.count : 0;
    if (!holdsCards(state)) {
      if (!isFinal(state)) expect([cardIds, places]).toEqual([[], []]);
      continue;
    }
    expect(places.map(({ rank }) => rank)).toEqual([...Array(spec?.rankCount ?? 1).keys()]);
    for (const place of places) {
      expect(place.cardIds).toHaveLength(count);
      expect(place.cardIds.every((cardId) => cardId.startsWith(`${place.rigId}/`))).toBe(true);
    }
    expect(new Set(cardIds).size).toBe(cardIds.length);
  }
}

/** The first in the line waits only where free cards do not do for it, counted here in another way. */
async function checkFirstInLine({ fake, specs }: Play, workloads: readonly Workload[]): Promise<void> {
  const waiting = workloads.filter(({ state }) => state === 'queued' || state === 'preempted');
  const [first] = waiting.toSorted(
    (a, b) =>
      workloadPriorities.indexOf(b.priority) - workloadPriorities.indexOf(a.priority) ||
      specs.findIndex(({ workloadId }) => workloadId === a.workloadId) -
        specs.findIndex(({ workloadId }) => workloadId === b.workloadId),
  );
  const spec = specs.find(({ workloadId }) => workloadId === first?.workloadId);
  if (spec?.cards.kind !== 'any' || spec.cards.count === 0) return;
  const { count } = spec.cards;
  const free = (await fake.cards()).filter(
    ({ workloadId, standing }) => workloadId === null && standing === 'in-service',
  );
  const groups = ['one', 'two'].map((rigId) => Math.floor(free.filter((card) => card.rigId === rigId).length / count));
  expect(groups[0] ?? 0).toBeLessThan((spec.rankCount ?? 1) - (groups[1] ?? 0));
}

function checkHistory({ changes, specs }: Play): void {
  const states = new Map<string, Workload['state']>();
  for (const { workload } of changes) {
    const before = states.get(workload.workloadId) ?? 'queued';
    expect(workloadEvents.map((event) => lifecycle[before][event])).toContain(workload.state);
    states.set(workload.workloadId, workload.state);
    const spec = specs.find(({ workloadId }) => workloadId === workload.workloadId);
    if (workload.state === 'preempted') expect(spec?.priority).not.toBe('guaranteed');
  }
  expect(new Set(changes.map(({ changeId }) => changeId)).size).toBe(changes.length);
}

test('whatever happens, no card has two owners, every workload a true state, and what waits starts when its cards are free', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const play = new Play();
      for (const next of steps) {
        const taken = play.take(next);
        await settled();
        await taken;
        const workloads = await play.fake.list();
        await checkCards(play);
        checkPlaces(play, workloads);
        await checkFirstInLine(play, workloads);
      }
      const closed = play.fake.close();
      await settled();
      await closed;
      checkHistory(play);
      for (const { state } of await play.fake.list()) expect(isFinal(state)).toBe(true);
    }),
    { numRuns: 150 },
  );
}, 60_000);

describe('what an earlier start has left', () => {
  const spec: WorkloadSpec = {
    workloadId: 'w',
    kind: 'job',
    command: ['x'],
    environment: {},
    cards: { kind: 'any', count: 1, needs: {} },
    survivesExecutor: true,
    readyWithinMs: 1000,
    stopWithinMs: 0,
    workingFolder: '/',
  };
  const workload: Workload = {
    workloadId: 'w',
    kind: 'job',
    priority: 'guaranteed',
    cardIds: ['rig/0'],
    places: [{ rank: 0, rigId: 'rig', cardIds: ['rig/0'] }],
    state: 'running',
    restartCount: 0,
  };
  const entry: JournalEntry = {
    spec,
    workload,
    enteredAtMs: 1,
    beganAtMs: 1,
    failureCount: 0,
    runIds: ['run-run-run-run-run'],
    linesBefore: 0,
  };

  /** A dispatcher over one card and a launcher that takes up its runs so. */
  function dispatcherThat(
    hear: (listener: LaunchListener) => void,
    kept: JournalEntry[] = [],
  ): { readonly dispatcher: Dispatcher; readonly launched: LaunchOrder[] } {
    const launched: LaunchOrder[] = [];
    const run: LaunchedRun = {
      giveNotice: async () => undefined,
      askToEnd: () => undefined,
      kill: async () => false,
      letGo: () => undefined,
    };
    const dispatcher = new Dispatcher({
      capabilities: makeFakeExecutor([]).capabilities,
      cards: [{ cardId: 'rig/0', rigId: 'rig', features: { cardModelName: 'card', vramBytes: 0, routes: ['cpu'] } }],
      rigIds: [],
      launcher: {
        launch: async (order) => {
          launched.push(order);
          return run;
        },
        attach: async (_, listener) => {
          hear(listener);
          return run;
        },
        clean: () => undefined,
      },
      journal: {
        keep: (each) => {
          kept.push(each);
          return null;
        },
        forget: () => undefined,
      },
    });
    return { dispatcher, launched };
  }

  const lostFault = unkillableFault('w');

  test('and of which nobody can say whether it runs is lost, and keeps its card', async () => {
    const kept: JournalEntry[] = [];
    const { dispatcher } = dispatcherThat((listener) => listener.lost(lostFault), kept);
    await dispatcher.takeUp(entry);
    dispatcher.beginServing();
    expect(await dispatcher.list()).toMatchObject([{ state: 'lost', fault: { code: 'workload-unkillable' } }]);
    expect(await dispatcher.cards()).toMatchObject([{ workloadId: 'w' }]);
    expect(await dispatcher.start({ ...spec, workloadId: 'other' })).toMatchObject({ code: 'card-busy' });
    expect(kept.at(-1)).toMatchObject({ workload: { state: 'lost' }, runIds: entry.runIds });
  });

  test('and was lost, and has ended since then, gives its card back, also after another start', async () => {
    const kept: JournalEntry[] = [];
    const lost: JournalEntry = { ...entry, workload: { ...workload, state: 'lost', fault: lostFault } };
    const first = dispatcherThat((listener) => listener.ended({ by: 'unseen' }), kept).dispatcher;
    await first.takeUp(lost);
    first.beginServing();
    expect(await first.list()).toMatchObject([{ state: 'lost' }]);
    expect(await first.cards()).toMatchObject([{ workloadId: null }]);
    const second = dispatcherThat(() => undefined).dispatcher;
    await second.takeUp(kept.at(-1) ?? lost);
    expect(await second.cards()).toMatchObject([{ workloadId: null }]);
  });

  test('and ended while nobody watched, as when the machine lost its power, begins again', async () => {
    const { dispatcher, launched } = dispatcherThat((listener) => listener.ended({ by: 'unseen' }));
    await dispatcher.takeUp(entry);
    const told: Workload['state'][] = [];
    dispatcher.watch((change) => told.push(change.workload.state));
    dispatcher.beginServing();
    await settled();
    expect(told).toEqual(['queued', 'starting', 'running']);
    expect(launched).toMatchObject([{ restartCount: 1, spec: { workloadId: 'w' } }]);
  });

  test('and waited, though it was not to survive, has failed', async () => {
    const { dispatcher } = dispatcherThat(() => undefined);
    const { survivesExecutor: _, ...mortal } = spec;
    const queued: Workload = { ...workload, cardIds: [], places: [], state: 'queued' };
    await dispatcher.takeUp({ ...entry, spec: mortal, workload: queued, runIds: [] });
    expect(await dispatcher.list()).toMatchObject([{ state: 'failed', fault: { code: 'executor-closed' } }]);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AgentEvent, agentEventSchema } from '@rerig/api/agent';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { Rig } from '@rerig/domain/inventory';
import { type FakeExecutor, makeFakeExecutor } from '@rerig/executors/fake';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Agent,
  type AgentClock,
  type AgentOptions,
  type ModelReplicaOrder,
  replicaHeapFlags,
  startAgent,
} from './agent.ts';
import type { ProbeReport } from './probe.ts';

const CPU_CARD = 'rig-1/cpu';
const GPU_CARD = 'rig-1/0a:00.0';

const rig: Rig = {
  rigId: 'rig-1',
  name: 'rig 1',
  source: 'agent',
  host: {},
  cards: [
    { cardId: CPU_CARD, kind: 'cpu' },
    { cardId: GPU_CARD, kind: 'gpu', busId: '0a:00.0', vendor: 'amd' },
  ],
  contradictions: [],
};
const report: ProbeReport = {
  rig,
  processor: {},
  memory: {},
  disks: [],
  displays: [],
  slots: [],
  faults: [],
  probedAt: '2026-11-24T00:00:00.000Z',
};

const announced = { listen: 'unix:/x.sock', model: 'tiny', contextTokens: 1024, parallelCount: 8 };

/** Time that moves only when told to. */
class FakeClock implements AgentClock {
  #nowMs = 1_800_000_000_000;
  readonly #timers = new Set<{ readonly atMs: number; readonly then: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  after(waitMs: number, then: () => void): () => void {
    const timer = { atMs: this.#nowMs + waitMs, then };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      await settled();
      const next = [...this.#timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = next.atMs;
      next.then();
    }
    this.#nowMs = endMs;
    await settled();
  }
}

/** Lets everything run that waits for no timer. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('an agent', () => {
  let folder: string;
  let clock: FakeClock;
  let executor: FakeExecutor;
  let events: AgentEvent[];
  let agent: Agent;
  let refusals: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rerig-agent-'));
    writeFileSync(join(folder, 'tiny.gguf'), 'GGUF');
    clock = new FakeClock();
    executor = makeFakeExecutor([CPU_CARD, GPU_CARD]);
    events = [];
    refusals = 0;
    agent = await openAgent();
  });
  afterEach(async () => {
    await agent.close();
    rmSync(folder, { recursive: true });
  });

  async function openAgent(rest: Partial<AgentOptions> = {}): Promise<Agent> {
    const started = await startAgent({
      executor,
      server: {
        deliver: async (event) => {
          if (refusals > 0) {
            refusals -= 1;
            throw new Error('the line is down');
          }
          events.push(event);
        },
      },
      probe: async () => report,
      dataFolder: folder,
      socketFolder: join(folder, 's'),
      modelServerPath: '/model-server/main.ts',
      nodePath: '/node',
      agentBootId: 'boot-0001',
      clock,
      ...rest,
    });
    if (isFault(started)) throw new Error(started.why);
    return started;
  }

  function orderOf(rest: Partial<ModelReplicaOrder> = {}): ModelReplicaOrder {
    return { replicaId: 'r', cardId: CPU_CARD, modelPath: join(folder, 'tiny.gguf'), route: 'cpu', ...rest };
  }

  const statesOf = (replicaId = 'r') =>
    events.flatMap((event) => (event.kind === 'replica-state' && event.replicaId === replicaId ? [event.state] : []));
  const newestWorkloadId = () => executor.started.at(-1)?.workloadId ?? '';
  const codeOf = (result: Fault | null) => result?.code ?? null;

  async function fail(fault: Partial<Fault> = {}): Promise<void> {
    executor.happen(newestWorkloadId(), 'failed', {
      fault: { kind: 'fault', code: 'x', what: 'W.', why: 'Y.', mend: 'M.', retry: 'later', ...fault },
    });
    await settled();
  }

  test('the rig is reported first, as the wire contract has it', async () => {
    await agent.delivered(1000);
    expect(events).toMatchObject([{ kind: 'rig-probed', eventId: 'boot-0001-1', sequence: 1, rig }]);
    expect(agentEventSchema.parse(JSON.parse(JSON.stringify(events[0])))).toEqual(events[0]);
  });

  test('a replica is started by the model server’s command, on its card', async () => {
    expect(await agent.startReplica(orderOf({ modelName: 'tiny' }))).toBeNull();
    const [spec] = executor.started;
    expect(spec?.command.join(' ')).toBe(
      `/node ${replicaHeapFlags.join(' ')} /model-server/main.ts --model ${folder}/tiny.gguf --listen unix:${folder}/s/r.sock --name tiny ` +
        '--parallel 8 --context 1024 --route cpu --exit-with-parent',
    );
    expect(spec?.cards).toEqual({ kind: 'these', cardIds: [CPU_CARD] });
  });

  test('a replica on a card names it by its PCI address', async () => {
    await agent.startReplica(orderOf({ cardId: GPU_CARD, route: 'vulkan', parallelCount: 2, contextTokens: 512 }));
    expect(executor.started[0]?.command.join(' ')).toContain(
      '--parallel 2 --context 512 --route vulkan --device 0000:0a:00.0 --exit-with-parent',
    );
  });

  test('what becomes of a replica is told in order, with what it announced', async () => {
    await agent.startReplica(orderOf());
    executor.happen(newestWorkloadId(), 'became-ready', {
      announced: { ...announced, loadMs: 12, buildVariant: 'cpu' },
    });
    expect(await agent.stopReplica('r')).toBeNull();
    expect(await agent.stopReplica('r')).toBeNull();
    await agent.delivered(1000);
    expect(statesOf()).toEqual(['starting', 'ready', 'stopping', 'stopped']);
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
    const ready = events.find((event) => event.kind === 'replica-state' && event.state === 'ready');
    expect(ready).toMatchObject({ ...announced, loadMs: 12, cardId: CPU_CARD });
    expect(ready).not.toHaveProperty('buildVariant');
    for (const event of events) expect(agentEventSchema.parse(event)).toEqual(event);
  });

  test('a replica that fails is started again after 1, 2, 4 and 8 s, and given up the fifth time', async () => {
    await agent.startReplica(orderOf());
    for (const waitMs of [1000, 2000, 4000, 8000]) {
      const startedCount = executor.started.length;
      await fail();
      await clock.advance(waitMs - 1);
      expect(executor.started).toHaveLength(startedCount);
      await clock.advance(1);
      expect(executor.started).toHaveLength(startedCount + 1);
    }
    await fail();
    await clock.advance(3_600_000);
    expect(executor.started).toHaveLength(5);
    expect(new Set(executor.started.map(({ workloadId }) => workloadId)).size).toBe(5);
    expect(events.at(-1)).toMatchObject({ state: 'failed', fault: { code: 'replica-given-up', mend: 'M.' } });
    expect(statesOf().slice(0, 4)).toEqual(['starting', 'queued', 'starting', 'queued']);
  });

  test('one failure in a quarter of an hour is restarted for ever', async () => {
    await agent.startReplica(orderOf());
    for (let count = 0; count < 30; count += 1) {
      await clock.advance(900_000);
      await fail();
    }
    await clock.advance(1000);
    expect(executor.started).toHaveLength(31);
  });

  test('a replica that never ran and must be mended first is not started again', async () => {
    await agent.startReplica(orderOf());
    await fail({ code: 'model_file_broken', retry: 'after-mend' });
    await clock.advance(600_000);
    expect(executor.started).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ state: 'failed', fault: { code: 'model_file_broken' } });
  });

  test('a replica that ran and then fails is started again, whatever its fault says', async () => {
    await agent.startReplica(orderOf());
    executor.happen(newestWorkloadId(), 'became-ready', { announced });
    await fail({ retry: 'after-mend' });
    await clock.advance(1000);
    expect(executor.started).toHaveLength(2);
  });

  test('a replica that was ready is started again at once the first time', async () => {
    await agent.startReplica(orderOf());
    for (const _ of [1, 2, 3, 4, 5, 6, 7]) {
      executor.happen(newestWorkloadId(), 'became-ready', { announced });
      await clock.advance(10_000);
      await fail();
      await clock.advance(0);
    }
    expect(executor.started).toHaveLength(8);
  });

  test('a replica that ends without an error, unasked, is started again', async () => {
    await agent.startReplica(orderOf());
    executor.happen(newestWorkloadId(), 'became-ready', { announced });
    executor.happen(newestWorkloadId(), 'ended');
    await clock.advance(1000);
    expect(executor.started).toHaveLength(2);
    expect(statesOf()).toEqual(['starting', 'ready', 'queued', 'starting']);
  });

  test('a replica that is stopped while it waits for its restart stays stopped', async () => {
    await agent.startReplica(orderOf());
    await fail();
    await agent.stopReplica('r');
    await clock.advance(600_000);
    expect(executor.started).toHaveLength(1);
    expect(statesOf()).toEqual(['starting', 'queued', 'stopped']);
  });

  test('a replica that was given up can be started again under its id', async () => {
    await agent.startReplica(orderOf());
    expect(codeOf(await agent.startReplica(orderOf()))).toBe('replica-exists');
    await fail({ retry: 'never' });
    expect(await agent.startReplica(orderOf())).toBeNull();
  });

  test('a lost replica is told to be lost, and not started again', async () => {
    await agent.startReplica(orderOf());
    executor.happen(newestWorkloadId(), 'contact-lost');
    await clock.advance(600_000);
    expect(statesOf()).toEqual(['starting', 'lost']);
    expect(executor.started).toHaveLength(1);
  });

  test('a model server that is not understood is stopped, and the replica has failed', async () => {
    await agent.startReplica(orderOf());
    executor.happen(newestWorkloadId(), 'became-ready', { announced: { listen: 7 } });
    await clock.advance(1000);
    expect(events.at(-1)).toMatchObject({ state: 'failed', fault: { code: 'replica-announcement-unreadable' } });
    expect((await executor.list())[0]?.state).toBe('stopped');
  });

  test.each([
    ['an id that leaves its folder', { replicaId: '../r' }, 'replica-invalid'],
    ['no requests at once', { parallelCount: 0 }, 'replica-invalid'],
    ['a card that is not here', { cardId: 'rig-2/cpu' }, 'replica-card-unknown'],
    ['a route that does not drive its card', { route: 'vulkan' as const }, 'replica-route-unfit'],
    ['a processor’s route on a card', { cardId: GPU_CARD }, 'replica-route-unfit'],
    ['a model file that is not there', { modelPath: '/nowhere.gguf' }, 'model-file-missing'],
  ])('a replica with %s is refused, without an event', async (_, rest, code) => {
    expect(codeOf(await agent.startReplica(orderOf(rest)))).toBe(code);
    await agent.delivered(1000);
    expect(events).toHaveLength(1);
    expect(executor.started).toEqual([]);
  });

  test('a socket whose path is too long for the system is refused', async () => {
    const deep = await openAgent({ socketFolder: join(folder, 'x'.repeat(90)) });
    expect(codeOf(await deep.startReplica(orderOf()))).toBe('socket-path-too-long');
    await deep.close();
  });

  test('a second replica on a card that is held is refused with the executor’s fault', async () => {
    await agent.startReplica(orderOf());
    expect(codeOf(await agent.startReplica(orderOf({ replicaId: 'other' })))).toBe('card-busy');
    expect(codeOf(await agent.stopReplica('other'))).toBe('replica-unknown');
  });

  test('events wait in order while the line is down, and none is lost', async () => {
    await agent.delivered(1000);
    refusals = 6;
    await agent.startReplica(orderOf());
    executor.happen(newestWorkloadId(), 'became-ready', { announced });
    await settled();
    expect(agent.delivery()).toMatchObject({ problem: 'the line is down', waitingCount: 2 });
    await clock.advance(120_000);
    expect(agent.delivery()).toEqual({ waitingCount: 0, problem: null });
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  });

  test('a delivery that is never answered is tried again', async () => {
    let tries = 0;
    const stubborn = await openAgent({
      server: {
        deliver: () => {
          tries += 1;
          return tries === 1 ? new Promise(() => undefined) : Promise.resolve();
        },
      },
    });
    await clock.advance(31_000);
    expect(tries).toBe(2);
    await stubborn.close();
  });

  test('while the line is down memory stays bounded, and the newest state of each replica is kept', async () => {
    await agent.delivered(1000);
    refusals = Number.POSITIVE_INFINITY;
    await agent.startReplica(orderOf());
    for (let count = 0; count < 3000; count += 1) {
      await clock.advance(900_000);
      await fail();
    }
    expect(agent.delivery().waitingCount).toBeLessThanOrEqual(1001);
    refusals = 0;
    await clock.advance(60_000);
    const sequences = events.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
    expect(statesOf().at(-1)).toBe('starting');
  });

  test('whatever happens to its workloads, events are in order, and none follows the end of a replica', async () => {
    const happening = fc.constantFrom('became-ready', 'ended', 'failed', 'contact-lost', 'stop-asked', 'time' as const);
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 30 }), async (happenings) => {
        const own = makeFakeExecutor([CPU_CARD]);
        const heard: AgentEvent[] = [];
        const subject = await openAgent({
          executor: own,
          server: { deliver: async (event) => void heard.push(event) },
        });
        await subject.startReplica(orderOf());
        for (const each of happenings) {
          if (each === 'time') await clock.advance(10_000);
          else own.happen(own.started.at(-1)?.workloadId ?? '', each, each === 'became-ready' ? { announced } : {});
        }
        await subject.close();
        const states = heard.flatMap((event) => (event.kind === 'replica-state' ? [event.state] : []));
        expect(heard.map(({ sequence }) => sequence)).toEqual(heard.map((_, index) => index + 1));
        const over = states.findIndex((state) => ['stopped', 'failed', 'lost'].includes(state));
        expect(over).toBe(states.length - 1);
        expect(states.every((state, index) => index === 0 || state !== states[index - 1])).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('a closed agent has stopped its replicas, told of it, and starts nothing', async () => {
    await agent.startReplica(orderOf());
    await agent.close();
    expect(statesOf()).toEqual(['starting', 'stopping', 'stopped']);
    expect(codeOf(await agent.startReplica(orderOf({ replicaId: 'new' })))).toBe('agent-closed');
  });
});

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AgentEvent, ReplicaStateEvent } from '@rerig/api/agent';
import type { Fault } from '@rerig/domain/fault';
import type { Rig } from '@rerig/domain/inventory';
import { GIB, MIB } from '@rerig/domain/quantity';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AgentEvents } from './agent-events.ts';
import { type AgentLink, Autoscaler } from './autoscale.ts';
import type { OfferedModel } from './placement-snapshot.ts';
import { ReplicaRegistry } from './replicas.ts';

const CARD = 'rig/cpu';
const rig: Rig = {
  rigId: 'rig',
  name: 'rig',
  source: 'agent',
  host: {},
  cards: [{ cardId: CARD, kind: 'cpu', name: 'Old Xeon', vramBytes: 8 * GIB }],
  contradictions: [],
};

function offered(model: string, rest: Partial<OfferedModel> = {}): OfferedModel {
  const needs = { vramNeedBytes: { cpu: GIB }, fileBytes: 5 * MIB, contextTokens: 512 };
  return { model, ...needs, replicasMin: 0, replicasMax: 2, keepWarmMs: 900_000, ...rest };
}

/** An agent whose replicas are all one real HTTP server, and which says what it was told to do. */
class OneServerAgent implements AgentLink {
  readonly told: string[] = [];
  readonly #events: AgentEvents;
  readonly #listen: string;
  #sequence = 0;
  /** What the next start ends in. */
  failure: Fault | null = null;

  constructor(events: AgentEvents, listen: string) {
    this.#events = events;
    this.#listen = listen;
    this.#apply({ kind: 'rig-probed', rig });
  }

  async startReplica({ replicaId, model, cardId }: Parameters<AgentLink['startReplica']>[0]): Promise<Fault | null> {
    this.told.push(`start ${model}`);
    const failure = this.failure;
    queueMicrotask(() => {
      const base = { kind: 'replica-state' as const, replicaId, cardId, model };
      this.#apply({ ...base, state: 'starting' });
      if (failure !== null) this.#apply({ ...base, state: 'failed', fault: failure });
      else {
        const facts = { listen: this.#listen, contextTokens: 512, parallelCount: 2, tokensPerSecond: 9 };
        this.#apply({ ...base, state: 'ready', ...facts, doors: ['chat', 'completions'] });
      }
    });
    return null;
  }

  async stopReplica(replicaId: string): Promise<Fault | null> {
    this.told.push('stop');
    const base = { kind: 'replica-state' as const, replicaId, cardId: CARD };
    this.#apply({ ...base, state: 'stopping' });
    this.#apply({ ...base, state: 'stopped' });
    return null;
  }

  #apply(
    news:
      | Omit<ReplicaStateEvent, 'eventId' | 'agentBootId' | 'sequence' | 'occurredAt'>
      | { readonly kind: 'rig-probed'; readonly rig: Rig },
  ): void {
    this.#sequence += 1;
    const envelope = { eventId: `b-${this.#sequence}`, agentBootId: 'b', sequence: this.#sequence };
    const event: AgentEvent = { ...envelope, occurredAt: '2026-11-24T00:00:00.000Z', ...news };
    this.#events.apply(event);
  }
}

describe('an autoscaler', () => {
  let server: Server;
  let replicas: ReplicaRegistry;
  let agent: OneServerAgent;
  let scaler: Autoscaler;
  let held: (() => void)[];
  let passedMs: number;
  const never = new AbortController().signal;

  beforeEach(async () => {
    held = [];
    passedMs = 0;
    server = createServer((_request, response) => void held.push(() => response.end('ok')));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    replicas = new ReplicaRegistry();
    agent = new OneServerAgent(new AgentEvents(replicas, { setLiveRig: () => undefined }), `127.0.0.1:${port}`);
    scaler = new Autoscaler({ replicas, nowMs: () => Date.now() + passedMs });
    replicas.setTerms('a', { operatorId: 'op', region: 'eu', priceMicroUsdPerMillionCompletionTokens: 7n });
    scaler.offer(offered('a'));
    scaler.offer(offered('b'));
    scaler.connect(agent);
  });
  afterEach(async () => {
    scaler.close();
    await replicas.close();
    server.closeAllConnections();
    server.close();
  });

  it('starts a cold model when it is asked for, with all that a gateway must know of the replica', async () => {
    expect(scaler.standing('a')).toMatchObject({ status: 'cold', contextTokens: 512 });
    expect(scaler.standing('unheard-of')).toEqual({ status: 'unavailable', coldStartMs: null, contextTokens: null });
    expect(await scaler.awaitReplica('a', never)).toBeNull();
    expect(replicas.serving('a')).toMatchObject([
      {
        ...{ parallelCount: 2, doors: ['chat', 'completions'], kind: 'ours', operatorId: 'op', region: 'eu' },
        ...{
          cardModel: 'Old Xeon',
          tokensPerSecond: 9,
          priceMicroUsdPerMillionCompletionTokens: 7n,
          isDraining: false,
        },
      },
    ]);
    expect(scaler.standing('a').status).toBe('ready');
    expect(scaler.standing('a').coldStartMs).toBeLessThan(1000);
    expect(agent.told).toEqual(['start a']);
  });

  it('gives the same array of replicas until something of them changes', async () => {
    await scaler.awaitReplica('a', never);
    const before = replicas.serving('a');
    replicas.setTerms('b', { operatorId: 'op', region: null, priceMicroUsdPerMillionCompletionTokens: 1n });
    expect(replicas.serving('a')).toBe(before);
    replicas.drain(before[0]?.replicaId ?? '');
    expect(replicas.serving('a')).not.toBe(before);
    expect(replicas.serving('a')).toMatchObject([{ isDraining: true }]);
  });

  it('swaps two models on one card, once the first is idle, and back', async () => {
    await scaler.awaitReplica('a', never);
    const waiting = scaler.awaitReplica('b', never);
    await vi.waitFor(() => expect(agent.told).toEqual(['start a']));
    passedMs = 3000;
    expect(await waiting).toBeNull();
    passedMs = 6000;
    expect(await scaler.awaitReplica('a', never)).toBeNull();
    expect(agent.told).toEqual(['start a', 'stop', 'start b', 'stop', 'start a']);
  }, 15_000);

  it('ends no replica with a request under way, and lets what runs finish before it does', async () => {
    await scaler.awaitReplica('a', never);
    const [replica] = replicas.serving('a');
    const answer = replica?.dispatcher.request({ origin: 'http://replica', path: '/', method: 'GET' });
    await vi.waitFor(() => expect(held).toHaveLength(1));
    passedMs = 600_000;
    const waiting = scaler.awaitReplica('b', never);
    await vi.waitFor(() => expect(scaler.standing('b').status).toBe('cold'));
    replicas.drain(replica?.replicaId ?? '');
    await vi.waitFor(() => expect(replicas.serving('a')).toMatchObject([{ isDraining: true }]));
    expect(agent.told).toEqual(['start a']);
    for (const finish of held) finish();
    expect(await (await answer)?.body.text()).toBe('ok');
    expect(await waiting).toBeNull();
    expect(agent.told).toEqual(['start a', 'stop', 'start b']);
  }, 15_000);

  it('scales to zero after keep-warm', async () => {
    scaler.offer(offered('a', { keepWarmMs: 5000 }));
    await scaler.awaitReplica('a', never);
    passedMs = 6000;
    await vi.waitFor(() => expect(agent.told).toEqual(['start a', 'stop']), { timeout: 5000 });
    expect(scaler.standing('a').status).toBe('cold');
  });

  it('refuses at once, with the fault, what every card has failed, and tries again when waiting helps', async () => {
    const words = { code: 'x', what: 'It broke.', why: 'Its memory is bad.', mend: 'M.' };
    agent.failure = { kind: 'fault', ...words, retry: 'later' };
    const refused = await scaler.awaitReplica('a', never);
    expect(refused).toMatchObject({ code: 'no_replica', why: expect.stringContaining('Its memory is bad.') });
    expect(scaler.standing('a').status).toBe('unavailable');
    agent.failure = null;
    passedMs = 61_000;
    await vi.waitFor(() => expect(scaler.standing('a').status).toBe('cold'), { timeout: 5000 });
    expect(await scaler.awaitReplica('a', never)).toBeNull();
  });

  it('ends a replica that the gateway has found failing for a minute, and starts another when it is asked for', async () => {
    await scaler.awaitReplica('a', never);
    const replicaId = replicas.serving('a')[0]?.replicaId ?? '';
    scaler.reportHealth(replicaId, 'failing');
    scaler.reportHealth(replicaId, 'healthy');
    scaler.reportHealth(replicaId, 'failing');
    passedMs = 61_000;
    await vi.waitFor(() => expect(agent.told).toEqual(['start a', 'stop']), { timeout: 5000 });
    expect(await scaler.awaitReplica('a', never)).toBeNull();
    expect(replicas.serving('a')[0]?.replicaId).not.toBe(replicaId);
  });

  it('refuses what does not fit any card, and whoever leaves or is still waiting at the end', async () => {
    scaler.offer(offered('large', { vramNeedBytes: { cpu: 64 * GIB } }));
    expect(await scaler.awaitReplica('large', never)).toMatchObject({ why: expect.stringContaining('64 GiB') });
    expect(await scaler.awaitReplica('unheard-of', never)).toMatchObject({ code: 'no_replica' });
    await scaler.awaitReplica('a', never);
    const leaving = new AbortController();
    const left = scaler.awaitReplica('b', leaving.signal);
    leaving.abort();
    expect(await left).toMatchObject({ why: 'Its client left.' });
    const last = scaler.awaitReplica('b', never);
    scaler.close();
    expect(await last).toMatchObject({ why: 'The exchange is being stopped.' });
  });
});

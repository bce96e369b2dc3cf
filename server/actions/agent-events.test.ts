import type { AgentEvent, ReplicaStateEvent } from '@rerig/api/agent';
import fc from 'fast-check';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { Tables } from '../store/tables.ts';
import { AgentEvents } from './agent-events.ts';
import { FarmBoard } from './farm-board.ts';
import { ReplicaRegistry } from './replicas.ts';

const states = ['queued', 'starting', 'ready', 'stopping', 'stopped', 'failed'] as const;

function eventOf(sequence: number, state: ReplicaStateEvent['state'], agentBootId = 'boot-1'): AgentEvent {
  return {
    eventId: `${agentBootId}-${sequence}`,
    agentBootId,
    sequence,
    occurredAt: '2026-11-24T00:00:00.000Z',
    kind: 'replica-state',
    replicaId: 'replica-1',
    cardId: 'card-1',
    state,
  };
}

/** The board reads its database only for a view, which no test here asks for: the pool never connects. */
function openEvents() {
  const replicas = new ReplicaRegistry();
  const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: new pg.Pool({ max: 1 }) }) });
  const farm = new FarmBoard(database, replicas, () => expect.fail('no view is made'));
  return { replicas, farm, events: new AgentEvents(replicas, farm) };
}

describe('what an agent tells', () => {
  it('leaves the same state when every event comes again, and when an old one comes late', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...states), { minLength: 1, maxLength: 12 }), fc.nat(), (told, seed) => {
        const once = openEvents();
        const twice = openEvents();
        const events = told.map((state, index) => eventOf(index + 1, state));
        for (const event of events) once.events.apply(event);
        for (const [index, event] of events.entries()) {
          twice.events.apply(event);
          twice.events.apply(event);
          const earlier = events[seed % (index + 1)];
          if (earlier !== undefined) twice.events.apply(earlier);
        }
        expect(twice.replicas.all()).toEqual(once.replicas.all());
      }),
    );
  });

  it('is heard anew from an agent that has started again', () => {
    const { events, replicas } = openEvents();
    events.apply(eventOf(9, 'failed'));
    events.apply(eventOf(1, 'starting', 'boot-2'));
    expect(replicas.all()).toMatchObject([{ replicaId: 'replica-1', state: 'starting' }]);
  });

  it('shows a live rig before the inventory', () => {
    const { events, farm } = openEvents();
    const rig = { rigId: 'rig-1', name: 'rig 1', source: 'agent' as const, host: {}, cards: [], contradictions: [] };
    events.apply({
      eventId: 'boot-1-1',
      agentBootId: 'boot-1',
      sequence: 1,
      occurredAt: '2026-11-24T00:00:00.000Z',
      kind: 'rig-probed',
      rig,
    });
    expect(farm.assessed().rigs.map((each) => each.rig.rigId)).toEqual(['rig-1']);
  });
});

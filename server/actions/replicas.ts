import { EventEmitter } from 'node:events';
import type { CardState } from '@rerig/api/exchange';
import type { Fault } from '@rerig/domain/fault';
import type { Replica } from '@rerig/gateway/gateway';
import { Pool } from 'undici';

/** What is known of a replica, by the agent's word. `listen` is where its model server listens: `unix:/path`. */
export interface ReplicaReport {
  readonly replicaId: string;
  readonly cardId: string;
  readonly state: CardState;
  /** Null while it is not ready. */
  readonly model: string | null;
  readonly listen: string | null;
  /** Of one request, prompt and answer; 0 while it is not ready. */
  readonly contextTokens: number;
  /** Why it failed, or waits to be started again. */
  readonly fault: Fault | null;
}

/** Most connections to one replica: those past what it answers at once wait in its own queue. */
const CONNECTIONS_MAX = 256;

/** The replicas that agents report now, in memory: a server that starts anew hears of them anew. Emits `change`. */
export class ReplicaRegistry extends EventEmitter<{ change: [] }> {
  readonly #reports = new Map<string, ReplicaReport>();
  readonly #pools = new Map<string, { readonly listen: string; readonly pool: Pool }>();

  /** Takes a report; it replaces what was known of that replica. */
  report(report: ReplicaReport): void {
    this.#reports.set(report.replicaId, report);
    const standing = this.#pools.get(report.replicaId);
    if (standing !== undefined && (report.state !== 'serving' || standing.listen !== report.listen)) {
      this.#pools.delete(report.replicaId);
      // Requests under way end as they can; nothing new is sent that way.
      void standing.pool.close();
    }
    if (report.state === 'serving' && report.listen !== null && !this.#pools.has(report.replicaId)) {
      this.#pools.set(report.replicaId, { listen: report.listen, pool: openPool(report.listen) });
    }
    this.emit('change');
  }

  all(): readonly ReplicaReport[] {
    return [...this.#reports.values()];
  }

  /** The replicas that serve a model now. */
  serving(model: string): readonly Replica[] {
    return this.all().flatMap(({ replicaId, cardId, state, contextTokens, model: served }) => {
      const open = this.#pools.get(replicaId);
      if (state !== 'serving' || served !== model || open === undefined) return [];
      return [
        {
          replicaId,
          model,
          contextTokens,
          parallelCount: 8,
          doors: ['chat'],
          kind: 'ours',
          operatorId: 'demo-operator',
          cardModel: cardId,
          region: null,
          isolation: 'process',
          tokensPerSecond: null,
          priceMicroUsdPerMillionCompletionTokens: 0n,
          isDraining: false,
          dispatcher: open.pool,
          upstreamModel: null,
          pathPrefix: '',
        },
      ];
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map(({ pool }) => pool.destroy()));
    this.#pools.clear();
  }
}

function openPool(listen: string): Pool {
  const socketPath = listen.startsWith('unix:') ? { socketPath: listen.slice('unix:'.length) } : {};
  const origin = listen.startsWith('unix:') ? 'http://replica' : `http://${listen}`;
  return new Pool(origin, { connections: CONNECTIONS_MAX, pipelining: 1, connect: socketPath });
}

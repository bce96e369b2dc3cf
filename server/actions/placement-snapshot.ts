import {
  type PlacementCard,
  type PlacementDemand,
  type PlacementFailure,
  type PlacementModel,
  type PlacementReplica,
  type PlacementSnapshot,
  pressedSinceAtMs,
} from '@rerig/domain/placement';
import type { Bytes } from '@rerig/domain/quantity';
import type { ReplicaReport } from './replica-report.ts';
import type { WaitingDemand } from './replica-waiters.ts';
import type { ReplicaRegistry } from './replicas.ts';

/** A model that replicas may be started of. */
export interface OfferedModel extends PlacementModel {
  readonly fileBytes: Bytes;
  /** Of one request, prompt and answer. */
  readonly contextTokens: number;
}

/** What a snapshot holds beside replicas and cards. */
export interface SnapshotParts {
  readonly nowMs: number;
  readonly models: readonly OfferedModel[];
  readonly waiting: readonly WaitingDemand[];
  readonly failures: readonly PlacementFailure[];
}

/** What was seen of a replica before: without it nobody knows since when it is so. */
interface Seen {
  readonly state: PlacementReplica['state'];
  readonly stateSinceAtMs: number;
  readonly sentCount: number;
  readonly lastUsedAtMs: number;
}

/** Makes snapshots for the plan from what agents and connections tell, and remembers since when each thing is so. */
export class PlacementView {
  readonly #replicas: ReplicaRegistry;
  readonly #seen = new Map<string, Seen>();
  readonly #stopping = new Set<string>();
  readonly #pressedSinceAtMs = new Map<string, number | null>();

  constructor(replicas: ReplicaRegistry) {
    this.#replicas = replicas;
  }

  /** Notes that a replica's end was ordered; false where it was before. */
  markStopping(replicaId: string): boolean {
    if (this.#stopping.has(replicaId)) return false;
    this.#stopping.add(replicaId);
    return true;
  }

  snapshot({ nowMs, models, waiting, failures }: SnapshotParts): PlacementSnapshot {
    const reports = this.#replicas.all();
    const known = new Set(reports.map(({ replicaId }) => replicaId));
    for (const replicaId of this.#seen.keys()) if (!known.has(replicaId)) this.#seen.delete(replicaId);
    for (const replicaId of this.#stopping) if (!known.has(replicaId)) this.#stopping.delete(replicaId);
    const replicas = reports.flatMap((report) => this.#replicaOf(report, nowMs) ?? []);
    return {
      nowMs,
      models,
      replicas,
      failures,
      cards: this.#cards(reports, replicas),
      demands: models.map((model) => this.#demandOf(model.model, replicas, waiting, nowMs)),
    };
  }

  /** Null for what is not ours to start and end, and for what has ended. */
  #replicaOf(report: ReplicaReport, nowMs: number): PlacementReplica | null {
    const { replicaId, model, cardId, moreCardIds, serverKind, parallelCount } = report;
    const state = this.#stateOf(report);
    if (state === null || model === null || serverKind === 'other') return null;
    const { inFlightCount, batchInFlightCount, sentCount } = this.#replicas.loadOf(replicaId);
    const before = this.#seen.get(replicaId);
    const isSame = before?.state === state;
    const isUsed = inFlightCount > 0 || sentCount !== (before?.sentCount ?? 0) || (state === 'ready' && !isSame);
    const seen: Seen = {
      state,
      stateSinceAtMs: isSame ? before.stateSinceAtMs : nowMs,
      sentCount,
      lastUsedAtMs: isUsed || before === undefined ? nowMs : before.lastUsedAtMs,
    };
    this.#seen.set(replicaId, seen);
    const { stateSinceAtMs, lastUsedAtMs } = seen;
    const load = { parallelCount, inFlightCount, batchInFlightCount, lastUsedAtMs };
    return { replicaId, model, cardId, moreCardIds, state, stateSinceAtMs, ...load };
  }

  #stateOf({ replicaId, workloadState }: ReplicaReport): PlacementReplica['state'] | null {
    switch (workloadState) {
      case 'queued':
      case 'preempted':
      case 'starting':
        return this.#replicas.isDraining(replicaId) ? 'draining' : 'starting';
      case 'ready':
      case 'running':
        return this.#replicas.isDraining(replicaId) ? 'draining' : 'ready';
      case 'stopping':
        return 'draining';
      case 'stopped':
      case 'failed':
      case 'lost':
        return null;
    }
  }

  /** A card that no replica of the plan's holds, but something else, is `other`: what is lost may still run on it. */
  #cards(reports: readonly ReplicaReport[], replicas: readonly PlacementReplica[]): readonly PlacementCard[] {
    const byReplica = new Set(replicas.flatMap(({ cardId, moreCardIds }) => [cardId, ...moreCardIds]));
    const byAny = new Set(
      reports.flatMap(({ cardId, moreCardIds, workloadState }) =>
        workloadState === 'failed' || workloadState === 'stopped' ? [] : [cardId, ...moreCardIds],
      ),
    );
    return this.#replicas.cards.all().map(({ cardModel: _, ...card }) => {
      const holder = byReplica.has(card.cardId) ? 'replica' : byAny.has(card.cardId) ? 'other' : 'nothing';
      return { ...card, holder };
    });
  }

  #demandOf(
    model: string,
    replicas: readonly PlacementReplica[],
    waiting: readonly WaitingDemand[],
    nowMs: number,
  ): PlacementDemand {
    const ready = replicas.filter((each) => each.model === model && each.state === 'ready');
    const slotCount = ready.reduce((sum, { parallelCount }) => sum + parallelCount, 0);
    // Batches wait without pressing: only what live requests make of a queue counts.
    const queuedCount = ready.reduce((sum, each) => sum + queueOf(each), 0);
    const sinceAtMs = pressedSinceAtMs(this.#pressedSinceAtMs.get(model) ?? null, queuedCount, slotCount, nowMs);
    this.#pressedSinceAtMs.set(model, sinceAtMs);
    const own = waiting.find((each) => each.model === model);
    return {
      model,
      waitingCount: own?.waitingCount ?? 0,
      batchWaitingCount: own?.batchWaitingCount ?? 0,
      oldestWaitMs: own?.oldestWaitMs ?? 0,
      pressedForMs: sinceAtMs === null ? 0 : nowMs - sinceAtMs,
    };
  }
}

function queueOf({ inFlightCount, batchInFlightCount, parallelCount }: PlacementReplica): number {
  return Math.max(0, inFlightCount - batchInFlightCount - parallelCount);
}

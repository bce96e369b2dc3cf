import { randomUUID } from 'node:crypto';
import { type Fault, InvariantError } from '@rerig/domain/fault';
import {
  isPlaceable,
  type PlacementPlan,
  type PlacementSnapshot,
  planReplicas,
  type ReplicaRoute,
  type StartOrder,
} from '@rerig/domain/placement';
import { ColdStarts } from './cold-starts.ts';
import { PlacementFailures } from './placement-failures.ts';
import type { OfferedModel } from './placement-snapshot.ts';
import { PlacementView } from './placement-snapshot.ts';
import { ReplicaWaiters } from './replica-waiters.ts';
import type { ReplicaRegistry } from './replicas.ts';

/** The way to a farm's agent. What becomes of an order is told by the agent's events. */
export interface AgentLink {
  /** A Fault where the replica can't be started at all; null where it is being started. */
  startReplica(order: {
    readonly replicaId: string;
    readonly model: string;
    readonly cardId: string;
    /** Further cards over which it is split. */
    readonly moreCardIds: readonly string[];
    readonly route: ReplicaRoute;
  }): Promise<Fault | null>;
  /** Null once it has ended. */
  stopReplica(replicaId: string): Promise<Fault | null>;
}

/** How a model stands, for those who may ask for it. */
export interface ModelStanding {
  /** `ready`: answers at once; `cold`: a replica starts when it is asked for; `unavailable`: no card can serve it now. */
  readonly status: 'ready' | 'cold' | 'unavailable';
  /** Median of the last starts, or an estimate by the file's size; null for a model that nothing here starts. */
  readonly coldStartMs: number | null;
  readonly contextTokens: number | null;
}

/** What an autoscaler is made of. */
export interface AutoscalerParts {
  readonly replicas: ReplicaRegistry;
  /** Told of each order and of each failure, in words. */
  readonly log?: (words: string) => void;
  /** Ms since the epoch. */
  readonly nowMs?: () => number;
}

const TICK_MS = 1000;
/** A replica that the gateway finds failing for so long, ready by its own word, hangs: another one takes its place. */
const FAILING_MS_MAX = 60_000;
/** A request that had chosen a replica before it drained has arrived by then. */
const DRAINED_FOR_MS_MIN = 250;

/**
 * Starts and ends replicas by demand: each second and on each change it makes a snapshot, plans, and carries the plan out,
 * all in one turn, so that nothing can come between what was seen and what is done. Orders to agents are sent in that
 * turn; what comes of them is told by events.
 */
export class Autoscaler {
  readonly #replicas: ReplicaRegistry;
  readonly #log: (words: string) => void;
  readonly #nowMs: () => number;
  readonly #view: PlacementView;
  readonly #waiters: ReplicaWaiters;
  readonly #failures = new PlacementFailures();
  readonly #coldStarts = new ColdStarts();
  readonly #models = new Map<string, OfferedModel>();
  readonly #failingSinceAtMs = new Map<string, number>();
  readonly #onChange = () => this.#look();
  #link: AgentLink | null = null;
  #ticking: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #isPlanAsked = false;
  #isClosed = false;
  #lastSnapshot: PlacementSnapshot | undefined;

  constructor({ replicas, log = () => undefined, nowMs = Date.now }: AutoscalerParts) {
    this.#replicas = replicas;
    this.#log = log;
    this.#nowMs = nowMs;
    this.#view = new PlacementView(replicas);
    this.#waiters = new ReplicaWaiters(nowMs);
    replicas.on('change', this.#onChange);
  }

  /** From now on an agent's replicas start and end by demand. */
  connect(link: AgentLink): void {
    this.#link = link;
    this.#ticking ??= setInterval(() => this.#look(), TICK_MS).unref();
    this.#look();
  }

  /** Offers a model, or changes how it is offered; what failed it before may be tried again. */
  offer(model: OfferedModel): void {
    this.#models.set(model.model, model);
    this.#failures.forgive(model.model);
    this.#look();
  }

  /** How a model stands. */
  standing(model: string): ModelStanding {
    const serving = this.#replicas.serving(model).filter(({ isDraining }) => !isDraining);
    const offered = this.#models.get(model);
    const coldStartMs = offered === undefined ? null : this.#coldStarts.statedMs(offered);
    const contextTokens = serving[0]?.contextTokens ?? offered?.contextTokens ?? null;
    if (serving.length > 0) return { status: 'ready', coldStartMs, contextTokens };
    const isCold =
      offered !== undefined && this.#link !== null && isPlaceable(this.#lastSnapshot ?? this.#snapshot(), offered);
    return { status: isCold ? 'cold' : 'unavailable', coldStartMs, contextTokens };
  }

  /**
   * Asks for a replica of a model and waits until one may be tried; null then. A Fault, `no_replica`, where no card can
   * serve it, or none did within three times its stated cold start (30 s at least, 10 min at most), or the signal came.
   */
  async awaitReplica(model: string, signal: AbortSignal, priority: 'live' | 'batch' = 'live'): Promise<Fault | null> {
    if (this.#replicas.serving(model).some(({ isDraining }) => !isDraining)) return null;
    const refusal = this.#refusalOf(model);
    if (refusal !== null) return refusal;
    const coldStartMs = this.standing(model).coldStartMs ?? 0;
    const waiting = this.#waiters.wait({ model, priority, coldStartMs }, signal);
    this.#look();
    return waiting;
  }

  /** Takes the gateway's word that a replica fails, or answers again. */
  reportHealth(replicaId: string, health: 'failing' | 'healthy'): void {
    if (health === 'healthy' || this.#replicas.get(replicaId) === undefined) this.#failingSinceAtMs.delete(replicaId);
    else if (!this.#failingSinceAtMs.has(replicaId)) this.#failingSinceAtMs.set(replicaId, this.#nowMs());
  }

  /** Plans and starts nothing more; those who wait are refused. */
  close(): void {
    this.#isClosed = true;
    this.#replicas.off('change', this.#onChange);
    clearInterval(this.#ticking);
    clearTimeout(this.#soon);
    this.#waiters.refuseAll('The exchange is being stopped.');
  }

  /** Plans soon: once for all that changes in this turn. */
  #look(): void {
    if (this.#isPlanAsked || this.#isClosed) return;
    this.#isPlanAsked = true;
    setImmediate(() => {
      this.#isPlanAsked = false;
      if (!this.#isClosed) this.#planAndApply();
    });
  }

  #planAndApply(): void {
    this.#hearReports();
    for (const { model } of this.#waiters.demands()) {
      if (this.#replicas.serving(model).some(({ isDraining }) => !isDraining)) this.#waiters.release(model);
    }
    if (this.#link === null) return;
    this.#drainHanging();
    const snapshot = this.#snapshot();
    this.#lastSnapshot = snapshot;
    const plan = planReplicas(snapshot);
    this.#apply(plan, snapshot, this.#link);
    this.#refuseHopeless(plan);
  }

  #drainHanging(): void {
    const nowMs = this.#nowMs();
    for (const [replicaId, sinceAtMs] of this.#failingSinceAtMs) {
      const report = this.#replicas.get(replicaId);
      if (report === undefined || report.workloadState !== 'ready') this.#failingSinceAtMs.delete(replicaId);
      else if (nowMs - sinceAtMs >= FAILING_MS_MAX && report.serverKind === 'ours') this.#replicas.drain(replicaId);
    }
  }

  #snapshot(): PlacementSnapshot {
    const nowMs = this.#nowMs();
    return this.#view.snapshot({
      nowMs,
      models: [...this.#models.values()],
      waiting: this.#waiters.demands(),
      failures: this.#failures.all(),
    });
  }

  /** Learns from what agents told since: how long a start took, and what a card failed. */
  #hearReports(): void {
    const nowMs = this.#nowMs();
    for (const report of this.#replicas.all()) {
      const { replicaId, model, cardId, workloadState, fault } = report;
      if (model === null) continue;
      if (workloadState === 'ready') {
        const cardModel = this.#replicas.cards.get(cardId)?.cardModel ?? cardId;
        this.#coldStarts.isReady(replicaId, model, cardModel, nowMs);
        this.#failures.forget(model, cardId);
      } else if (workloadState === 'failed' && this.#failures.add({ replicaId, model, cardId, fault, nowMs })) {
        this.#coldStarts.forget(replicaId);
        this.#log(`${model} failed on ${cardId}: ${fault?.what ?? ''} ${fault?.why ?? ''}`);
      }
    }
  }

  #apply({ orders }: PlacementPlan, snapshot: PlacementSnapshot, link: AgentLink): void {
    for (const order of orders) {
      switch (order.kind) {
        case 'start':
          this.#start(order, link);
          break;
        case 'drain':
          this.#log(`drain ${order.replicaId}: ${order.why}`);
          this.#replicas.drain(order.replicaId);
          break;
        case 'stop': {
          const drainedAtMs = snapshot.replicas.find(({ replicaId }) => replicaId === order.replicaId)?.stateSinceAtMs;
          const restMs = (drainedAtMs ?? 0) + DRAINED_FOR_MS_MIN - snapshot.nowMs;
          if (restMs > 0) this.#lookIn(restMs);
          else if (this.#view.markStopping(order.replicaId)) void this.#stop(order.replicaId, order.why, link);
          break;
        }
      }
    }
  }

  #start({ model, cardId, moreCardIds, route, why }: StartOrder, link: AgentLink): void {
    const offered = this.#models.get(model);
    if (offered === undefined) throw new InvariantError(`a replica of ${model} is planned, which nobody offers`);
    const replicaId = `${route}-${randomUUID().slice(0, 8)}`;
    this.#log(`start ${replicaId} of ${model} on ${cardId}: ${why}`);
    const cardModel = this.#replicas.cards.get(cardId)?.cardModel ?? cardId;
    this.#coldStarts.isOrdered(replicaId, model, cardModel, this.#nowMs());
    // Before the agent's first word, so that the next plan has the card held.
    this.#replicas.report({
      ...{
        replicaId,
        cardId,
        moreCardIds,
        model,
        state: 'starting',
        workloadState: 'queued',
        listen: null,
        fault: null,
      },
      ...{ contextTokens: 0, parallelCount: 1, doors: [], serverKind: 'ours', tokensPerSecond: null },
      ...{ upstreamModel: null, pathPrefix: '' },
    });
    void link.startReplica({ replicaId, model, cardId, moreCardIds, route }).then((fault) => {
      if (fault === null) return;
      this.#failures.add({ replicaId, model, cardId, fault, nowMs: this.#nowMs() });
      this.#log(`${model} was refused on ${cardId}: ${fault.what} ${fault.why}`);
      this.#coldStarts.forget(replicaId);
      this.#replicas.forget(replicaId);
    });
  }

  async #stop(replicaId: string, why: string, link: AgentLink): Promise<void> {
    this.#log(`stop ${replicaId}: ${why}`);
    const fault = await link.stopReplica(replicaId);
    if (fault === null) return;
    // The agent does not have it: it is gone.
    this.#log(`${replicaId} is gone: ${fault.what} ${fault.why}`);
    this.#replicas.forget(replicaId);
  }

  #lookIn(restMs: number): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#look();
    }, restMs).unref();
  }

  #refuseHopeless({ unplaced }: PlacementPlan): void {
    for (const { model, isHopeless, why } of unplaced) {
      if (isHopeless) this.#waiters.refuse(model, this.#withLastFault(model, why));
    }
  }

  #withLastFault(model: string, why: string): string {
    const last = this.#failures.lastFault(model);
    return last === null ? why : `${why} The last time: ${last.what} ${last.why}`;
  }

  /** Why a model is not even waited for; null where it is. */
  #refusalOf(model: string): Fault | null {
    if (this.#isClosed) return this.#waiters.refusal(model, 'The exchange is being stopped.');
    const isStarting = this.#replicas.all().some((report) => report.model === model && report.state === 'starting');
    const offered = this.#models.get(model);
    if (isStarting || (offered !== undefined && this.#link !== null)) return null;
    return this.#waiters.refusal(model, 'No replica of it is ready, and nothing here can start one.');
  }
}

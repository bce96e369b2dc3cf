import { EventEmitter } from 'node:events';
import type { MicroUsd } from '@rerig/domain/quantity';
import type { Replica } from '@rerig/gateway/gateway';
import { CountedPool } from './counted-pool.ts';
import { LiveCards } from './live-cards.ts';
import type { ReplicaReport } from './replica-report.ts';

/** On whose account a model is served, and at what price. */
export interface ModelTerms {
  readonly operatorId: string;
  readonly region: string | null;
  readonly priceMicroUsdPerMillionCompletionTokens: MicroUsd;
}

/** How much a replica has to do. */
export interface ReplicaLoad {
  /** Requests under way, those in its own queue included. */
  readonly inFlightCount: number;
  /** Of them, those of batches. */
  readonly batchInFlightCount: number;
  /** Requests sent to it, ever. */
  readonly sentCount: number;
}

const noTerms: ModelTerms = { operatorId: 'unknown', region: null, priceMicroUsdPerMillionCompletionTokens: 0n };
const none: readonly Replica[] = [];

/** The replicas that agents report now, in memory: a server that starts anew hears of them anew. Emits `change`. */
export class ReplicaRegistry extends EventEmitter<{ change: [] }> {
  /** The cards that replicas are on, and may be put on. */
  readonly cards = new LiveCards();
  readonly #reports = new Map<string, ReplicaReport>();
  readonly #pools = new Map<string, { readonly listen: string; readonly pool: CountedPool }>();
  readonly #terms = new Map<string, ModelTerms>();
  readonly #draining = new Set<string>();
  /** What `serving` gives, by model, until something of it changes. */
  readonly #serving = new Map<string, readonly Replica[]>();

  /** Takes a report; it replaces what was known of that replica, and of those that have ended on its card. */
  report(report: ReplicaReport): void {
    const { replicaId, cardId, workloadState } = report;
    this.#changed(this.#reports.get(replicaId)?.model ?? null);
    this.#changed(report.model);
    for (const other of this.#reports.values())
      if (other.cardId === cardId && isOver(other)) this.#forget(other.replicaId);
    if (workloadState === 'stopped') this.#forget(replicaId);
    else this.#reports.set(replicaId, report);
    this.#fitPool(report);
    this.emit('change');
  }

  all(): readonly ReplicaReport[] {
    return [...this.#reports.values()];
  }

  get(replicaId: string): ReplicaReport | undefined {
    return this.#reports.get(replicaId);
  }

  /** Says whose a model is; it holds for all its replicas. */
  setTerms(model: string, terms: ModelTerms): void {
    this.#terms.set(model, terms);
    this.#changed(model);
    this.emit('change');
  }

  /** From now on nothing new is sent to a replica. */
  drain(replicaId: string): void {
    if (this.#draining.has(replicaId) || !this.#reports.has(replicaId)) return;
    this.#draining.add(replicaId);
    this.#changed(this.#reports.get(replicaId)?.model ?? null);
    this.emit('change');
  }

  isDraining(replicaId: string): boolean {
    return this.#draining.has(replicaId);
  }

  /** Takes back the report of a replica that was never started. */
  forget(replicaId: string): void {
    this.#changed(this.#reports.get(replicaId)?.model ?? null);
    this.#forget(replicaId);
    this.emit('change');
  }

  loadOf(replicaId: string): ReplicaLoad {
    const pool = this.#pools.get(replicaId)?.pool;
    return {
      inFlightCount: pool?.inFlightCount ?? 0,
      batchInFlightCount: pool?.batchInFlightCount ?? 0,
      sentCount: pool?.sentCount ?? 0,
    };
  }

  /** The replicas that serve a model now, those that drain included. The same array until something of them changes. */
  serving(model: string): readonly Replica[] {
    const known = this.#serving.get(model);
    if (known !== undefined) return known;
    const replicas = this.all().flatMap((report) => (report.model === model ? (this.#replicaOf(report) ?? []) : []));
    // Whatever name is asked for, only those that something serves are remembered.
    if (replicas.length === 0) return none;
    this.#serving.set(model, replicas);
    return replicas;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map(({ pool }) => pool.destroy()));
    this.#pools.clear();
    this.#serving.clear();
  }

  #replicaOf(report: ReplicaReport): Replica | null {
    const { replicaId, cardId, moreCardIds, model, state, serverKind } = report;
    const open = this.#pools.get(replicaId);
    if (state !== 'serving' || model === null || open === undefined) return null;
    const terms = this.#terms.get(model) ?? noTerms;
    return {
      replicaId,
      model,
      contextTokens: report.contextTokens,
      parallelCount: report.parallelCount,
      doors: report.doors,
      kind: serverKind,
      ...terms,
      cardModel:
        serverKind === 'other' && this.cards.get(cardId) === undefined
          ? 'other server'
          : this.#cardModels([cardId, ...moreCardIds]),
      isolation: 'process',
      tokensPerSecond: report.tokensPerSecond,
      isDraining: this.#draining.has(replicaId),
      dispatcher: open.pool,
      upstreamModel: report.upstreamModel,
      pathPrefix: report.pathPrefix,
    };
  }

  #cardModels(cardIds: readonly string[]): string {
    return cardIds.map((cardId) => this.cards.get(cardId)?.cardModel ?? cardId).join(' + ');
  }

  /** Opens the way to a replica that serves, and closes that to one that no longer does, or has moved. */
  #fitPool({ replicaId, state, listen }: ReplicaReport): void {
    const standing = this.#pools.get(replicaId);
    const isServing = state === 'serving' && listen !== null;
    if (standing !== undefined && (!isServing || standing.listen !== listen)) this.#closePool(replicaId);
    if (isServing && !this.#pools.has(replicaId)) {
      this.#pools.set(replicaId, { listen, pool: new CountedPool(listen) });
    }
  }

  #closePool(replicaId: string): void {
    const standing = this.#pools.get(replicaId);
    this.#pools.delete(replicaId);
    // Requests under way end as they can; nothing new is sent that way.
    void standing?.pool.close();
  }

  #forget(replicaId: string): void {
    this.#reports.delete(replicaId);
    this.#draining.delete(replicaId);
    this.#closePool(replicaId);
  }

  #changed(model: string | null): void {
    if (model !== null) this.#serving.delete(model);
  }
}

/** Whether a replica is no longer there, and neither holds its card nor comes back. */
function isOver({ workloadState }: ReplicaReport): boolean {
  return workloadState === 'failed' || workloadState === 'stopped';
}

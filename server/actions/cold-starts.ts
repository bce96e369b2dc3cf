import { COLD_STARTS_KEPT, statedColdStartMs } from '@rerig/domain/placement';
import type { OfferedModel } from './placement-snapshot.ts';

/** Kinds of a model and a card whose times are remembered; the one that was heard of first goes. */
const KINDS_MAX = 10_000;

/** How long the last starts took, by model and card model. */
export class ColdStarts {
  readonly #orderedAtMs = new Map<string, number>();
  readonly #lastMs = new Map<string, readonly number[]>();

  /** A replica was ordered: from here its start is counted. */
  isOrdered(replicaId: string, model: string, cardModel: string, nowMs: number): void {
    this.#orderedAtMs.set(replicaId, nowMs);
    const kind = kindOf(model, cardModel);
    // The kind that was ordered last is the one that is stated.
    const known = this.#lastMs.get(kind) ?? [];
    this.#lastMs.delete(kind);
    this.#lastMs.set(kind, known);
    const [oldest] = this.#lastMs.keys();
    if (this.#lastMs.size > KINDS_MAX && oldest !== undefined) this.#lastMs.delete(oldest);
  }

  /** A replica is ready: the first time, that ends its start. */
  isReady(replicaId: string, model: string, cardModel: string, nowMs: number): void {
    const orderedAtMs = this.#orderedAtMs.get(replicaId);
    if (orderedAtMs === undefined) return;
    this.#orderedAtMs.delete(replicaId);
    const kind = kindOf(model, cardModel);
    this.#lastMs.set(kind, [...(this.#lastMs.get(kind) ?? []), nowMs - orderedAtMs].slice(-COLD_STARTS_KEPT));
  }

  /** What is stated for a model: by the card model that it was last started on, or from its file. */
  statedMs({ model, fileBytes }: OfferedModel): number {
    const own = [...this.#lastMs].filter(([kind, lastMs]) => kind.startsWith(`${model}\n`) && lastMs.length > 0);
    return statedColdStartMs(own.at(-1)?.[1] ?? [], fileBytes);
  }

  /** A replica never became ready. */
  forget(replicaId: string): void {
    this.#orderedAtMs.delete(replicaId);
  }
}

function kindOf(model: string, cardModel: string): string {
  return `${model}\n${cardModel}`;
}

import type { Sequence } from './sequence.ts';

/** Requests without a slot: live ones before batch ones, each in order of arrival; who lost a slot is first of its kind. */
export class WaitingLine {
  readonly #live: Sequence[] = [];
  readonly #batch: Sequence[] = [];

  get liveCount(): number {
    return this.#live.length;
  }

  get batchCount(): number {
    return this.#batch.length;
  }

  get count(): number {
    return this.#live.length + this.#batch.length;
  }

  /** How many wait in the same line as this kind of request. */
  countOf(priority: Sequence['request']['priority']): number {
    return this.#lineOf(priority).length;
  }

  add(sequence: Sequence): void {
    this.#lineOf(sequence.request.priority).push(sequence);
  }

  putBack(sequence: Sequence): void {
    this.#lineOf(sequence.request.priority).unshift(sequence);
  }

  /** The one whose turn it is, which stays in line. */
  first(): Sequence | undefined {
    return this.#live[0] ?? this.#batch[0];
  }

  removeFirst(): void {
    (this.#live.length > 0 ? this.#live : this.#batch).shift();
  }

  /** Takes out those that were cancelled, and gives them. */
  removeCancelled(): readonly Sequence[] {
    const removed: Sequence[] = [];
    for (const line of [this.#live, this.#batch]) {
      for (let index = line.length - 1; index >= 0; index--) {
        if (line[index]?.isCancelled) removed.push(...line.splice(index, 1));
      }
    }
    return removed;
  }

  all(): readonly Sequence[] {
    return [...this.#live, ...this.#batch];
  }

  #lineOf(priority: Sequence['request']['priority']): Sequence[] {
    return priority === 'live' ? this.#live : this.#batch;
  }
}

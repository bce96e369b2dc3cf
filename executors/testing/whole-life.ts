import { writeSync } from 'node:fs';
import { FaultError, InvariantError, isFault } from '@rerig/domain/fault';
import { holdsCards, isFinal, type WorkloadState } from '@rerig/domain/workloads';
import type { DrainTarget, Executor, Workload, WorkloadSpec } from '../port.ts';

/** What a life of an executor is lived with: ids of `specs` are those of its fields. */
export interface WholeLife {
  readonly specs: {
    /** A job that survives, of a low priority, which runs until it is stopped. */
    readonly keeps: WorkloadSpec;
    /** A replica that ends with the executor. */
    readonly serves: WorkloadSpec;
    /** A gang that survives. */
    readonly gang: WorkloadSpec;
    /** A job that survives, on the card of `keeps`, which gives way to it. */
    readonly above: WorkloadSpec;
    /** A job that survives, and waits behind `serves`. */
    readonly later: WorkloadSpec;
    /** A job that survives, and ends in an error at once, twice. */
    readonly short: WorkloadSpec;
  };
  readonly drained: DrainTarget;
}

/** What a caller was told, as it is written down before anything else happens. */
export type Fact =
  | { readonly kind: 'open' }
  | { readonly kind: 'asked'; readonly workloadId: string }
  | { readonly kind: 'answered'; readonly workload: Workload }
  | { readonly kind: 'changed'; readonly workload: Workload }
  | { readonly kind: 'drained'; readonly why: string | null }
  | { readonly kind: 'closed' };

/** So long a change is waited for before the life counts as broken. */
const CHANGE_MS_MAX = 30_000;

/** Writes a fact to stdout, in one call of the system. */
export function tellFact(fact: Fact): void {
  writeSync(1, `${JSON.stringify(fact)}\n`);
}

/** Reads facts; the last line may be cut off. */
export function parseFacts(text: string): readonly Fact[] {
  return text.split('\n').flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as Fact] : []));
}

/** Lives a life that has every sort of step in it, but for its opening, and tells all that it was told. */
export async function liveWholeLife(executor: Executor, { specs, drained }: WholeLife): Promise<void> {
  const caller = new Caller(executor);
  await caller.start(specs.keeps);
  await caller.until('keeps', (state) => state === 'running');
  await caller.start(specs.serves);
  await caller.start(specs.gang);
  await caller.until('gang', (state) => state === 'running');
  await caller.until('serves', (state) => state === 'ready');
  await caller.start(specs.above);
  await caller.until('keeps', (state) => state === 'preempted');
  await caller.until('above', (state) => state === 'running');
  await caller.start(specs.later);
  await caller.stop('later');
  await caller.drain(drained);
  await caller.start(specs.short);
  await caller.stop('above');
  await caller.until('keeps', (state) => state === 'running');
  await caller.until('short', isFinal);
  await caller.stop('gang');
  await executor.close();
  tellFact({ kind: 'closed' });
}

/** Lives a life that ends what an earlier one has left, but for its opening. */
export async function liveLastLife(executor: Executor): Promise<void> {
  const caller = new Caller(executor);
  for (const workload of await executor.list()) {
    if (!isFinal(workload.state) || holdsCards(workload.state)) await caller.stop(workload.workloadId);
  }
  await executor.close();
  tellFact({ kind: 'closed' });
}

/** Asks an executor, and writes down what is asked and told. */
class Caller {
  readonly #executor: Executor;
  readonly #states = new Map<string, WorkloadState>();
  #wake = Promise.withResolvers<void>();

  constructor(executor: Executor) {
    this.#executor = executor;
    tellFact({ kind: 'open' });
    executor.watch(({ workload }) => {
      tellFact({ kind: 'changed', workload });
      this.#note(workload);
    });
  }

  async start(spec: WorkloadSpec): Promise<void> {
    const { workloadId } = spec;
    tellFact({ kind: 'asked', workloadId });
    this.#answered(await this.#executor.start(spec));
  }

  async stop(workloadId: string): Promise<void> {
    this.#answered(await this.#executor.stop(workloadId));
  }

  /** Out of service, and back. */
  async drain(target: DrainTarget): Promise<void> {
    for (const why of ['for a fan', null]) {
      const fault = await (why === null ? this.#executor.resume(target) : this.#executor.drain(target, why));
      if (fault !== null) throw new FaultError(fault);
      tellFact({ kind: 'drained', why });
    }
  }

  async until(workloadId: string, isSo: (state: WorkloadState) => boolean): Promise<void> {
    const limit = setTimeout(() => this.#wake.reject(new InvariantError(this.#told(workloadId))), CHANGE_MS_MAX);
    while (!isSo(this.#states.get(workloadId) ?? 'queued')) await this.#wake.promise;
    clearTimeout(limit);
  }

  #answered(workload: Awaited<ReturnType<Executor['start']>>): void {
    if (isFault(workload)) throw new FaultError(workload);
    tellFact({ kind: 'answered', workload });
    this.#note(workload);
  }

  #note({ workloadId, state }: Workload): void {
    this.#states.set(workloadId, state);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }

  #told(workloadId: string): string {
    return `${workloadId} is not what it should be: ${JSON.stringify([...this.#states])}`;
  }
}

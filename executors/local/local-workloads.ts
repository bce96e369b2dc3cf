import { randomUUID } from 'node:crypto';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { ObservedCard } from '@rerig/domain/inventory';
import { CardArbiter } from '../card-arbiter.ts';
import { executorFault } from '../faults.ts';
import type {
  CardHolding,
  Executor,
  ExecutorCapabilities,
  Unsubscribe,
  Workload,
  WorkloadChange,
  WorkloadSpec,
} from '../port.ts';
import { checkSpec } from '../spec-check.ts';
import { closedExecutor, existingWorkload, WorkloadBook } from '../workload-book.ts';
import { workloadEnvironment } from './card-environment.ts';
import type { EndedOrphan } from './end-orphans.ts';
import { unkillableFault } from './exit-fault.ts';
import { LocalWorkload } from './local-workload.ts';
import { removeRecord, writeRecord } from './process-record.ts';
import { spawnWorkload, type WorkloadProcess } from './workload-process.ts';

/** The workloads of this machine, each a process. */
export class LocalWorkloads implements Executor {
  readonly capabilities: ExecutorCapabilities = {
    isolation: 'process',
    kinds: ['replica'],
    canPreempt: false,
    canQueue: false,
  };
  readonly orphans: readonly EndedOrphan[];
  readonly #cards: readonly ObservedCard[];
  readonly #folder: string;
  readonly #giveBack: () => void;
  readonly #arbiter: CardArbiter;
  readonly #book: WorkloadBook;
  readonly #running = new Map<string, LocalWorkload>();
  readonly #starting = new Map<string, Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(
    cards: readonly ObservedCard[],
    folder: string,
    orphans: readonly EndedOrphan[],
    giveBack: () => void,
    bootId: string,
  ) {
    this.#cards = cards;
    this.#folder = folder;
    this.#giveBack = giveBack;
    this.orphans = orphans;
    this.#arbiter = new CardArbiter(cards.map(({ cardId }) => cardId));
    this.#book = new WorkloadBook(this.#arbiter, bootId);
    for (const orphan of orphans) this.#keepLost(orphan);
  }

  async start(spec: WorkloadSpec): Promise<Workload | Fault> {
    const { workloadId, cardIds } = spec;
    if (this.#closing !== undefined) return closedExecutor(workloadId);
    const invalid = checkSpec(spec);
    if (invalid !== null) return invalid;
    if (this.#book.get(workloadId) !== undefined || this.#starting.has(workloadId)) return existingWorkload(workloadId);
    const busy = this.#arbiter.claim(cardIds, workloadId);
    if (busy !== null) return busy;
    const started = this.#startProcess(spec);
    this.#starting.set(workloadId, started);
    try {
      return await started;
    } finally {
      this.#starting.delete(workloadId);
    }
  }

  async stop(workloadId: string): Promise<Workload | Fault> {
    await this.#running.get(workloadId)?.stop();
    return this.#book.find(workloadId);
  }

  async list(): Promise<readonly Workload[]> {
    return this.#book.all();
  }

  watch(listener: (change: WorkloadChange) => void): Unsubscribe {
    return this.#book.watch(listener);
  }

  async logs(workloadId: string): Promise<readonly string[] | Fault> {
    return this.#book.logs(workloadId);
  }

  async cards(): Promise<readonly CardHolding[]> {
    return this.#arbiter.holdings();
  }

  close(): Promise<void> {
    this.#closing ??= this.#stopAll();
    return this.#closing;
  }

  async #stopAll(): Promise<void> {
    await Promise.allSettled(this.#starting.values());
    await Promise.all([...this.#running.values()].map((workload) => workload.stop()));
    this.#giveBack();
  }

  async #startProcess(spec: WorkloadSpec): Promise<Workload | Fault> {
    const { workloadId, kind, cardIds } = spec;
    const runId = randomUUID();
    const cards = this.#cards.filter(({ cardId }) => cardIds.includes(cardId));
    const environment = workloadEnvironment(process.env, spec.environment, cards);
    const child = await spawnWorkload(spec, environment, runId, {
      output: (line) => this.#running.get(workloadId)?.hear(line),
      error: (line) => this.#book.write(workloadId, line),
    });
    if (isFault(child)) {
      this.#arbiter.release(workloadId);
      return child;
    }
    const unrecorded = this.#record(spec, child, runId);
    if (unrecorded !== null) {
      await child.kill();
      this.#arbiter.release(workloadId);
      return unrecorded;
    }
    this.#book.enter({ workloadId, kind, cardIds, state: 'queued' });
    const workload = this.#book.apply(workloadId, 'placed');
    const running = new LocalWorkload(spec, child, this.#book, () => {
      this.#running.delete(workloadId);
      removeRecord(this.#folder, workloadId);
      // Also for what was lost and has ended after all: nothing holds its cards any more.
      this.#arbiter.release(workloadId);
    });
    this.#running.set(workloadId, running);
    return workload;
  }

  /** Keeps its record before anything else may happen; a Fault where the folder does not take it. */
  #record({ workloadId, cardIds, stopWithinMs }: WorkloadSpec, child: WorkloadProcess, runId: string): Fault | null {
    if (child.identity === undefined) return null;
    try {
      writeRecord(this.#folder, { workloadId, cardIds, stopWithinMs, runId, leader: child.identity });
      return null;
    } catch (error) {
      return executorFault('executor-folder-unusable', {
        what: `The workload ${workloadId} is not started.`,
        why: `Its record can't be kept: ${error instanceof Error ? error.message : String(error)}.`,
        mend: `Make room in ${this.#folder}, and see that it can be written.`,
      });
    }
  }

  /** What can't be ended keeps its cards until the machine is restarted. */
  #keepLost({ workloadId, cardIds, outcome }: EndedOrphan): void {
    if (outcome !== 'running') return;
    const here = cardIds.filter((cardId) => this.#cards.some((card) => card.cardId === cardId));
    this.#arbiter.claim(here, workloadId);
    this.#book.enter({
      workloadId,
      kind: 'replica',
      cardIds,
      state: 'lost',
      fault: unkillableFault(workloadId, undefined),
    });
  }
}

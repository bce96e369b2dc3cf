import { randomUUID } from 'node:crypto';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { ObservedCard } from '@rerig/domain/inventory';
import type { CardFeatures } from '@rerig/domain/workloads';
import { CardArbiter } from '../card-arbiter.ts';
import { decidePlace, neverFits } from '../card-choice.ts';
import { executorFault } from '../faults.ts';
import type {
  CardCapacity,
  DrainTarget,
  Executor,
  ExecutorCapabilities,
  LogPart,
  RankPlace,
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
import { plainFeatures } from './plain-features.ts';
import { removeRecord, writeRecord } from './process-record.ts';
import { spawnWorkload, type WorkloadProcess } from './workload-process.ts';

/** The workloads of this machine, each a process. */
export class LocalWorkloads implements Executor {
  readonly capabilities: ExecutorCapabilities = {
    tiers: ['process'],
    kinds: ['replica'],
    canPinCards: true,
    canPreempt: false,
    canQueue: false,
    rankCountMax: 1,
    canDrainCards: true,
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
    rigId: string,
    cards: readonly ObservedCard[],
    features: ReadonlyMap<string, CardFeatures>,
    folder: string,
    orphans: readonly EndedOrphan[],
    giveBack: () => void,
    bootId: string,
  ) {
    this.#cards = cards;
    this.#folder = folder;
    this.#giveBack = giveBack;
    this.orphans = orphans;
    this.#arbiter = new CardArbiter(
      cards.map((card) => ({
        cardId: card.cardId,
        rigId,
        features: features.get(card.cardId) ?? plainFeatures(card),
      })),
    );
    this.#book = new WorkloadBook(this.#arbiter, bootId);
    for (const orphan of orphans) this.#keepLost(orphan);
  }

  async start(spec: WorkloadSpec): Promise<Workload | Fault> {
    const { workloadId, cards: demand, rankCount = 1, priority = 'guaranteed' } = spec;
    if (this.#closing !== undefined) return closedExecutor(workloadId);
    const invalid = checkSpec(spec);
    if (invalid !== null) return invalid;
    if (this.#book.get(workloadId) !== undefined || this.#starting.has(workloadId)) return existingWorkload(workloadId);
    const view = { cards: this.#arbiter.capacities(), holders: new Map() };
    const wish = { demand, rankCount, priority };
    const fault = neverFits(workloadId, wish, view);
    if (fault !== null) return fault;
    const decision = decidePlace(workloadId, wish, view);
    if (decision.kind === 'busy') return decision.fault;
    const { places } = decision;
    this.#arbiter.claim(
      places.flatMap((place) => place.cardIds),
      workloadId,
    );
    const started = this.#startProcess(spec, places);
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

  async logs(workloadId: string, fromLine?: number): Promise<LogPart | Fault> {
    return this.#book.logs(workloadId, fromLine);
  }

  async cards(): Promise<readonly CardCapacity[]> {
    return this.#arbiter.capacities();
  }

  async drain(target: DrainTarget, why: string): Promise<Fault | null> {
    return this.#arbiter.drain(target, why);
  }

  async resume(target: DrainTarget): Promise<Fault | null> {
    return this.#arbiter.resume(target);
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

  async #startProcess(spec: WorkloadSpec, places: readonly RankPlace[]): Promise<Workload | Fault> {
    const { workloadId, kind, priority = 'guaranteed' } = spec;
    const cardIds = places.flatMap((place) => place.cardIds);
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
    const unrecorded = this.#record(spec, cardIds, child, runId);
    if (unrecorded !== null) {
      await child.kill();
      this.#arbiter.release(workloadId);
      return unrecorded;
    }
    this.#book.enter({ workloadId, kind, priority, cardIds, places, restartCount: 0, state: 'queued' });
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
  #record(
    { workloadId, stopWithinMs }: WorkloadSpec,
    cardIds: readonly string[],
    child: WorkloadProcess,
    runId: string,
  ): Fault | null {
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
      priority: 'guaranteed',
      cardIds,
      places: [],
      restartCount: 0,
      state: 'lost',
      fault: unkillableFault(workloadId, undefined),
    });
  }
}

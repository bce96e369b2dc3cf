import { type Fault, isFault } from '@rerig/domain/fault';
import type { WorkloadEvent } from '@rerig/domain/workloads';
import { type ArbiterCard, CardArbiter } from './card-arbiter.ts';
import { decidePlace, neverFits } from './card-choice.ts';
import { executorFault } from './faults.ts';
import type {
  CardCapacity,
  DrainTarget,
  Executor,
  ExecutorCapabilities,
  LogPart,
  Workload,
  WorkloadChange,
  WorkloadSpec,
} from './port.ts';
import { checkSpec } from './spec-check.ts';
import { closedExecutor, existingWorkload, type News, WorkloadBook } from './workload-book.ts';

/** An executor without processes, for tests of what stands above it. What happens to its workloads is told by calls. */
export interface FakeExecutor extends Executor {
  /** Every specification that was started, in order. */
  readonly started: readonly WorkloadSpec[];
  /** Makes something happen to a workload, as its process would. What its lifecycle ignores changes nothing. */
  happen(workloadId: string, event: WorkloadEvent, news?: News): Workload;
  /** Writes a line to a workload's log. */
  write(workloadId: string, line: string): void;
}

/** Makes a fake executor over these cards; those told by their id alone are processors. `onStart` is called for each start, after `start` has answered. */
export function makeFakeExecutor(
  cards: readonly (string | ArbiterCard)[],
  onStart: (spec: WorkloadSpec, fake: FakeExecutor) => void = () => undefined,
): FakeExecutor {
  return new InMemoryExecutor(
    cards.map((card) => (typeof card === 'string' ? plainCard(card) : card)),
    onStart,
  );
}

/** A processor of the rig that its id names. */
function plainCard(cardId: string): ArbiterCard {
  return {
    cardId,
    rigId: cardId.split('/')[0] ?? cardId,
    features: { cardModelName: 'processor', vramBytes: 0, routes: ['cpu'] },
  };
}

class InMemoryExecutor implements FakeExecutor {
  readonly capabilities: ExecutorCapabilities = {
    tiers: ['process'],
    kinds: ['replica'],
    canPinCards: true,
    canPreempt: false,
    canQueue: false,
    rankCountMax: 1,
    canDrainCards: true,
  };
  readonly started: WorkloadSpec[] = [];
  readonly #arbiter: CardArbiter;
  readonly #book: WorkloadBook;
  readonly #deadlines = new Map<string, NodeJS.Timeout>();
  readonly #onStart: (spec: WorkloadSpec, fake: FakeExecutor) => void;
  #isClosed = false;

  constructor(cards: readonly ArbiterCard[], onStart: (spec: WorkloadSpec, fake: FakeExecutor) => void) {
    this.#arbiter = new CardArbiter(cards);
    this.#book = new WorkloadBook(this.#arbiter, `fake-${crypto.randomUUID()}`);
    this.#onStart = onStart;
  }

  async start(spec: WorkloadSpec): Promise<Workload | Fault> {
    const { workloadId, kind, cards: demand, rankCount = 1, priority = 'guaranteed' } = spec;
    if (this.#isClosed) return closedExecutor(workloadId);
    const invalid = checkSpec(spec);
    if (invalid !== null) return invalid;
    if (this.#book.get(workloadId) !== undefined) return existingWorkload(workloadId);
    const view = { cards: this.#arbiter.capacities(), holders: new Map() };
    const wish = { demand, rankCount, priority };
    const fault = neverFits(workloadId, wish, view);
    if (fault !== null) return fault;
    const decision = decidePlace(workloadId, wish, view);
    if (decision.kind === 'busy') return decision.fault;
    const { places } = decision;
    const cardIds = places.flatMap((place) => place.cardIds);
    this.#arbiter.claim(cardIds, workloadId);
    this.started.push(spec);
    this.#book.enter({ workloadId, kind, priority, cardIds, places, restartCount: 0, state: 'queued' });
    const workload = this.happen(workloadId, 'placed');
    this.#deadlines.set(workloadId, setTimeout(() => this.#fail(spec), spec.readyWithinMs).unref());
    queueMicrotask(() => this.#onStart(spec, this));
    return workload;
  }

  async stop(workloadId: string): Promise<Workload | Fault> {
    const workload = this.#book.find(workloadId);
    if (isFault(workload)) return workload;
    this.happen(workloadId, 'stop-asked');
    return this.#book.get(workloadId)?.state === 'stopping'
      ? this.happen(workloadId, 'ended')
      : this.#book.find(workloadId);
  }

  async list(): Promise<readonly Workload[]> {
    return this.#book.all();
  }

  watch(listener: (change: WorkloadChange) => void) {
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

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { workloadId } of this.#book.all()) await this.stop(workloadId);
  }

  happen(workloadId: string, event: WorkloadEvent, news: News = {}): Workload {
    const workload = this.#book.apply(workloadId, event, news);
    if (workload.state !== 'starting') {
      clearTimeout(this.#deadlines.get(workloadId));
      this.#deadlines.delete(workloadId);
    }
    return workload;
  }

  write(workloadId: string, line: string): void {
    this.#book.write(workloadId, line);
  }

  #fail({ workloadId, readyWithinMs }: WorkloadSpec): void {
    const fault = executorFault('workload-not-ready', {
      what: `The workload ${workloadId} was not ready in time.`,
      why: `It had ${readyWithinMs} ms.`,
      mend: 'Give it longer.',
    });
    this.happen(workloadId, 'failed', { fault });
  }
}

import { type Fault, InvariantError } from '@rerig/domain/fault';
import type { WorkloadEvent } from '@rerig/domain/workloads';
import type { ArbiterCard } from './card-arbiter.ts';
import { Dispatcher } from './dispatcher.ts';
import type { ExecutorFault } from './faults.ts';
import type { LaunchedRun, Launcher, LaunchListener, LaunchOrder } from './launcher.ts';
import type { CardCapacity, DrainTarget, Executor, ExecutorCapabilities, Workload, WorkloadSpec } from './port.ts';
import { endedEarlyFault, unkillableFault } from './workload-faults.ts';

/** What a test tells of an event. */
export interface FakeNews {
  readonly announced?: Readonly<Record<string, unknown>>;
  readonly fault?: Fault;
  readonly exitCode?: number;
}

/** An executor without processes, for tests of what stands above it. What happens to its workloads is told by calls. */
export interface FakeExecutor extends Executor {
  /** Every specification that was started, in order, again for each run of it. */
  readonly started: readonly WorkloadSpec[];
  /**
   * Makes something happen to a workload, as its process would: `became-ready`, `ended`, `failed`, `contact-lost`, or somebody's `stop-asked`. What
   * its lifecycle ignores changes nothing.
   */
  happen(workloadId: string, event: WorkloadEvent, news?: FakeNews): Workload;
  /** Writes a line to a workload's log. */
  write(workloadId: string, line: string): void;
  /** Calls `then` when it is asked to end, before it does; with the reason of its notice, where it gets one. */
  whenAsked(workloadId: string, then: (reason: string | undefined) => void): void;
  /** From now on it does not end when it is asked to, only when it is killed; `unkillable`: not even then. */
  resist(workloadId: string, strength: 'stubborn' | 'unkillable'): void;
}

/** Most ranks of a gang, as on a farm of some rigs. */
const RANKS_MAX = 64;

/**
 * Makes a fake executor over these cards; those told by their id alone are processors. `onStart` is called for each
 * start, after `start` has answered.
 */
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
    kinds: ['replica', 'job', 'fallback'],
    canPinCards: true,
    canPreempt: true,
    canQueue: true,
    rankCountMax: RANKS_MAX,
    canDrainCards: true,
  };
  readonly started: WorkloadSpec[] = [];
  readonly #runs = new Map<string, FakeRun>();
  readonly #dispatcher: Dispatcher;
  readonly #workloads = new Map<string, Workload>();

  constructor(cards: readonly ArbiterCard[], onStart: (spec: WorkloadSpec, fake: FakeExecutor) => void) {
    const launch = async ({ spec }: LaunchOrder, listener: LaunchListener): Promise<LaunchedRun | ExecutorFault> => {
      const run = new FakeRun(listener);
      this.#runs.set(spec.workloadId, run);
      this.started.push(spec);
      return run;
    };
    const launcher: Launcher = {
      launch,
      attach: () => {
        throw new InvariantError('a fake keeps no journal, and has nothing to take up');
      },
      clean: () => undefined,
    };
    const { capabilities } = this;
    const rigIds = cards.length === 0 ? ['rig'] : [];
    this.#dispatcher = new Dispatcher({ capabilities, cards, rigIds, launcher });
    this.#dispatcher.watch(({ workload }) => {
      this.#workloads.set(workload.workloadId, workload);
      const spec = this.started.findLast(({ workloadId }) => workloadId === workload.workloadId);
      if (workload.state === 'starting' && spec !== undefined) queueMicrotask(() => onStart(spec, this));
    });
  }

  start(spec: WorkloadSpec): Promise<Workload | Fault> {
    return this.#dispatcher.start(spec);
  }

  stop(workloadId: string, withinMs?: number): Promise<Workload | Fault> {
    return this.#dispatcher.stop(workloadId, withinMs);
  }

  list(): Promise<readonly Workload[]> {
    return this.#dispatcher.list();
  }

  watch(listener: Parameters<Executor['watch']>[0]) {
    return this.#dispatcher.watch(listener);
  }

  logs(workloadId: string, fromLine?: number) {
    return this.#dispatcher.logs(workloadId, fromLine);
  }

  cards(): Promise<readonly CardCapacity[]> {
    return this.#dispatcher.cards();
  }

  drain(target: DrainTarget, why: string): Promise<Fault | null> {
    return this.#dispatcher.drain(target, why);
  }

  resume(target: DrainTarget): Promise<Fault | null> {
    return this.#dispatcher.resume(target);
  }

  close(): Promise<void> {
    return this.#dispatcher.close();
  }

  happen(workloadId: string, event: WorkloadEvent, news: FakeNews = {}): Workload {
    const run = this.#runs.get(workloadId);
    if (run === undefined) throw new InvariantError(`${workloadId} was never started`);
    switch (event) {
      case 'became-ready':
        run.listener.ready(news.announced ?? {});
        break;
      case 'ended':
        run.end(news.exitCode ?? 0, news.fault);
        break;
      case 'failed':
        run.end(news.exitCode ?? 1, news.fault ?? endedEarlyFault(workloadId, []));
        break;
      case 'contact-lost':
        run.listener.lost(news.fault ?? unkillableFault(workloadId));
        break;
      case 'stop-asked':
        void this.stop(workloadId);
        break;
      // The executor's own doing: a process can't make it happen.
      case 'placed':
      case 'began':
      case 'preempted':
      case 'requeued':
        break;
    }
    const workload = this.#workloads.get(workloadId);
    if (workload === undefined) throw new InvariantError(`nothing was told of ${workloadId}`);
    return workload;
  }

  write(workloadId: string, line: string): void {
    this.#runs.get(workloadId)?.listener.line(line);
  }

  whenAsked(workloadId: string, then: (reason: string | undefined) => void): void {
    const run = this.#runs.get(workloadId);
    if (run !== undefined) run.whenAsked = then;
  }

  resist(workloadId: string, strength: 'stubborn' | 'unkillable'): void {
    const run = this.#runs.get(workloadId);
    if (run !== undefined) run.resistance = strength;
  }
}

/** A run that ends when it is told to. */
class FakeRun implements LaunchedRun {
  readonly listener: LaunchListener;
  resistance: 'none' | 'stubborn' | 'unkillable' = 'none';
  whenAsked: (reason: string | undefined) => void = () => undefined;

  constructor(listener: LaunchListener) {
    this.listener = listener;
  }

  end(exitCode: number, fault: Fault | undefined): void {
    this.listener.ended({ exitCode, by: 'itself', ...(fault === undefined ? {} : { fault }) });
  }

  async giveNotice(): Promise<void> {
    this.#ask('preempted');
  }

  askToEnd(): void {
    this.#ask(undefined);
  }

  #ask(reason: string | undefined): void {
    this.whenAsked(reason);
    if (this.resistance === 'none') this.end(143, undefined);
  }

  async kill(): Promise<boolean> {
    if (this.resistance === 'unkillable') return false;
    this.end(137, undefined);
    return true;
  }

  letGo(): void {
    this.askToEnd();
  }
}

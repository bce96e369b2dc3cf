import { randomBytes } from 'node:crypto';
import { type Fault, isFault } from '@rerig/domain/fault';
import { holdsCards, isFinal } from '@rerig/domain/workloads';
import { type CardView, decidePlace, type Holder, neverFits } from '../card-choice.ts';
import { type ExecutorFault, executorFault } from '../faults.ts';
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
import { closedExecutor, existingWorkload } from '../workload-book.ts';
import { canPinEveryCard, requestCards } from './card-request.ts';
import type { SlurmRig } from './config.ts';
import { DrainDesk } from './drain-desk.ts';
import { unknownWorkload } from './end-faults.ts';
import type { FarmParts } from './farm-parts.ts';
import type { JobRecord } from './job-record.ts';
import { submitJob } from './submit-job.ts';

/** How long a start waits until Slurm has given the cards that were free. */
const PLACED_WITHIN_MS = 5000;
const PLACED_LOOK_MS = 100;
/** Past the time that a workload has to end by itself. */
const STOPPED_WITHIN_MS = 30_000;
const RANKS_MAX = 1024;

/** The executor of a farm: workloads are jobs of Slurm, which gives them cards. */
export class SlurmExecutor implements Executor {
  readonly #parts: FarmParts;
  readonly #drains: DrainDesk;
  #closing: Promise<void> | undefined;

  constructor(parts: FarmParts) {
    this.#parts = parts;
    this.#drains = new DrainDesk(parts);
  }

  get capabilities(): ExecutorCapabilities {
    return {
      tiers: ['process', 'container'],
      kinds: ['replica', 'job', 'fallback'],
      canPinCards: canPinEveryCard(this.#rigs),
      canPreempt: true,
      canQueue: true,
      rankCountMax: RANKS_MAX,
      canDrainCards: true,
    };
  }

  async start(spec: WorkloadSpec): Promise<Workload | Fault> {
    const { workloadId } = spec;
    if (this.#closing !== undefined) return closedExecutor(workloadId);
    const invalid = checkSpec(spec) ?? checkTier(spec);
    if (invalid !== null) return invalid;
    if (this.#parts.book.get(workloadId) !== undefined) return existingWorkload(workloadId);
    const places = this.#choosePlaces(spec);
    if (isFault(places)) return places;
    const request = requestCards(spec, this.#rigs, places);
    if (isFault(request)) return request;
    const record = newRecord(spec, places ?? []);
    if (!this.#parts.book.enter(record)) return fullDisk(workloadId);
    const jobId = await submitJob(this.#parts, record, request);
    if (isFault(jobId)) {
      this.#parts.book.leave(workloadId);
      return jobId;
    }
    this.#parts.book.note(workloadId, { jobId });
    if (places !== null && spec.whenBusy !== 'queue') await this.#untilPlaced(workloadId);
    return this.#find(workloadId);
  }

  async stop(workloadId: string, withinMs?: number): Promise<Workload | Fault> {
    const record = this.#parts.book.get(workloadId);
    if (record === undefined) return unknownWorkload(workloadId);
    if (isFinal(record.workload.state)) return record.workload;
    const ended = this.#untilEnded(workloadId, (withinMs ?? record.spec.stopWithinMs) + STOPPED_WITHIN_MS);
    const { workload } = this.#parts.book.apply(workloadId, 'stop-asked');
    const after = this.#parts.book.note(workloadId, { stopAskedAtMs: Date.now() });
    if (isFinal(workload.state)) await this.#cancelWaiting(after);
    else await this.#parts.keeper.end(after, withinMs);
    await ended;
    const now = this.#find(workloadId);
    if (isFault(now) || isFinal(now.state)) return now;
    return executorFault('executor-unreachable', {
      what: `The workload ${workloadId} has not ended yet.`,
      why: 'Slurm was told to end it, and has not said that it did.',
      mend: 'Look whether slurmctld and the slurmd of its rig run; it is ended as soon as they do.',
    });
  }

  async list(): Promise<readonly Workload[]> {
    return this.#parts.book.all().map(({ workload }) => workload);
  }

  watch(listener: (change: WorkloadChange) => void): Unsubscribe {
    return this.#parts.book.watch(listener);
  }

  async logs(workloadId: string, fromLine?: number): Promise<LogPart | Fault> {
    const record = this.#parts.book.get(workloadId);
    if (record === undefined) return unknownWorkload(workloadId);
    return this.#parts.logs.of(record).part(fromLine);
  }

  async cards(): Promise<readonly CardCapacity[]> {
    return this.#capacities(
      holdersOf(this.#parts.book.all(), ({ workload }) => (holdsCards(workload.state) ? workload.places : [])),
    );
  }

  drain(target: DrainTarget, why: string): Promise<Fault | null> {
    return this.#drains.drain(target, why);
  }

  resume(target: DrainTarget): Promise<Fault | null> {
    return this.#drains.resume(target);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const ending = this.#parts.book.open().filter(({ spec }) => spec.survivesExecutor !== true);
    await Promise.all(ending.map(({ workload }) => this.stop(workload.workloadId)));
    await this.#parts.close();
  }

  get #rigs(): readonly SlurmRig[] {
    return this.#parts.rigs;
  }

  /** Where it would be placed by what is known here; null where it waits. Slurm decides, and mostly alike. */
  #choosePlaces(spec: WorkloadSpec): readonly RankPlace[] | null | ExecutorFault {
    const { workloadId, cards: demand, rankCount = 1, priority = 'guaranteed' } = spec;
    const wish = { demand, rankCount, priority };
    const view = this.#view();
    const never = neverFits(workloadId, wish, view);
    if (never !== null) return never;
    const decision = decidePlace(workloadId, wish, view);
    if (decision.kind !== 'busy') return decision.places;
    return spec.whenBusy === 'queue' ? null : decision.fault;
  }

  /** What holds cards, and what is about to. */
  #view(): CardView {
    const records = this.#parts.book.open();
    const placesOf = ({ workload, expected }: JobRecord) => (holdsCards(workload.state) ? workload.places : expected);
    const holders = new Map<string, Holder>(
      records.map(({ workload, ownEnd }) => [
        workload.workloadId,
        { priority: workload.priority, isEnding: workload.state === 'stopping' || ownEnd !== undefined },
      ]),
    );
    const rigIds = this.#rigs
      .filter((rig) => this.#parts.rigWatch.standingOf(rig, false).standing === 'in-service')
      .map(({ rigId }) => rigId);
    return { cards: this.#capacities(holdersOf(records, placesOf)), holders, rigIds };
  }

  #capacities(holderByCard: ReadonlyMap<string, string>): readonly CardCapacity[] {
    return this.#rigs.flatMap((rig) => {
      const isBusy = rig.cards.some(({ cardId }) => holderByCard.has(cardId));
      const ofRig = this.#parts.rigWatch.standingOf(rig, isBusy);
      return rig.cards.map((card) => {
        const { cardId, features } = card;
        const { standing, why } = this.#drains.standingOf(card, ofRig, holderByCard.has(cardId));
        return {
          ...{ cardId, rigId: rig.rigId, features, standing, workloadId: holderByCard.get(cardId) ?? null },
          ...(why === undefined ? {} : { standingWhy: why }),
        };
      });
    });
  }

  async #untilPlaced(workloadId: string): Promise<void> {
    const untilMs = Date.now() + PLACED_WITHIN_MS;
    const isWaiting = () => this.#parts.book.get(workloadId)?.workload.state === 'queued';
    while (isWaiting() && Date.now() < untilMs && this.#closing === undefined) {
      await this.#parts.keeper.look(workloadId);
      if (!isWaiting()) return;
      await this.#changeOf(workloadId, isWaiting, PLACED_LOOK_MS);
    }
  }

  async #untilEnded(workloadId: string, withinMs: number): Promise<void> {
    const isOpen = () => {
      const state = this.#parts.book.get(workloadId)?.workload.state;
      return state !== undefined && !isFinal(state);
    };
    await this.#changeOf(workloadId, isOpen, withinMs);
  }

  /** Waits until a workload's change makes it true no more, or for so long. */
  #changeOf(workloadId: string, isSo: () => boolean, withinMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, withinMs);
    const leave = this.#parts.book.watch(({ workload }) => {
      if (workload.workloadId === workloadId && !isSo()) resolve();
    });
    return promise.finally(() => {
      clearTimeout(timer);
      leave();
    });
  }

  /** It waited, and has its end already: what is left is to take its job out of Slurm's queue. */
  async #cancelWaiting({ jobId, workload }: JobRecord): Promise<void> {
    if (jobId === null) return;
    const fault = await this.#parts.rest.cancel(jobId);
    if (fault !== null) this.#parts.strays.add(jobId, workload.workloadId);
  }

  #find(workloadId: string): Workload | ExecutorFault {
    return this.#parts.book.get(workloadId)?.workload ?? unknownWorkload(workloadId);
  }
}

function newRecord(spec: WorkloadSpec, expected: readonly RankPlace[]): JobRecord {
  const { workloadId, kind, priority = 'guaranteed' } = spec;
  return {
    spec,
    token: randomBytes(24).toString('base64url'),
    enteredAtMs: Date.now(),
    workload: { workloadId, kind, priority, cardIds: [], places: [], state: 'queued', restartCount: 0 },
    jobId: null,
    expected,
    retryCount: 0,
    ends: [],
  };
}

function holdersOf(
  records: readonly JobRecord[],
  placesOf: (record: JobRecord) => readonly RankPlace[],
): ReadonlyMap<string, string> {
  const holderByCard = new Map<string, string>();
  for (const record of records) {
    for (const { cardIds } of placesOf(record)) {
      for (const cardId of cardIds) {
        // What holds a card comes before what only expects it.
        if (!holderByCard.has(cardId) || record.workload.cardIds.includes(cardId)) {
          holderByCard.set(cardId, record.workload.workloadId);
        }
      }
    }
  }
  return holderByCard;
}

function checkTier({ workloadId, confinement }: WorkloadSpec): ExecutorFault | null {
  if (confinement?.tier !== 'container' || confinement.network === 'none') return null;
  return executorFault('tier-missing', {
    what: `The workload ${workloadId} is not started.`,
    why: 'It asks for the internet, and a container under Slurm has no network that is fenced from the farm.',
    mend: 'Start it with the network "none", and give it what it needs in folders.',
  });
}

function fullDisk(workloadId: string): ExecutorFault {
  return executorFault('executor-folder-unusable', {
    what: `The workload ${workloadId} is not started.`,
    why: 'Its record can’t be written: the disk of the data folder is full, or can’t be written.',
    mend: 'Make room there, and start it again.',
  });
}

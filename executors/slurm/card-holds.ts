import { isFault } from '@rerig/domain/fault';
import { holdsCards } from '@rerig/domain/workloads';
import { type ExecutorFault, executorFault } from '../faults.ts';
import { readStanding, writeStanding } from '../local.ts';
import { HOLD_SCRIPT, type HoldGroup, holdSubmission, type ListedHold, listedHold } from './card-hold-job.ts';
import { type CardGroup, type CardHold, type CardOccupant, type GroupedCard, planHolds } from './card-hold-plan.ts';
import { holdPartitions, type SlurmRig } from './config.ts';
import { cardIndexes } from './job-places.ts';
import type { RecordBook } from './record-book.ts';
import type { SlurmRest } from './rest/slurm-rest.ts';
import type { RigWatch } from './rig-watch.ts';
import type { ListedJob, SlurmCommands } from './slurm-commands.ts';

/** Between two looks while a card is hunted, and how many follow each other: then the farm's poll looks. */
const LOOK_AGAIN_MS = 150;
const LOOKS_MAX = 40;
/** How long a drain waits for its card to be held. */
const HELD_WITHIN_MS = 5000;
/** A hunt that found nothing in so long lets others have the cards for a while. */
const HUNT_MS_MAX = 8000;
const REST_MS = 10_000;

/** What holds work with. */
export interface HoldParts {
  readonly rest: SlurmRest;
  readonly commands: SlurmCommands;
  readonly book: RecordBook;
  readonly rigWatch: RigWatch;
  readonly rigs: readonly SlurmRig[];
  readonly executorId: string;
  /** Where it is kept which cards are out of service, and why. */
  readonly recordPath: string;
}

interface Hunt {
  readonly sinceMs: number | null;
  readonly restsUntilMs: number;
}

/** A card that is taken out of service, and why. */
export interface DrainedCard {
  readonly cardId: string;
  readonly why: string;
}

/**
 * Keeps single cards out of service, which Slurm itself can't: by holds, jobs that do nothing but have the card. What is
 * drained stands on disk before Slurm hears of it, and holds are found again by their names.
 */
export class CardHolds {
  readonly #parts: HoldParts;
  readonly #drained = new Map<string, string>();
  readonly #hunts = new Map<string, Hunt>();
  /** Where holds are: one that has lost its card has ended. */
  readonly #indexByJob = new Map<number, number>();
  /** Workloads whose end frees a drained card. */
  #occupantIds: ReadonlySet<string> = new Set();
  readonly #unwatch: () => void;
  #timer: NodeJS.Timeout | undefined;
  #lookCount = 0;
  #running: Promise<ReadonlySet<string>> = Promise.resolve(new Set());
  #isClosed = false;

  constructor(parts: HoldParts) {
    this.#parts = parts;
    for (const { target, why } of readStanding(parts.recordPath)) {
      if (target.kind === 'card') this.#drained.set(target.cardId, why);
    }
    this.#unwatch = parts.book.watch(({ workload: { workloadId, cardIds } }) => {
      if (this.#occupantIds.has(workloadId) || cardIds.some((id) => this.#drained.has(id))) this.settleSoon();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#unwatch();
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** Why a card is out of service; undefined for one that is not, by itself. */
  whyOf(cardId: string): string | undefined {
    return this.#drained.get(cardId);
  }

  /** Takes cards out of service, and waits a little until they are held. Refused where the farm or the disk can't. */
  async drain(cards: readonly DrainedCard[]): Promise<ExecutorFault | null> {
    const missing = await this.#missingPartition();
    if (missing !== null) return missing;
    const unkept = this.#change(() => {
      for (const { cardId, why } of cards) this.#drained.set(cardId, why);
    });
    if (unkept !== null) return unkept;
    await this.#untilHeld(cards.map(({ cardId }) => cardId));
    return null;
  }

  /** Brings cards back into service. */
  async resume(cardIds: readonly string[]): Promise<ExecutorFault | null> {
    if (cardIds.every((cardId) => !this.#drained.has(cardId))) return null;
    const unkept = this.#change(() => {
      for (const cardId of cardIds) this.#drained.delete(cardId);
    });
    if (unkept !== null) return unkept;
    await this.settle();
    return null;
  }

  /** The farm's poll: `jobs` is Slurm's list of all. */
  async follow(jobs: readonly ListedJob[]): Promise<void> {
    const { executorId } = this.#parts;
    const isConcerned = this.#drained.size > 0 || jobs.some((job) => listedHold(executorId, job) !== null);
    if (isConcerned) await this.settle();
  }

  /** Does what is due for every drained card; gives those that are not held yet though nobody is known to be on them. */
  settle(): Promise<ReadonlySet<string>> {
    // One at a time, and each looks at Slurm anew: else a hold that was just submitted would be missed, and submitted twice.
    this.#running = this.#running.then(() => (this.#isClosed ? new Set() : this.#settle()));
    return this.#running;
  }

  #change(act: () => void): ExecutorFault | null {
    const before = [...this.#drained];
    act();
    const drained = [...this.#drained].map(([cardId, why]) => ({ target: { kind: 'card', cardId } as const, why }));
    const failed = writeStanding(this.#parts.recordPath, drained);
    if (failed === null) return null;
    this.#drained.clear();
    for (const [cardId, why] of before) this.#drained.set(cardId, why);
    return { ...failed, what: 'What is in service stays as it was.' };
  }

  async #missingPartition(): Promise<ExecutorFault | null> {
    const names = await this.#parts.commands.partitionNames();
    if (isFault(names)) return names;
    const missing = Object.values(holdPartitions).find((name) => !names.includes(name));
    if (missing === undefined) return null;
    return executorFault('farm-outdated', {
      what: 'Single cards are not taken out of service on this farm.',
      why: `Its slurm.conf has no partition "${missing}", in which a card is held.`,
      mend: 'Run "rerig farm init --executor slurm" again, which adds it; or drain the whole rig.',
    });
  }

  async #untilHeld(cardIds: readonly string[]): Promise<void> {
    const untilMs = Date.now() + HELD_WITHIN_MS;
    for (;;) {
      const loose = await this.settle();
      if (cardIds.every((cardId) => !loose.has(cardId)) || Date.now() > untilMs || this.#isClosed) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      setTimeout(resolve, LOOK_AGAIN_MS);
      await promise;
    }
  }

  /** Does what is due in a moment, and again until every drained card is held. */
  settleSoon(): void {
    this.#lookCount = 0;
    this.#lookLater(LOOK_AGAIN_MS / 3);
  }

  #lookLater(delayMs: number): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      this.#lookCount += 1;
      const loose = await this.settle();
      if (loose.size > 0 && this.#lookCount < LOOKS_MAX) this.#lookLater(LOOK_AGAIN_MS);
    }, delayMs);
  }

  async #settle(): Promise<ReadonlySet<string>> {
    const { commands, executorId, rest } = this.#parts;
    const jobs = await commands.jobs(Object.values(holdPartitions));
    // Slurm can't be asked: nothing is known, so that nothing changes. The next poll asks again.
    if (isFault(jobs)) return new Set(this.#drained.keys());
    const holds = jobs.flatMap((job) => listedHold(executorId, job) ?? []);
    this.#forgetEnded(holds);
    this.#occupantIds = new Set(this.#occupants().map(({ workloadId }) => workloadId));
    const groups = this.#groups(holds);
    const loose: string[] = [];
    for (const { rig, gresType } of groups.values()) {
      const own = holds.filter((hold) => hold.nodeName === rig.nodeName && hold.gresType === gresType);
      loose.push(...(await this.#settleGroup(rig, gresType, own)));
    }
    for (const hold of holds) if (!groups.has(keyOf(hold))) await rest.cancel(hold.jobId);
    return new Set(loose);
  }

  /** The equal cards among which one is drained, or has a hold. */
  #groups(holds: readonly ListedHold[]) {
    const concerned = new Set(holds.map(keyOf));
    const all = this.#parts.rigs.flatMap((rig) => {
      return rig.cards.map(({ cardId, gresType }) => ({ rig, gresType, cardId, key: keyOf({ ...rig, gresType }) }));
    });
    const chosen = all.filter(({ key, cardId }) => concerned.has(key) || this.#drained.has(cardId));
    return new Map(chosen.map(({ key, rig, gresType }) => [key, { rig, gresType }]));
  }

  async #settleGroup(rig: SlurmRig, gresType: string, listed: readonly ListedHold[]): Promise<readonly string[]> {
    const { rest, commands, executorId, rigWatch } = this.#parts;
    const { nodeName } = rig;
    const key = keyOf({ nodeName, gresType });
    const holds = await this.#placedHolds(listed);
    if (holds === null || this.#isAtRest(rig, gresType, holds)) return [];
    const busy = await commands.busyIndexes(nodeName, holdPartitions.after);
    if (isFault(busy)) return [];
    const cards = this.#groupedCards(rig, gresType, busy);
    const isOpen = rigWatch.standingOf(rig, false).standing === 'in-service';
    const plan = planHolds({ cards, holds, mayHunt: isOpen && this.#mayHunt(key, { cards, holds, mayHunt: true }) });
    for (const afterJobId of plan.submitted) {
      // What is refused, or not answered, is found missing by the next look.
      await rest.submit(holdSubmission(executorId, { nodeName, gresType }, afterJobId), HOLD_SCRIPT);
    }
    for (const jobId of plan.cancelledIds) await rest.cancel(jobId);
    if (plan.isSettled || !isOpen) return [];
    return cards.flatMap(({ index, isDrained }) => (isDrained ? (rig.cards[index]?.cardId ?? []) : []));
  }

  /** Whether every drained card of a group has its hold, and there is no other: Slurm need not be asked any more. */
  #isAtRest({ cards }: SlurmRig, gresType: string, holds: readonly CardHold[]): boolean {
    const held = new Set(holds.map(({ place }) => (place.kind === 'on' ? place.index : null)));
    return (
      cards.every((card, index) => {
        return card.gresType !== gresType || this.#drained.has(card.cardId) === held.delete(index);
      }) && held.size === 0
    );
  }

  /** Where each hold is; null where Slurm can't be asked. */
  async #placedHolds(listed: readonly ListedHold[]): Promise<readonly CardHold[] | null> {
    const holds: CardHold[] = [];
    for (const { jobId, afterJobId, stage } of listed) {
      if (stage !== 'runs') {
        holds.push({ jobId, afterJobId, place: { kind: 'waits', isDue: stage === 'due' } });
        continue;
      }
      const index = this.#indexByJob.get(jobId) ?? (await this.#askIndex(jobId));
      if (index === null) return null;
      if (index !== undefined) this.#indexByJob.set(jobId, index);
      const place = index === undefined ? ({ kind: 'settling' } as const) : ({ kind: 'on', index } as const);
      holds.push({ jobId, afterJobId, place });
    }
    return holds;
  }

  /** Undefined until Slurm tells it, a moment after it gave the card; null where it can't be asked. */
  async #askIndex(jobId: number): Promise<number | undefined | null> {
    const job = await this.#parts.rest.job(jobId);
    if (isFault(job)) return null;
    return cardIndexes(job?.gres_detail?.[0] ?? '')[0];
  }

  #groupedCards(rig: SlurmRig, gresType: string, busy: ReadonlySet<number>): readonly GroupedCard[] {
    const jobByCard = new Map(this.#occupants().map(({ cardId, jobId }) => [cardId, jobId]));
    return rig.cards.flatMap((card, index) => {
      if (card.gresType !== gresType) return [];
      const jobId = jobByCard.get(card.cardId) ?? null;
      const known: CardOccupant = jobId === null ? { kind: 'other' } : { kind: 'job', jobId };
      const occupant: CardOccupant = busy.has(index) ? known : { kind: 'nobody' };
      return [{ index, isDrained: this.#drained.has(card.cardId), occupant }];
    });
  }

  /** Drained cards on which a workload of ours is. */
  #occupants() {
    const open = this.#parts.book.open().filter(({ workload }) => holdsCards(workload.state));
    return open.flatMap(({ workload: { workloadId, cardIds }, jobId }) =>
      cardIds.flatMap((cardId) => (this.#drained.has(cardId) ? [{ workloadId, cardId, jobId }] : [])),
    );
  }

  /** Whether a group may be hunted in: not for a while after it was for long without a find. */
  #mayHunt(key: string, group: CardGroup): boolean {
    const nowMs = Date.now();
    const { sinceMs, restsUntilMs } = this.#hunts.get(key) ?? { sinceMs: null, restsUntilMs: 0 };
    const isHunting = !planHolds(group).isSettled;
    if (!isHunting) this.#hunts.delete(key);
    else if (nowMs < restsUntilMs) return false;
    else if (sinceMs === null) this.#hunts.set(key, { sinceMs: nowMs, restsUntilMs });
    else if (nowMs - sinceMs > HUNT_MS_MAX) {
      this.#hunts.set(key, { sinceMs: null, restsUntilMs: nowMs + REST_MS });
      return false;
    }
    return true;
  }

  #forgetEnded(holds: readonly ListedHold[]): void {
    const open = new Set(holds.map(({ jobId }) => jobId));
    for (const jobId of this.#indexByJob.keys()) if (!open.has(jobId)) this.#indexByJob.delete(jobId);
  }
}

function keyOf({ nodeName, gresType }: HoldGroup): string {
  return `${nodeName}:${gresType}`;
}

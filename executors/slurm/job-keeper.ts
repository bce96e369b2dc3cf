import { isFault } from '@rerig/domain/fault';
import { holdsCards, isFinal } from '@rerig/domain/workloads';
import type { Workload } from '../port.ts';
import { preemptedFault } from '../workload-faults.ts';
import type { SlurmRig } from './config.ts';
import { endFault } from './end-fault.ts';
import { exitedFault, rigLostFault } from './end-faults.ts';
import type { JobCompletions } from './job-completions.ts';
import { placesOf } from './job-places.ts';
import type { JobRecord } from './job-record.ts';
import { hasSteps } from './job-script.ts';
import { type JobStep, readJob } from './read-job.ts';
import type { RecordBook } from './record-book.ts';
import type { SlurmRest } from './rest/slurm-rest.ts';
import type { WireJob } from './rest/wire.ts';
import type { RigWatch } from './rig-watch.ts';
import type { RunLogs } from './run-logs.ts';
import { sightOf } from './sight-of-job.ts';
import type { SlurmCommands } from './slurm-commands.ts';

/** While Slurm clears up after a job. */
const LOOK_AGAIN_MS = 250;
/** From the last word of a script to the first look: Slurm hears of its end, and clears up. */
const ENDED_LOOK_MS = 150;
/** While those who had a card before are looked at. */
const HOLDERS_LOOK_MS = 30;
/** Steps that one sight may lead to: placed, active, ended, and one to spare. */
const STEPS_MAX = 5;
/** Past the time that it has to end by itself, until Slurm ends it. */
const CANCEL_AFTER_MS = 1000;
/** How long a script may take from its placement to its first report. */
const HEARD_WITHIN_MS = 2000;
/** After the last rank has reported: a gang is asked about once. */
const NOTICE_AGAIN_MS = 50;
/** SIGURG is the notice of a preemption. */
const URGENT_SIGNAL = '23';
/** How long a gang that lost a rig waits for the others of its rigs, before it takes any. */
const SAME_RIGS_MS = 20_000;

/** What a keeper works with. */
export interface KeeperParts {
  readonly book: RecordBook;
  readonly logs: RunLogs;
  readonly rest: SlurmRest;
  readonly commands: SlurmCommands;
  readonly completions: JobCompletions;
  /** The name of a workload's job. */
  readonly jobName: (workloadId: string) => string;
  readonly rigs: () => ReadonlyMap<string, SlurmRig>;
  readonly rigWatch: RigWatch;
}

/** Keeps each workload true to its job: looks at it in Slurm, and does what follows. One look a workload at a time. */
export class JobKeeper {
  readonly #parts: KeeperParts;
  readonly #looks = new Map<string, { readonly done: Promise<void>; isWantedAgain: boolean }>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** Where the ranks of a workload without cards said that they are, in the present run. */
  readonly #rigNameByRank = new Map<string, Map<number, string>>();
  #isClosed = false;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  /** A rank said where it is. */
  heardRank(workloadId: string, rank: number, nodeName: string): void {
    const names = this.#rigNameByRank.get(workloadId) ?? new Map<number, string>();
    this.#rigNameByRank.set(workloadId, names.set(rank, nodeName));
    this.#stopClock(`heard ${workloadId}`);
  }

  /** Whether a rank of the present run has reported: its script hears signals. */
  isHeard(workloadId: string): boolean {
    return this.#rigNameByRank.has(workloadId);
  }

  /** Slurm tells a job once that it is to make room, and a rank that has just begun may not hear it: it is told again. */
  noticeAgain({ workload: { workloadId, priority }, jobId }: JobRecord): void {
    if (priority === 'guaranteed' || jobId === null) return;
    this.#later(`notice ${workloadId}`, NOTICE_AGAIN_MS, async () => {
      if ((await this.#parts.commands.isPreempted(jobId)) !== true) return;
      await this.#parts.commands.signal([jobId], URGENT_SIGNAL, 'steps');
    });
  }

  /** A rank said that it ends: its job is looked at once Slurm can know of it. */
  heardEnd(workloadId: string): void {
    this.#later(`look ${workloadId}`, ENDED_LOOK_MS, () => this.look(workloadId));
  }

  /** Looks at a workload's job, and resolves once what follows from it is done. A look that runs is followed by another. */
  async look(workloadId: string): Promise<void> {
    const running = this.#looks.get(workloadId);
    if (running !== undefined) {
      running.isWantedAgain = true;
      return running.done;
    }
    if (this.#isClosed) return;
    const look = { done: this.#lookUntilStill(workloadId), isWantedAgain: false };
    this.#looks.set(workloadId, look);
    await look.done;
  }

  /** Asks a workload to end, and after its time has Slurm end it; its state is told by what follows. */
  async end(record: JobRecord, withinMs?: number): Promise<void> {
    const { jobId, workload, spec } = record;
    if (jobId === null) return;
    const { workloadId } = workload;
    if (!holdsCards(workload.state)) {
      await this.#parts.rest.cancel(jobId);
      return this.look(workloadId);
    }
    const isHeard = this.isHeard(workloadId);
    // Its script kills it after its own time; where it is to have another, Slurm does.
    const ownMs = isHeard ? spec.stopWithinMs : Math.min(spec.stopWithinMs, HEARD_WITHIN_MS);
    const cancelAfterMs = Math.min(withinMs ?? Number.POSITIVE_INFINITY, ownMs + CANCEL_AFTER_MS);
    this.#later(`end ${workloadId}`, cancelAfterMs, () => this.#cancel(workloadId));
    // Its script has not begun, and would not hear: it is asked as soon as it reports.
    if (!isHeard) return;
    await this.#parts.commands.signal([jobId], '28', hasSteps(spec) ? 'steps' : 'script');
  }

  /** Sets the clocks of a workload that was taken up from an earlier start. */
  resumeClocks(record: JobRecord): void {
    if (record.workload.state === 'starting') this.#watchReady(record);
    if (['ready', 'running'].includes(record.workload.state)) this.#watchTime(record);
    if (record.workload.state === 'stopping' || record.ownEnd !== undefined) void this.end(record);
  }

  /** It became ready, or runs: its time counts from here. */
  noteActive(workloadId: string): void {
    this.#stopClock(`ready ${workloadId}`);
    this.#watchTime(this.#parts.book.note(workloadId, { activeAtMs: Date.now() }));
  }

  async #lookUntilStill(workloadId: string): Promise<void> {
    // Begins in its own turn, so that the look is known before it ends.
    await null;
    try {
      let look = this.#looks.get(workloadId);
      do {
        if (look !== undefined) look.isWantedAgain = false;
        await this.#lookOnce(workloadId);
        look = this.#looks.get(workloadId);
      } while (look?.isWantedAgain === true && !this.#isClosed && this.#isOpen(workloadId));
    } finally {
      this.#looks.delete(workloadId);
    }
  }

  #isOpen(workloadId: string): boolean {
    const state = this.#parts.book.get(workloadId)?.workload.state;
    return state !== undefined && !isFinal(state);
  }

  async #lookOnce(workloadId: string): Promise<void> {
    const jobId = this.#parts.book.get(workloadId)?.jobId ?? null;
    if (jobId === null) return;
    const job = await this.#parts.rest.job(jobId);
    // Slurm can't be asked: nothing is known, so that nothing changes. The next poll asks again.
    if (isFault(job)) return;
    const kept = job === null ? await this.#parts.completions.find(jobId, this.#parts.jobName(workloadId)) : null;
    for (let count = 0; count < STEPS_MAX; count += 1) {
      const record = this.#parts.book.get(workloadId);
      if (record === undefined || this.#isClosed) return;
      const step = readJob(record, kept ?? sightOf(job));
      if (step.kind === 'none') return;
      if (!(await this.#follow(record, step, job))) return;
    }
  }

  /** Does what a step says; whether to read the same sight again. */
  async #follow(record: JobRecord, step: JobStep, job: WireJob | null): Promise<boolean> {
    const { workloadId } = record.workload;
    switch (step.kind) {
      case 'none':
        return false;
      case 'look-again':
        this.#later(`look ${workloadId}`, LOOK_AGAIN_MS, () => this.look(workloadId));
        return false;
      case 'cancel':
        if (record.jobId !== null) await this.#parts.rest.cancel(record.jobId);
        this.#later(`look ${workloadId}`, LOOK_AGAIN_MS, () => this.look(workloadId));
        return false;
      case 'placed':
        return this.#place(record, job);
      case 'active':
        this.#parts.book.apply(workloadId, 'began');
        this.noteActive(workloadId);
        return true;
      case 'waits':
        await this.#wait(record, step.why, job);
        return true;
      case 'retry':
        await this.#retry(record, job);
        return false;
      case 'ended':
      case 'failed':
        this.#finish(record, step, job);
        return false;
    }
  }

  #place(record: JobRecord, job: WireJob | null): boolean {
    const { workload, spec } = record;
    const { workloadId } = workload;
    const cardCount = spec.cards.kind === 'any' ? spec.cards.count : spec.cards.cardIds.length;
    const placement = { nodes: job?.nodes ?? '', gresDetail: job?.gres_detail ?? [] };
    const heard = this.#rigNameByRank.get(workloadId);
    const places = placesOf(placement, this.#parts.rigs(), cardCount, spec.rankCount ?? 1, heard);
    if (places.length < (spec.rankCount ?? 1)) {
      // Slurm tells of the cards a moment after it gave them.
      this.#later(`look ${workloadId}`, LOOK_AGAIN_MS, () => this.look(workloadId));
      return false;
    }
    const holders = this.#holdersOf(places.flatMap(({ cardIds }) => cardIds)).filter((id) => id !== workloadId);
    if (holders.length > 0) {
      // Slurm has taken the cards from them already, and we have not seen it: they are looked at first.
      for (const id of holders) void this.look(id);
      this.#later(`look ${workloadId}`, HOLDERS_LOOK_MS, () => this.look(workloadId));
      return false;
    }
    const restartCount = job?.restart_cnt ?? workload.restartCount;
    this.#parts.book.apply(workloadId, 'placed', { places, restartCount, fault: undefined });
    this.#watchReady(this.#parts.book.note(workloadId, { placedAtMs: Date.now(), expected: [] }));
    this.#watchHeard(workloadId, places);
    return true;
  }

  #holdersOf(cardIds: readonly string[]): readonly string[] {
    const holding = this.#parts.book
      .open()
      .filter(({ workload }) => workload.cardIds.some((id) => cardIds.includes(id)));
    return holding.map(({ workload }) => workload.workloadId);
  }

  async #wait(record: JobRecord, why: 'preempted' | 'rig-lost', job: WireJob | null): Promise<void> {
    const { workload, lostRigId, lostWhy, spec } = record;
    const { workloadId, places } = workload;
    this.#forgetRun(workloadId);
    const restartCount = job?.restart_cnt ?? workload.restartCount + 1;
    const fault = why === 'preempted' ? preemptedFault(workloadId) : rigLostFault(workloadId, lostRigId, lostWhy);
    const event = why === 'preempted' ? 'preempted' : 'requeued';
    this.#parts.book.apply(workloadId, event, { restartCount, fault, announced: undefined, exitCode: undefined });
    this.#parts.book.beginAnew(workloadId);
    if (why !== 'rig-lost' || record.jobId === null) return;
    const rigs = [...this.#parts.rigs().values()];
    const nodeNames = [...new Set(places.map(({ rigId }) => rigs.find((rig) => rig.rigId === rigId)?.nodeName ?? ''))];
    await this.#hurry(record.jobId, workloadId, spec.cards.kind === 'any' ? nodeNames : []);
  }

  /** Slurm lets a job wait some seconds that lost its rig. It starts at once, and a gang keeps the rigs that live. */
  async #hurry(jobId: number, workloadId: string, nodeNames: readonly string[]): Promise<void> {
    const living = nodeNames.filter((name) => name !== '' && !this.#parts.rigWatch.isLost(name));
    const keeps = living.length > 0 && living.length < nodeNames.length ? [`NodeList=${living.join(',')}`] : [];
    await this.#parts.commands.updateJob(jobId, 'StartTime=now', ...keeps);
    if (keeps.length === 0) return;
    this.#later(`rigs ${workloadId}`, SAME_RIGS_MS, async () => {
      if (this.#parts.book.get(workloadId)?.workload.state === 'queued') {
        await this.#parts.commands.updateJob(jobId, 'NodeList=');
      }
    });
  }

  async #retry(record: JobRecord, job: WireJob | null): Promise<void> {
    const { workload, spec, retryCount, jobId } = record;
    const { workloadId } = workload;
    if (jobId === null || isFault(await this.#parts.commands.requeue(jobId))) {
      this.#later(`look ${workloadId}`, LOOK_AGAIN_MS * 4, () => this.look(workloadId));
      return;
    }
    const exitCode = record.ends.find((end) => end.exitCode !== 0)?.exitCode ?? sightOf(job).exitCode ?? undefined;
    this.#forgetRun(workloadId);
    this.#ensurePlaced(record, job);
    if (workload.kind !== 'replica') this.#parts.book.apply(workloadId, 'began');
    const fault = exitedFault(spec, exitCode, this.#parts.logs.of(record).lines());
    const restartCount = (job?.restart_cnt ?? workload.restartCount) + 1;
    this.#parts.book.apply(workloadId, 'requeued', { restartCount, fault, announced: undefined, exitCode: undefined });
    this.#parts.book.beginAnew(workloadId);
    this.#parts.book.note(workloadId, { retryCount: retryCount + 1 });
    await this.#parts.commands.updateJob(jobId, 'StartTime=now');
  }

  #finish(record: JobRecord, step: Extract<JobStep, { readonly kind: 'ended' | 'failed' }>, job: WireJob | null): void {
    const { workloadId, kind } = record.workload;
    this.#ensurePlaced(record, job);
    if (kind !== 'replica') this.#parts.book.apply(workloadId, 'began');
    const lines = this.#parts.logs.of(record).lines();
    const after = this.#parts.book.get(workloadId) ?? record;
    const news = {
      ...(step.exitCode === undefined ? {} : { exitCode: step.exitCode }),
      ...endFault(after, step, lines),
    };
    this.#parts.book.apply(workloadId, step.kind, news);
    this.#forgetRun(workloadId);
  }

  /** A job so short that it was never seen to run was placed all the same. */
  #ensurePlaced(record: JobRecord, job: WireJob | null): void {
    const { workload, spec, ends } = record;
    if (holdsCards(workload.state) || job === null) return;
    const placement = { nodes: job.nodes ?? '', gresDetail: [] };
    const places = placesOf(
      placement,
      this.#parts.rigs(),
      0,
      spec.rankCount ?? 1,
      this.#rigNameByRank.get(workload.workloadId),
    );
    const told = new Map(ends.map(({ rank, cardIds }) => [rank, cardIds ?? []]));
    // Who has them by now is not told to have lost them.
    const isTaken = this.#holdersOf([...told.values()].flat()).length > 0;
    const placed = isTaken ? places : places.map((place) => ({ ...place, cardIds: told.get(place.rank) ?? [] }));
    const restartCount = job.restart_cnt ?? workload.restartCount;
    this.#parts.book.apply(workload.workloadId, 'placed', { places: placed, restartCount, fault: undefined });
  }

  /** A rig that is lost before its script has said a word breaks nothing off. */
  #watchHeard(workloadId: string, places: Workload['places']): void {
    if (this.isHeard(workloadId)) return;
    const rigIds = new Set(places.map(({ rigId }) => rigId));
    this.#later(`heard ${workloadId}`, HEARD_WITHIN_MS, async () => {
      for (const { rigId, nodeName } of this.#parts.rigs().values()) {
        if (rigIds.has(rigId)) void this.#parts.rigWatch.suspect(nodeName);
      }
    });
  }

  #watchReady({ workload, spec, placedAtMs = Date.now() }: JobRecord): void {
    if (workload.kind !== 'replica') return;
    const { workloadId } = workload;
    this.#later(`ready ${workloadId}`, placedAtMs + spec.readyWithinMs - Date.now(), async () => {
      const record = this.#parts.book.get(workloadId);
      if (record?.workload.state === 'starting') await this.#endForOurs(record, 'not-ready');
    });
  }

  #watchTime({ workload, spec, activeAtMs = Date.now() }: JobRecord): void {
    if (spec.timeLimitMs === undefined) return;
    const { workloadId } = workload;
    this.#later(`time ${workloadId}`, activeAtMs + spec.timeLimitMs - Date.now(), async () => {
      const record = this.#parts.book.get(workloadId);
      if (record !== undefined && ['ready', 'running'].includes(record.workload.state)) {
        await this.#endForOurs(record, 'overtime');
      }
    });
  }

  async #endForOurs(record: JobRecord, ownEnd: 'not-ready' | 'overtime'): Promise<void> {
    await this.end(this.#parts.book.note(record.workload.workloadId, { ownEnd }));
  }

  async #cancel(workloadId: string): Promise<void> {
    const record = this.#parts.book.get(workloadId);
    if (record === undefined || isFinal(record.workload.state) || record.jobId === null) return;
    if (record.workload.state !== 'stopping' && record.ownEnd === undefined) return;
    await this.#parts.rest.cancel(record.jobId);
    this.#later(`end ${workloadId}`, CANCEL_AFTER_MS * 3, () => this.#cancel(workloadId));
    await this.look(workloadId);
  }

  #forgetRun(workloadId: string): void {
    this.#rigNameByRank.delete(workloadId);
    for (const clock of ['notice', 'ready', 'time', 'end', 'look', 'heard']) this.#stopClock(`${clock} ${workloadId}`);
  }

  /** One clock of a name at a time. Longer than Node's timers reach, it is set again. */
  #later(name: string, delayMs: number, then: () => Promise<void>): void {
    this.#stopClock(name);
    if (this.#isClosed) return;
    const stepMs = Math.min(Math.max(0, delayMs), TIMER_MS_MAX);
    const timer = setTimeout(() => {
      this.#timers.delete(name);
      if (stepMs < delayMs) this.#later(name, delayMs - stepMs, then);
      else void then();
    }, stepMs);
    this.#timers.set(name, timer);
  }

  #stopClock(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}

/** Node's timers count in 32 bits. */
const TIMER_MS_MAX = 2 ** 31 - 1;

import { InvariantError } from '@rerig/domain/fault';
import { holdsCards, isFinal, nextState, type WorkloadEvent } from '@rerig/domain/workloads';
import type { Unsubscribe, Workload, WorkloadChange } from '../port.ts';
import type { JobRecord } from './job-record.ts';
import type { RecordFolder } from './record-folder.ts';

/** Workloads that have ended and are still listed; the oldest are forgotten first. */
const ENDED_MAX = 200;

/** Within it, what Slurm tells anew to another start of the executor is on disk too: several changes are one write. */
const SAVED_WITHIN_MS = 100;
/** Facts that nobody tells anew, or by which a job is found: written at once. */
const WRITTEN_AT_ONCE = ['jobId', 'stopAskedAtMs', 'ownEnd', 'retryCount'] as const;

/** What an event adds to a workload. `undefined` takes away. */
export type News = {
  readonly [Key in 'places' | 'restartCount' | 'announced' | 'exitCode' | 'fault']?: Workload[Key] | undefined;
};

/** Every workload under Slurm with its record, on disk as in memory, moved on by the lifecycle alone. */
export class RecordBook {
  readonly #records = new Map<string, JobRecord>();
  readonly #idByToken = new Map<string, string>();
  readonly #idByJob = new Map<number, string>();
  readonly #unsaved = new Set<string>();
  readonly #listeners = new Set<(change: WorkloadChange) => void>();
  readonly #folder: RecordFolder;
  readonly #bootId: string;
  #changeCount = 0;
  #saving: NodeJS.Timeout | undefined;

  /** `bootId` is new for each start of an executor: changes are numbered behind it. */
  constructor(folder: RecordFolder, bootId: string) {
    this.#folder = folder;
    this.#bootId = bootId;
    for (const record of folder.load()) this.#keep(record);
  }

  /** Writes a workload in without telling anybody; false, and without a trace, where the disk would not take it. */
  enter(record: JobRecord): boolean {
    if (this.#records.has(record.workload.workloadId)) throw new InvariantError('a workload is entered twice');
    if (!this.#folder.save(record)) return false;
    this.#keep(record);
    return true;
  }

  /** Takes one out that Slurm refused. */
  leave(workloadId: string): void {
    const record = this.#records.get(workloadId);
    this.#records.delete(workloadId);
    if (record !== undefined) this.#idByToken.delete(record.token);
    if (record?.jobId != null) this.#idByJob.delete(record.jobId);
    this.#folder.remove(workloadId);
  }

  get(workloadId: string): JobRecord | undefined {
    return this.#records.get(workloadId);
  }

  byToken(token: string): JobRecord | undefined {
    return this.#records.get(this.#idByToken.get(token) ?? '');
  }

  byJob(jobId: number): JobRecord | undefined {
    return this.#records.get(this.#idByJob.get(jobId) ?? '');
  }

  all(): readonly JobRecord[] {
    return [...this.#records.values()];
  }

  /** Those that can still change. */
  open(): readonly JobRecord[] {
    return this.all().filter(({ workload }) => !isFinal(workload.state));
  }

  /** Changes what is known of a workload beside its state. */
  note(workloadId: string, facts: Partial<Omit<JobRecord, 'workload' | 'token'>>): JobRecord {
    const record = this.#records.get(workloadId);
    if (record === undefined) throw new InvariantError(`${workloadId} is not in the book`);
    return this.#put({ ...record, ...facts }, !WRITTEN_AT_ONCE.some((name) => name in facts));
  }

  /** Forgets what is of one run alone: it waits, and another run follows. */
  beginAnew(workloadId: string): JobRecord {
    const record = this.#records.get(workloadId);
    if (record === undefined) throw new InvariantError(`${workloadId} is not in the book`);
    const {
      placedAtMs: _p,
      activeAtMs: _a,
      noticeEndsAt: _n,
      ownFault: _f,
      lostRigId: _l,
      lostWhy: _w,
      ...rest
    } = record;
    return this.#put({ ...rest, ends: [] });
  }

  /** Applies an event and tells the watchers; gives the record as it stands then. Ignored events change nothing. */
  apply(workloadId: string, event: WorkloadEvent, news: News = {}): JobRecord {
    const record = this.#records.get(workloadId);
    if (record === undefined) throw new InvariantError(`${workloadId} is not in the book`);
    const state = nextState(record.workload.state, event);
    if (state === 'ignored') return record;
    // What has ended is known to have had them, as long as it is known.
    const waits = state === 'queued' || state === 'preempted';
    const places = waits ? [] : (news.places ?? record.workload.places);
    const cardIds = places.flatMap((place) => place.cardIds);
    const { announced, exitCode, fault } = record.workload;
    const kept = { announced, exitCode, fault };
    const workload = withoutUndefined({ ...record.workload, ...kept, ...news, state, places, cardIds });
    // That it began is told anew by Slurm; that it is to end, has ended or waits again is written before anybody hears.
    const after = this.#put({ ...record, workload }, ['starting', 'running', 'ready'].includes(state));
    this.#changeCount += 1;
    const change = { changeId: `${this.#bootId}-${this.#changeCount}`, workload };
    for (const listener of this.#listeners) listener(change);
    this.#forgetOldest();
    return after;
  }

  watch(listener: (change: WorkloadChange) => void): Unsubscribe {
    // Wrapped, so that one function that watches twice is told twice and can leave once.
    const own = (change: WorkloadChange) => listener(change);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** Writes what is not on disk yet, and again what the disk would not take before. */
  saveAgain(): void {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    for (const workloadId of this.#unsaved) {
      const record = this.#records.get(workloadId);
      if (record === undefined || this.#folder.save(record)) this.#unsaved.delete(workloadId);
    }
  }

  #put(record: JobRecord, canWait = false): JobRecord {
    this.#keep(record);
    const { workloadId } = record.workload;
    if (canWait) {
      this.#unsaved.add(workloadId);
      this.#saving ??= setTimeout(() => this.saveAgain(), SAVED_WITHIN_MS);
    } else if (this.#folder.save(record)) this.#unsaved.delete(workloadId);
    else this.#unsaved.add(workloadId);
    return record;
  }

  #keep(record: JobRecord): void {
    this.#records.set(record.workload.workloadId, record);
    this.#idByToken.set(record.token, record.workload.workloadId);
    if (record.jobId !== null) this.#idByJob.set(record.jobId, record.workload.workloadId);
  }

  #forgetOldest(): void {
    const ended = this.all().filter(({ workload }) => isFinal(workload.state) && !holdsCards(workload.state));
    for (const { workload } of ended.slice(0, Math.max(0, ended.length - ENDED_MAX))) this.leave(workload.workloadId);
  }
}

type Told = { readonly [Key in keyof Workload]: Workload[Key] | undefined } & Pick<Workload, 'workloadId' | 'kind'>;

function withoutUndefined(told: Told): Workload {
  const { announced, exitCode, fault, restartCount = 0, priority = 'guaranteed', state = 'queued' } = told;
  const { workloadId, kind, places = [], cardIds = [] } = told;
  return {
    ...{ workloadId, kind, priority, restartCount, state, places, cardIds },
    ...(announced === undefined ? {} : { announced }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(fault === undefined ? {} : { fault }),
  };
}

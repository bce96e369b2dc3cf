import { holdsCards, isFinal } from '@rerig/domain/workloads';
import { noticeText as textOfNotice } from '../gang.ts';
import { parseWorkloadMessage } from '../local.ts';
import type { SlurmRig } from './config.ts';
import type { JobKeeper } from './job-keeper.ts';
import type { JobRecord } from './job-record.ts';
import { noticeKey } from './job-script.ts';
import type { RecordBook } from './record-book.ts';
import type { RankEnd, Reporter, ReportHearer } from './report-listener.ts';
import type { RigWatch } from './rig-watch.ts';
import type { RunLogs } from './run-logs.ts';

/** What a desk works with. */
export interface DeskParts {
  readonly book: RecordBook;
  readonly logs: RunLogs;
  readonly keeper: JobKeeper;
  readonly rigWatch: RigWatch;
  readonly rigOf: (nodeName: string) => SlurmRig | undefined;
}

/** Takes in what scripts on the rigs report, and tells the keeper to look. */
export class ReportDesk implements ReportHearer {
  readonly #parts: DeskParts;
  /** Scripts whose log comes in now, by rig, so that it shows when the last of a rig broke off. */
  readonly #reporting = new Map<string, Set<string>>();
  /** What a workload says of itself is done in its order. */
  readonly #words = new Map<string, Promise<void>>();

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  knows(token: string): boolean {
    return this.#parts.book.byToken(token) !== undefined;
  }

  began(reporter: Reporter): void {
    const record = this.#recordOf(reporter);
    if (record === undefined) return;
    const { workloadId, state, restartCount } = record.workload;
    this.#reportersOf(reporter.nodeName).add(keyOf(reporter));
    this.#parts.rigWatch.trust(reporter.nodeName);
    const isStale = holdsCards(state) && reporter.run < restartCount;
    if (isStale) return;
    this.#parts.keeper.heardRank(workloadId, reporter.rank, reporter.nodeName);
    // One that is to end was asked before it could hear.
    if (state === 'stopping' || record.ownEnd !== undefined) void this.#parts.keeper.end(record);
    this.#parts.keeper.noticeAgain(record);
    void this.#parts.keeper.look(workloadId);
  }

  brokeOff(reporter: Reporter): void {
    const reporting = this.#reportersOf(reporter.nodeName);
    reporting.delete(keyOf(reporter));
    const record = this.#recordOf(reporter);
    const isEnded = record === undefined || record.ends.some(({ rank }) => rank === reporter.rank);
    if (reporting.size === 0 && !isEnded && holdsCards(record.workload.state)) {
      void this.#parts.rigWatch.suspect(reporter.nodeName);
    }
  }

  heardBytes(reporter: Reporter): number {
    const record = this.#recordOf(reporter);
    if (record === undefined) return 0;
    return this.#logOf(record).heardBytes(reporter.run, reporter.rank);
  }

  wrote(reporter: Reporter, atByte: number, bytes: Buffer): void {
    const record = this.#recordOf(reporter);
    if (record === undefined || this.#isOfEarlierRun(record, reporter)) return;
    const lines = this.#logOf(record).take(reporter.run, reporter.rank, atByte, bytes);
    if (record.workload.kind === 'replica') for (const line of lines) this.#hearLine(record, reporter, line);
  }

  ended(reporter: Reporter, { exitCode, cardIndexes, word }: RankEnd): void {
    const record = this.#recordOf(reporter);
    if (record === undefined || this.#isOfEarlierRun(record, reporter)) return;
    const { workloadId, state } = record.workload;
    // What ends at once has not reported before.
    if (!isFinal(state)) this.#parts.keeper.heardRank(workloadId, reporter.rank, reporter.nodeName);
    if (word === 'folder') {
      this.#couldNotBegin(workloadId, reporter);
      return;
    }
    const lines = this.#logOf(record).end(reporter.run, reporter.rank);
    if (word === 'full') this.#logOf(record).remark(reporter.rank, fullDiskRemark(reporter.nodeName));
    if (record.workload.kind === 'replica') for (const line of lines) this.#hearLine(record, reporter, line);
    this.#inOrder(workloadId, async () => {
      const { ends } = this.#parts.book.get(workloadId) ?? record;
      if (ends.every(({ rank }) => rank !== reporter.rank)) {
        this.#parts.book.note(workloadId, {
          ends: [...ends, { rank: reporter.rank, exitCode, cardIds: this.#cardIdsOf(reporter, cardIndexes) }],
        });
      }
      this.#parts.keeper.heardEnd(workloadId);
    });
  }

  #cardIdsOf({ nodeName }: Reporter, cardIndexes: readonly number[]): readonly string[] {
    const cards = this.#parts.rigOf(nodeName)?.cards ?? [];
    return cardIndexes.flatMap((index) => cards[index]?.cardId ?? []);
  }

  /** Its rig takes no runs: out of service with it, before its job is placed again. */
  #couldNotBegin(workloadId: string, { nodeName }: Reporter): void {
    this.#inOrder(workloadId, async () => {
      await this.#parts.rigWatch.takeOut(nodeName, 'rerig: the folder of its runs takes nothing, its disk may be full');
      this.#parts.book.note(workloadId, {
        lostRigId: this.#parts.rigOf(nodeName)?.rigId ?? nodeName,
        lostWhy: 'folder',
      });
      this.#parts.keeper.heardEnd(workloadId);
    });
  }

  noticed(reporter: Reporter): void {
    const record = this.#recordOf(reporter);
    if (record === undefined || record.noticeEndsAt !== undefined || this.#isOfEarlierRun(record, reporter)) return;
    const endsAtMs = Date.now() + (record.spec.noticeMs ?? 0);
    this.#parts.book.note(record.workload.workloadId, { noticeEndsAt: new Date(endsAtMs).toISOString() });
  }

  noticeText(key: string): string | null | undefined {
    const record = this.#parts.book.open().find(({ token }) => noticeKey(token) === key);
    if (record === undefined) return undefined;
    if (record.noticeEndsAt === undefined) return null;
    return textOfNotice({ reason: 'preempted', endsAtMs: Date.parse(record.noticeEndsAt) });
  }

  poked(jobId: number): void {
    const record = this.#parts.book.byJob(jobId);
    if (record !== undefined) void this.#parts.keeper.look(record.workload.workloadId);
  }

  /** Resolves once all that a workload has said is done. */
  async settled(workloadId: string): Promise<void> {
    await this.#words.get(workloadId);
  }

  #hearLine(record: JobRecord, reporter: Reporter, line: string): void {
    const message = parseWorkloadMessage(line);
    if (message === undefined || message.event === 'loading') return;
    const { workloadId } = record.workload;
    this.#inOrder(workloadId, async () => {
      await this.#parts.keeper.look(workloadId);
      const before = this.#parts.book.get(workloadId);
      if (before === undefined || this.#isOfEarlierRun(before, reporter)) return;
      if (message.event === 'failed') {
        if (message.fault !== undefined) this.#parts.book.note(workloadId, { ownFault: message.fault });
        return;
      }
      const { announced } = message;
      const { workload } = this.#parts.book.apply(workloadId, 'became-ready', { announced });
      if (workload.state === 'ready' && before.workload.state !== 'ready') this.#parts.keeper.noteActive(workloadId);
    });
  }

  #inOrder(workloadId: string, act: () => Promise<void>): void {
    const before = this.#words.get(workloadId) ?? Promise.resolve();
    const after = before.then(act).finally(() => {
      if (this.#words.get(workloadId) === after) this.#words.delete(workloadId);
    });
    this.#words.set(workloadId, after);
  }

  /** A rig that was cut off and goes on reports of a run that is over. */
  #isOfEarlierRun({ workload }: JobRecord, { run }: Reporter): boolean {
    return run < workload.restartCount;
  }

  #recordOf({ token }: Reporter): JobRecord | undefined {
    return this.#parts.book.byToken(token);
  }

  #logOf(record: JobRecord) {
    return this.#parts.logs.of(record);
  }

  #reportersOf(nodeName: string): Set<string> {
    const known = this.#reporting.get(nodeName) ?? new Set<string>();
    this.#reporting.set(nodeName, known);
    return known;
  }
}

function fullDiskRemark(nodeName: string): string {
  return `rerig: the disk of the rig ${nodeName} was full while this ran: lines of this log may be missing.`;
}

function keyOf({ token, run, rank }: Reporter): string {
  return `${token} ${run} ${rank}`;
}

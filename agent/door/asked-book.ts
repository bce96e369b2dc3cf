import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkloadRequest } from '@rerig/api/agent';
import { isFinal, type WorkloadState, workloadStates } from '@rerig/domain/workloads';
import type { Workload } from '@rerig/executors/port';
import { z } from 'zod';
import { type DoorFault, doorFault } from './faults.ts';

/** Workloads whose words are kept, the newest: more than an executor lists of those that have ended. */
const KEPT_MAX = 1000;

const askedSchema = z
  .object({
    workloadId: z.string(),
    command: z.array(z.string()).readonly(),
    submittedAt: z.iso.datetime(),
    state: z.enum(workloadStates),
    stateSince: z.iso.datetime(),
  })
  .readonly();
type Asked = z.infer<typeof askedSchema>;

/**
 * What an executor does not know of a workload: by which command it was asked for, when, and since when it stands as it
 * does. Kept in a folder, a file each, so that it outlives the agent as the workload does.
 */
export class AskedBook {
  readonly #folder: string;
  readonly #asked = new Map<string, Asked>();
  /** Of workloads that were not asked for here. */
  readonly #since = new Map<string, { readonly state: WorkloadState; readonly stateSince: string }>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Opens the book of a folder, which is made where it is not there. A file that can't be read is as good as none. */
  static open(folder: string): AskedBook | DoorFault {
    const book = new AskedBook(folder);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      book.#readAll();
      return book;
    } catch (error) {
      return doorFault('door-folder-unusable', {
        what: `The agent can't keep what it is asked for in ${folder}.`,
        why: `The system says: ${error instanceof Error ? error.message : String(error)}.`,
        mend: 'Give a data folder that can be written.',
      });
    }
  }

  /** Writes in what somebody asks for. */
  ask({ workloadId, command }: WorkloadRequest, nowMs: number): void {
    const now = new Date(nowMs).toISOString();
    this.#keep({ workloadId, command, submittedAt: now, state: 'queued', stateSince: now });
    this.#forgetOldest();
  }

  /** Takes out what was asked for and refused. */
  forget(workloadId: string): void {
    if (!this.#asked.delete(workloadId)) return;
    const path = this.#pathOf(workloadId);
    for (const each of [path, `${path}.new`]) rmSync(each, { force: true });
  }

  /** Notes since when a workload stands as it does; the same state again changes nothing. */
  hear({ workloadId, state }: Workload, nowMs: number): void {
    const asked = this.#asked.get(workloadId);
    const before = asked ?? this.#since.get(workloadId);
    if (before?.state === state) return;
    const news = { state, stateSince: new Date(nowMs).toISOString() };
    if (asked === undefined) this.#since.set(workloadId, news);
    else this.#keep({ ...asked, ...news });
  }

  /** What is known of a workload beside what its executor says. */
  find(workloadId: string): {
    readonly stateSince?: string;
    readonly command?: readonly string[];
    readonly submittedAt?: string;
  } {
    const asked = this.#asked.get(workloadId);
    if (asked === undefined) return this.#since.get(workloadId) ?? {};
    const { command, submittedAt, stateSince } = asked;
    return { command, submittedAt, stateSince };
  }

  /** Forgets since when those stand that nobody lists any more. */
  keepOnly(workloadIds: ReadonlySet<string>): void {
    for (const workloadId of this.#since.keys()) {
      if (!workloadIds.has(workloadId)) this.#since.delete(workloadId);
    }
  }

  #keep(asked: Asked): void {
    this.#asked.set(asked.workloadId, asked);
    const path = this.#pathOf(asked.workloadId);
    try {
      writeFileSync(`${path}.new`, JSON.stringify(asked), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    } catch {
      // The disk is full, or the folder gone: what is lost after a restart is the words of a list, and no work.
    }
  }

  #readAll(): void {
    for (const name of readdirSync(this.#folder)) {
      if (!name.endsWith('.json')) continue;
      const asked = readAsked(join(this.#folder, name));
      if (asked !== null) this.#asked.set(asked.workloadId, asked);
    }
    this.#forgetOldest();
  }

  /** Those that have ended first, and of these the oldest. */
  #forgetOldest(): void {
    const tooMany = this.#asked.size - KEPT_MAX;
    if (tooMany <= 0) return;
    const byAge = [...this.#asked.values()].toSorted(
      (one, other) =>
        Number(isFinal(other.state)) - Number(isFinal(one.state)) || (one.submittedAt < other.submittedAt ? -1 : 1),
    );
    for (const { workloadId } of byAge.slice(0, tooMany)) this.forget(workloadId);
  }

  #pathOf(workloadId: string): string {
    return join(this.#folder, `${workloadId}.json`);
  }
}

function readAsked(path: string): Asked | null {
  try {
    return askedSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // Half-written or of another version: the workload is listed all the same, without its command.
    return null;
  }
}

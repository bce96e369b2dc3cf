import { tmpdir } from 'node:os';
import { InvariantError, isFault } from '@rerig/domain/fault';
import type { CardDemand } from '@rerig/domain/workloads';
import { expect, vi } from 'vitest';
import type { CardCapacity, Executor, LogPart, Workload, WorkloadChange, WorkloadSpec } from '../port.ts';

/**
 * What a workload of the contract does, once started:
 * - `serve`: writes "hello", says that it is ready with `{"model":"m"}`, and runs until it is stopped;
 * - `wait`: says nothing and runs until it is stopped;
 * - `stubborn`: as `serve`, and does not end when asked to;
 * - `leave`: says that it is ready, then ends by itself without an error;
 * - `crash`: ends at once in an error, with the exit code 3;
 * - `refuse`: says that it has failed, with the fault `no-such-model`, and ends;
 * - `chatter`: writes 100,000 lines, then does as `serve`;
 * - `finish`: writes "hello", and ends without an error;
 * - `heed`: writes "hello", runs until it is asked to end, writes "notice " and the reason that its notice file has, if it
 *   has one, and ends without an error;
 * - `rank`: writes "rank R of W, run N" by RANK, WORLD_SIZE and RERIG_RESTART_COUNT, and runs until it is stopped;
 * - `desert`: rank 1 ends in an error after a moment, with the exit code 5; the others run until they are stopped.
 */
export type Conduct =
  | 'serve'
  | 'wait'
  | 'stubborn'
  | 'leave'
  | 'crash'
  | 'refuse'
  | 'chatter'
  | 'finish'
  | 'heed'
  | 'rank'
  | 'desert';

/** An adapter made ready for the contract. */
export interface ExecutorUnderTest {
  readonly executor: Executor;
  /** Two cards that it has, alike and of one rig, and no more. */
  readonly cardIds: readonly [string, string];
  /** The command that makes a workload do so. */
  commandFor(conduct: Conduct): readonly string[];
  /** What every specification has beside what the contract says: a container, a folder that every rig has. */
  readonly rest?: Partial<WorkloadSpec>;
  /** Closes the executor and opens it again over the same records; absent: nothing survives it. */
  reopen?(): Promise<Executor>;
  /** Ends the executor, also one that was opened again, and all that it was given. */
  dispose(): Promise<void>;
}

const READY_WITHIN_MS = 20_000;
const WAIT_MS_MAX = 25_000;

/** One test's executor, and the changes that it has told. */
export class ContractRun {
  changes: WorkloadChange[] = [];
  #subject: ExecutorUnderTest | undefined;
  #executor: Executor | undefined;

  begin(subject: ExecutorUnderTest): void {
    this.#subject = subject;
    this.changes = [];
    this.#follow(subject.executor);
  }

  async end(): Promise<void> {
    await this.#subject?.dispose();
  }

  get subject(): ExecutorUnderTest {
    if (this.#subject === undefined) throw new InvariantError('no test has begun');
    return this.#subject;
  }

  get executor(): Executor {
    return this.#executor ?? this.subject.executor;
  }

  async reopen(): Promise<void> {
    const opened = await this.subject.reopen?.();
    if (opened === undefined) throw new InvariantError('this executor can not be opened again');
    this.#follow(opened);
  }

  /** One card, whichever. */
  oneCard(): CardDemand {
    return { kind: 'any', count: 1, needs: {} };
  }

  /** Both cards. */
  bothCards(): CardDemand {
    return { kind: 'any', count: 2, needs: {} };
  }

  replica(conduct: Conduct, rest: Partial<WorkloadSpec> = {}): WorkloadSpec {
    return {
      workloadId: `w-${conduct}`,
      kind: 'replica',
      command: this.subject.commandFor(conduct),
      environment: {},
      cards: this.oneCard(),
      readyWithinMs: READY_WITHIN_MS,
      stopWithinMs: 5000,
      workingFolder: tmpdir(),
      ...this.subject.rest,
      ...rest,
    };
  }

  job(conduct: Conduct, rest: Partial<WorkloadSpec> = {}): WorkloadSpec {
    return this.replica(conduct, { kind: 'job', ...rest });
  }

  /** Waits until a workload was told to be in a state. */
  async told(workloadId: string, state: Workload['state']): Promise<Workload> {
    return vi.waitFor(
      () => {
        const seen = this.changes.findLast(({ workload }) => workload.workloadId === workloadId)?.workload;
        if (seen?.state !== state)
          throw new InvariantError(`${workloadId} is ${seen?.state}, not ${state}: ${seen?.fault?.why}`);
        return seen;
      },
      { timeout: WAIT_MS_MAX, interval: 5 },
    );
  }

  /** Waits until a workload has written a line. */
  async wrote(workloadId: string, line: string): Promise<void> {
    await vi.waitFor(async () => expect((await this.log(workloadId)).lines).toContain(line), {
      timeout: WAIT_MS_MAX,
      interval: 5,
    });
  }

  async log(workloadId: string, fromLine?: number): Promise<LogPart> {
    const part = await this.executor.logs(workloadId, fromLine);
    if (isFault(part)) throw new InvariantError(part.what);
    return part;
  }

  /** What was told of a workload, in order. That it waits for a moment before it is placed is left out. */
  statesOf(workloadId: string): readonly Workload['state'][] {
    const states = this.changes
      .filter(({ workload }) => workload.workloadId === workloadId)
      .map(({ workload }) => workload.state);
    return states[0] === 'queued' ? states.slice(1) : states;
  }

  async holders(): Promise<readonly (string | null)[]> {
    return (await this.executor.cards()).map(({ workloadId }) => workloadId);
  }

  async card(cardId: string): Promise<CardCapacity> {
    const card = (await this.executor.cards()).find((each) => each.cardId === cardId);
    if (card === undefined) throw new InvariantError(`there is no card ${cardId}`);
    return card;
  }

  #follow(executor: Executor): void {
    this.#executor = executor;
    executor.watch((change) => this.changes.push(change));
  }
}

/** The code of a refusal; what was given, where it is none. */
export function codeOf(result: unknown): unknown {
  return isFault(result) ? result.code : result;
}

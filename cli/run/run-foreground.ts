import { constants } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { type WorkloadRequest, type WorkloadView, workloadViewSchema } from '@rerig/api/agent';
import { type Fault, FaultError, isFault } from '@rerig/domain/fault';
import { holdsCards, isFinal } from '@rerig/domain/workloads';
import { cardNames } from '../door/card-names.ts';
import { askDoor, followLog } from '../door/door-client.ts';
import { reachAgent } from '../door/reach-agent.ts';
import { startWorkload } from '../door/start-workload.ts';
import { printFault } from '../terminal.ts';
import { placedTalk, stateTalk } from './state-talk.ts';

const EXIT_FAULT = 1;
/** An agent that went away is looked for so often before the job is left to itself. */
const REACH_TRIES_MAX = 10;
const REACH_WAIT_MS = 500;
/** A stop is answered once the job has ended: the longest grace, and what its end takes. */
const STOP_ANSWER_LIMIT_MS = 660_000;

/**
 * Starts a job and stays with it: its lines go to stdout as they come, what becomes of it to stderr. The first signal asks
 * it to end, the second kills it, the third leaves it. Gives its status, or 128 + the signal that ended it.
 */
export async function runForeground(request: WorkloadRequest, dataFolder: string, isJson: boolean): Promise<number> {
  const run = new ForegroundRun(request.workloadId, dataFolder, isJson);
  try {
    return await run.run(request);
  } finally {
    run.close();
  }
}

/** `SIGPIPE`: who read the lines has gone. */
type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE';
const SIGNALS: readonly Signal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

class ForegroundRun {
  readonly #workloadId: string;
  readonly #dataFolder: string;
  readonly #isJson: boolean;
  #socketPath = '';
  #names: ReadonlyMap<string, string> = new Map();
  #nextLine = 0;
  #isTalkedOf = '';
  #isPlaceTold = false;
  #last: WorkloadView | null = null;
  #asked: Signal | null = null;
  #askCount = 0;
  /** Aborted once nobody reads the log any more. */
  readonly #unread = new AbortController();
  readonly #hear = (signal: Signal) => this.#onSignal(signal);
  readonly #onPipeClosed = () => {
    // Each line that is still written tells it again.
    if (this.#unread.signal.aborted) return;
    this.#unread.abort();
    this.#onSignal('SIGPIPE');
  };

  constructor(workloadId: string, dataFolder: string, isJson: boolean) {
    this.#workloadId = workloadId;
    this.#dataFolder = dataFolder;
    this.#isJson = isJson;
    for (const signal of SIGNALS) process.on(signal, this.#hear);
    process.stdout.on('error', this.#onPipeClosed);
  }

  close(): void {
    for (const signal of SIGNALS) process.off(signal, this.#hear);
    process.stdout.off('error', this.#onPipeClosed);
  }

  async run(request: WorkloadRequest): Promise<number> {
    const started = await startWorkload(this.#dataFolder, request);
    if (isFault(started)) throw new FaultError(started);
    this.#socketPath = started.agent.socketPath;
    this.#names = await cardNames(this.#socketPath);
    if (this.#asked !== null) void this.#stop(undefined);
    const last = await this.#follow();
    return this.#conclude(last);
  }

  /** Follows the job to its end, over ends and starts of the agent. */
  async #follow(): Promise<WorkloadView> {
    for (let tryCount = 0; ; tryCount += 1) {
      const broken = this.#unread.signal.aborted ? await this.#awaitEnd() : await this.#followOnce();
      if (this.#last !== null && isFinal(this.#last.state)) return this.#last;
      if (broken !== null && (broken.code !== 'agent-unreachable' || tryCount >= REACH_TRIES_MAX)) {
        throw new FaultError(broken);
      }
      await wait(REACH_WAIT_MS);
      const reached = await reachAgent(this.#dataFolder);
      if (isFault(reached) && tryCount >= REACH_TRIES_MAX) throw new FaultError(reached);
    }
  }

  async #followOnce(): Promise<Fault | null> {
    const { signal } = this.#unread;
    const wish = { workloadId: this.#workloadId, fromLine: this.#nextLine, isFollowing: true, signal };
    for await (const record of followLog(this.#socketPath, wish)) {
      switch (record.kind) {
        case 'fault':
          return signal.aborted ? null : record;
        case 'broken':
          return record.fault;
        case 'workload':
          this.#tell(record.workload);
          break;
        case 'log':
          this.#nextLine = record.nextLine;
          if (record.missedCount > 0) this.#say(`… ${record.missedCount} lines are no longer kept …`);
          await this.#print(record.lines);
          break;
      }
    }
    return null;
  }

  /** Without its log: its last lines are of no use, and reading them would hold it up. */
  async #awaitEnd(): Promise<Fault | null> {
    const stopped = await this.#stop(undefined);
    if (isFault(stopped)) return stopped;
    this.#last = stopped;
    return null;
  }

  #tell(workload: WorkloadView): void {
    this.#last = workload;
    // One that was through at once was never seen to run.
    if (isFinal(workload.state) && !this.#isPlaceTold && workload.places.length > 0) {
      this.#say(placedTalk(workload, this.#names));
    }
    if (holdsCards(workload.state)) this.#isPlaceTold = true;
    const talk = stateTalk(workload, this.#names);
    if (talk === null || talk === this.#isTalkedOf) return;
    this.#isTalkedOf = talk;
    this.#say(talk);
  }

  #say(line: string): void {
    process.stderr.write(`${line}\n`);
  }

  async #print(lines: readonly string[]): Promise<void> {
    if (lines.length === 0 || this.#unread.signal.aborted) return;
    const stream = this.#isJson ? process.stderr : process.stdout;
    const { promise, resolve } = Promise.withResolvers<void>();
    // Resolves also where the reader has gone: the job is being stopped then.
    stream.write(`${lines.join('\n')}\n`, () => resolve());
    await promise;
  }

  #onSignal(signal: Signal): void {
    this.#asked ??= signal;
    this.#askCount += 1;
    const isBegun = this.#socketPath !== '';
    if (this.#askCount > (isBegun ? 2 : 1)) {
      this.#say(`\nLeft as it is; see "rerig ps", and end it with: rerig stop ${this.#workloadId}`);
      process.exit(this.#statusOfSignal(signal));
    }
    const whose = signal === 'SIGPIPE' ? 'Its reader has gone: stopping' : '\nStopping';
    this.#say(this.#askCount === 1 ? `${whose} (Ctrl-C again to kill it) …` : '\nKilling it …');
    // One that is just being started is stopped as soon as it is.
    if (isBegun) void this.#stop(this.#askCount === 1 ? undefined : 0);
  }

  async #stop(withinMs: number | undefined): Promise<WorkloadView | Fault> {
    const path = `/workloads/${this.#workloadId}/stop`;
    const body = withinMs === undefined ? {} : { withinMs };
    const wish = { method: 'POST', path, body, limitMs: STOP_ANSWER_LIMIT_MS } as const;
    const stopped = await askDoor(this.#socketPath, wish, workloadViewSchema);
    if (isFault(stopped)) printFault(stopped);
    return stopped;
  }

  #conclude(last: WorkloadView): number {
    if (this.#isJson) process.stdout.write(`${JSON.stringify(last, null, 2)}\n`);
    if (this.#asked !== null) return this.#statusOfSignal(this.#asked);
    if (last.fault !== undefined && (last.exitCode === undefined || !this.#isOwnEnd(last))) printFault(last.fault);
    return last.exitCode ?? (last.state === 'stopped' ? 0 : EXIT_FAULT);
  }

  /** It ended by itself with a status, which says all that there is to say, but of a gang: by which rank. */
  #isOwnEnd({ fault, places }: WorkloadView): boolean {
    return fault?.code === 'workload-exited' && places.length <= 1;
  }

  #statusOfSignal(signal: Signal): number {
    return 128 + constants.signals[signal];
  }
}

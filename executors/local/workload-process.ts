import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { type ExecutorFault, executorFault } from '../faults.ts';
import type { WorkloadSpec } from '../port.ts';
import { LineReader } from './line-reader.ts';
import { identityOf, type ProcessIdentity, processesOfRun, RUN_VARIABLE, signalProcess } from './process-identity.ts';

/** How a process ended: by an exit code, or by a signal. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Who hears what a process writes. */
export interface ProcessListener {
  /** A line of stdout. */
  output(line: string): void;
  /** A line of stderr. */
  error(line: string): void;
}

/** How long the rest of its output is waited for once a process has ended: a child of it may hold the pipe. */
const DRAIN_MS_MAX = 1000;
/** After SIGKILL a process ends at once, unless the kernel holds it in a call to a card's driver. */
export const KILL_MS_MAX = 5000;

/** The process of one workload, leader of its own group, whose stdin ends when we do. */
export class WorkloadProcess {
  /** Undefined for a process that ended before it could be looked at. */
  readonly identity: ProcessIdentity | undefined;
  /** Resolves when it has ended, all that it started has been killed, and its last lines are read. */
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  #hasExited = false;

  constructor(child: ChildProcess, runId: string, listener: ProcessListener) {
    this.#child = child;
    this.identity = child.pid === undefined ? undefined : identityOf(child.pid);
    // Nothing is ever written to it; where the other end closes it, that is no news.
    child.stdin?.on('error', () => undefined);
    readLines(child.stdout, (line) => listener.output(line));
    readLines(child.stderr, (line) => listener.error(line));
    this.ended = new Promise((resolve) => {
      child.once('exit', (exitCode, signal) => {
        this.#hasExited = true;
        for (const member of processesOfRun(runId)) signalProcess(member, 'SIGKILL', 'process');
        const done = () => {
          clearTimeout(timer);
          child.stdin?.destroy();
          child.stdout?.destroy();
          child.stderr?.destroy();
          resolve({ exitCode, signal });
        };
        const timer = setTimeout(done, DRAIN_MS_MAX);
        child.once('close', done);
      });
    });
  }

  /** Ends it: SIGTERM, after `graceMs` SIGKILL to its whole group. False where even that did not end it. */
  async end(graceMs: number): Promise<boolean> {
    if (!this.#hasExited) this.#child.kill('SIGTERM');
    return (await this.#endsWithin(graceMs)) || this.kill();
  }

  /** Gives it `graceMs` to end by itself, and kills its whole group then. False where even that did not end it. */
  async awaitEnd(graceMs: number): Promise<boolean> {
    return (await this.#endsWithin(graceMs)) || this.kill();
  }

  /** SIGKILL to its whole group. False where it runs on. */
  async kill(): Promise<boolean> {
    // Until its exit was seen, nobody else can have its pid, nor its group's.
    if (!this.#hasExited && this.identity !== undefined) signalProcess(this.identity, 'SIGKILL', 'group');
    if (!this.#hasExited) this.#child.kill('SIGKILL');
    return this.#endsWithin(KILL_MS_MAX);
  }

  async #endsWithin(limitMs: number): Promise<boolean> {
    const limit = Promise.withResolvers<false>();
    const timer = setTimeout(() => limit.resolve(false), limitMs);
    const hasEnded = await Promise.race([this.ended.then(() => true), limit.promise]);
    clearTimeout(timer);
    return hasEnded;
  }
}

/** Starts the process of a workload; a Fault where the system can't. */
export async function spawnWorkload(
  spec: WorkloadSpec,
  environment: Readonly<Record<string, string>>,
  runId: string,
  listener: ProcessListener,
): Promise<WorkloadProcess | ExecutorFault> {
  const [program = '', ...values] = spec.command;
  const child = spawn(program, values, {
    cwd: spec.workingFolder,
    env: { ...environment, [RUN_VARIABLE]: runId },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const error = await new Promise<Error | undefined>((resolve) => {
    child.once('spawn', () => resolve(undefined));
    // Stays for good: an error after the start, as of a signal that can't be sent, must not end us.
    child.on('error', resolve);
  });
  if (error === undefined) return new WorkloadProcess(child, runId, listener);
  return executorFault('start-failed', {
    what: `The workload ${spec.workloadId} can't be started.`,
    why: `The system says of ${program}: ${error.message}.`,
    mend: 'See that this program is there and may be run.',
  });
}

function readLines(stream: Readable | null, onLine: (line: string) => void): void {
  const reader = new LineReader(onLine);
  stream?.on('data', (bytes: Buffer) => reader.read(bytes));
  stream?.on('end', () => reader.end());
  // A pipe that breaks ends; what it had is read.
  stream?.on('error', () => reader.end());
}

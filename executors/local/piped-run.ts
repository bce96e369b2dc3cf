import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { endRun } from './end-run.ts';
import { LineReader } from './line-reader.ts';
import { firstProcessOfRun, signalProcess } from './process-identity.ts';
import type { Run, RunEnd, RunListener } from './runner.ts';
import { signalOf } from './signal-number.ts';

/** How long the rest of its output is waited for once a process has ended: a child of it may hold the pipe. */
const DRAIN_MS_MAX = 1000;

/** What is spawned. */
export interface SpawnOrder {
  readonly runId: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingFolder: string;
  /** Whether a program stands between us and the workload, which tells a signal by 128 + its number. */
  readonly isWrapped: boolean;
}

/** Spawns a run whose stdin ends when we do, and whose output comes to us by pipes. An Error where the system can't. */
export async function spawnPiped(order: SpawnOrder, listener: RunListener): Promise<PipedRun | Error> {
  const [program = '', ...values] = order.command;
  const child = spawn(program, values, {
    cwd: order.workingFolder,
    env: order.environment,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const error = await new Promise<Error | undefined>((resolve) => {
    child.once('spawn', () => resolve(undefined));
    // Stays for good: an error after the start, as of a signal that can't be sent, must not end us.
    child.on('error', resolve);
  });
  return error ?? new PipedRun(child, order, listener);
}

/** A run that ends with us, leader of its own group. */
class PipedRun implements Run {
  readonly runId: string;
  readonly ended: Promise<RunEnd>;
  readonly #child: ChildProcess;
  #isHeard = true;
  #hasExited = false;

  constructor(child: ChildProcess, order: SpawnOrder, listener: RunListener) {
    this.runId = order.runId;
    this.#child = child;
    // Nothing is ever written to it; where the other end closes it, that is no news.
    child.stdin?.on('error', () => undefined);
    readLines(child.stdout, (line) => this.#isHeard && listener.output(line));
    readLines(child.stderr, (line) => this.#isHeard && listener.error(line));
    this.ended = this.#follow(order.isWrapped);
  }

  askToEnd(): void {
    if (this.#hasExited) return;
    const first = firstProcessOfRun(this.runId);
    // One that has no first process yet is still being made: it ends as a whole.
    if (first === undefined || !signalProcess(first, 'SIGTERM', 'process')) this.#child.kill('SIGTERM');
  }

  async kill(): Promise<boolean> {
    if (!this.#hasExited) this.#child.kill('SIGKILL');
    const isGone = await endRun(this.runId);
    if (isGone) await this.ended;
    return isGone;
  }

  letGo(): void {
    this.#isHeard = false;
  }

  #follow(isWrapped: boolean): Promise<RunEnd> {
    const child = this.#child;
    return new Promise((resolve) => {
      child.once('exit', (exitCode, signal) => {
        this.#hasExited = true;
        const done = async () => {
          clearTimeout(timer);
          child.stdin?.destroy();
          child.stdout?.destroy();
          child.stderr?.destroy();
          // What can't be ended is told by whoever asks for its end; here its first process has.
          await endRun(this.runId);
          resolve(signal === null ? exitedEnd(exitCode ?? 0, isWrapped) : { kind: 'signalled', signal });
        };
        const timer = setTimeout(done, DRAIN_MS_MAX);
        // Whatever it has left is killed at once, so that its pipes close.
        void endRun(this.runId);
        child.once('close', done);
      });
    });
  }
}

/** A shell and bubblewrap tell of a signal by 128 + its number. */
export function exitedEnd(exitCode: number, isWrapped: boolean): RunEnd {
  const signal = isWrapped ? signalOf(exitCode) : undefined;
  return signal === undefined ? { kind: 'exited', exitCode } : { kind: 'signalled', signal };
}

function readLines(stream: Readable | null, onLine: (line: string) => void): void {
  const reader = new LineReader(onLine);
  stream?.on('data', (bytes: Buffer) => reader.read(bytes));
  stream?.on('end', () => reader.end());
  // A pipe that breaks ends; what it had is read.
  stream?.on('error', () => reader.end());
}

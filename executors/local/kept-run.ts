import { spawn } from 'node:child_process';
import { existsSync, type FSWatcher, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as giveWay, setTimeout as wait } from 'node:timers/promises';
import { endRun } from './end-run.ts';
import { KEEPER } from './keeper-script.ts';
import { KeptOutput } from './kept-output.ts';
import { exitedEnd, type SpawnOrder } from './piped-run.ts';
import { firstProcessOfRun, KEEPER_VARIABLE, processesOfRun, RUN_VARIABLE, signalProcess } from './process-identity.ts';
import type { Run, RunEnd, RunListener } from './runner.ts';

/** Where no word of a change comes, it is looked for so often. */
const LOOK_INTERVAL_MS = 500;
/** A shell is there in a few ms; a machine under load takes longer. */
const BEGIN_MS_MAX = 10_000;
const BEGIN_LOOK_MS = 3;
const ASK_AGAIN_MS = 10;
/** Between two turns of reading a log that grows fast: whoever follows it reads meanwhile. */
const TURN_PAUSE_MS = 40;
/**
 * Once it has ended, whoever follows its log gets so long to read what they have not; then the rest is read past them, for its
 * cards wait. Of one that was told to end, nobody misses much.
 */
const CATCH_UP_MS_MAX = 30_000;
const CATCH_UP_ASKED_MS_MAX = 1000;
const CATCH_UP_PAUSE_MS = 10;
/** How long the keeper gets to write the last of the output once all has ended. */
const CLOSE_MS_MAX = 1000;
const CLOSE_LOOK_MS = 5;

/** Where a system has its own programs, whatever a run's PATH says. */
const KEEPER_PATH = `${process.env.PATH ?? ''}:/usr/local/bin:/usr/bin:/bin`;

/** Spawns a run that goes on when we are gone, beside a shell that keeps its log and its exit status in `runFolder`. */
export async function spawnKept(order: SpawnOrder, runFolder: string, listener: RunListener): Promise<Run | Error> {
  const { [RUN_VARIABLE]: _, PATH: path = '', ...environment } = order.environment;
  const child = spawn('/bin/sh', ['-c', KEEPER, 'sh', runFolder, order.runId, path, ...order.command], {
    cwd: order.workingFolder,
    env: { ...environment, PATH: KEEPER_PATH, [KEEPER_VARIABLE]: order.runId },
    detached: true,
    stdio: 'ignore',
  });
  const error = await new Promise<Error | undefined>((resolve) => {
    child.once('spawn', () => resolve(undefined));
    child.on('error', resolve);
  });
  if (error !== undefined) return error;
  // Our own end must not wait for it.
  child.unref();
  const run = new KeptRun(order.runId, runFolder, listener);
  const endAtMs = performance.now() + BEGIN_MS_MAX;
  while (!existsSync(join(runFolder, 'pid')) && !existsSync(join(runFolder, 'exit'))) {
    if (performance.now() > endAtMs || child.exitCode !== null) {
      await run.kill();
      return new Error('the shell that keeps its log did not start it', { cause: runFolder });
    }
    await wait(BEGIN_LOOK_MS);
  }
  return run;
}

/** Takes up a run that an earlier start of us has left; its end where it has ended. */
export async function attachKept(runId: string, runFolder: string, listener: RunListener): Promise<Run | RunEnd> {
  const isKept = processesOfRun(runId, KEEPER_VARIABLE).length > 0 || processesOfRun(runId).length > 0;
  if (isKept) return new KeptRun(runId, runFolder, listener);
  new KeptOutput(
    runFolder,
    (line) => listener.output(line),
    (lineCount) => listener.skipped(lineCount),
  ).end();
  return keptEnd(runFolder);
}

/** A run whose output and end are read from the folder in which its keeper keeps them. */
class KeptRun implements Run {
  readonly runId: string;
  readonly ended: Promise<RunEnd>;
  readonly #folder: string;
  readonly #output: KeptOutput;
  readonly #listener: RunListener;
  readonly #watcher: FSWatcher | undefined;
  readonly #interval: NodeJS.Timeout;
  readonly #over = Promise.withResolvers<RunEnd>();
  #isEnding = false;
  #isAsked = false;
  #isHeard = true;
  #isPausing = false;

  constructor(runId: string, folder: string, listener: RunListener) {
    this.runId = runId;
    this.#folder = folder;
    this.ended = this.#over.promise;
    this.#listener = listener;
    this.#output = new KeptOutput(
      folder,
      (line) => listener.output(line),
      (lineCount) => listener.skipped(lineCount),
    );
    this.#watcher = watchOrUndefined(folder, () => this.#hear());
    this.#interval = setInterval(() => this.#look(), LOOK_INTERVAL_MS).unref();
    setImmediate(() => this.#look());
  }

  /** One that was only just started has no first process in its sandbox yet: it is asked as soon as it has. */
  askToEnd(): void {
    this.#isAsked = true;
    if (this.#isEnding || !this.#isHeard) return;
    const first = firstProcessOfRun(this.runId);
    if (first === undefined) setTimeout(() => this.askToEnd(), ASK_AGAIN_MS).unref();
    else signalProcess(first, 'SIGTERM', 'process');
  }

  async kill(): Promise<boolean> {
    this.#isAsked = true;
    const isGone = await endRun(this.runId);
    if (!isGone) return false;
    await this.#conclude();
    return true;
  }

  letGo(): void {
    this.#isHeard = false;
    this.#stopLooking();
  }

  #stopLooking(): void {
    clearInterval(this.#interval);
    this.#watcher?.close();
  }

  /** Something in its folder has changed. */
  #hear(): void {
    if (!this.#isHeard || this.#isEnding) return;
    this.#readTurn();
    if (existsSync(join(this.#folder, 'exit'))) void this.#conclude();
  }

  #readTurn(): void {
    if (this.#isPausing || (!this.#isFollowerBehind() && this.#output.readTurn())) return;
    this.#isPausing = true;
    setTimeout(() => {
      this.#isPausing = false;
      this.#hear();
    }, TURN_PAUSE_MS).unref();
  }

  #isFollowerBehind(): boolean {
    return this.#listener.isBehind?.() === true;
  }

  /** Reads the rest, turn by turn, so that all others are answered meanwhile. */
  async #readRest(): Promise<void> {
    const endedAtMs = performance.now();
    const isPatient = () => performance.now() - endedAtMs < (this.#isAsked ? CATCH_UP_ASKED_MS_MAX : CATCH_UP_MS_MAX);
    while (this.#isHeard) {
      if (isPatient() && this.#isFollowerBehind()) await wait(CATCH_UP_PAUSE_MS);
      else if (this.#output.readTurn()) break;
      else await giveWay();
    }
    if (this.#isHeard) this.#output.end();
  }

  /** Also where its keeper was killed, and nothing tells of its end. */
  #look(): void {
    this.#hear();
    if (!this.#isHeard || this.#isEnding) return;
    const isKept = processesOfRun(this.runId, KEEPER_VARIABLE).length > 0 || processesOfRun(this.runId).length > 0;
    if (!isKept) void this.#conclude();
  }

  /** Its first process has ended: the rest is ended, and the last of its output read. */
  async #conclude(): Promise<void> {
    if (this.#isEnding) return void (await this.ended);
    this.#isEnding = true;
    await endRun(this.runId);
    const endAtMs = performance.now() + CLOSE_MS_MAX;
    while (!existsSync(join(this.#folder, 'closed')) && performance.now() < endAtMs) await wait(CLOSE_LOOK_MS);
    for (const keeper of processesOfRun(this.runId, KEEPER_VARIABLE)) signalProcess(keeper, 'SIGKILL', 'process');
    this.#stopLooking();
    await this.#readRest();
    this.#over.resolve(keptEnd(this.#folder));
  }
}

/** The exit status that a keeper kept; `unknown` where there is none. */
function keptEnd(runFolder: string): RunEnd {
  const text = readOrEmpty(join(runFolder, 'exit')).trim();
  return /^\d{1,3}$/.test(text) ? exitedEnd(Number(text), true) : { kind: 'unknown' };
}

function watchOrUndefined(folder: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, onChange);
    // It may end, as when the folder goes: then it is looked at as often as said above.
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    // The system has no more watches to give.
    return undefined;
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Its end was not kept: the keeper was killed, or the disk is full.
    return '';
  }
}

import { setTimeout as wait } from 'node:timers/promises';
import { exitedEnd } from '../piped-run.ts';
import { identityOf, isRunning, type ProcessIdentity } from '../process-identity.ts';
import type { Run, RunEnd, RunListener, RunOrder } from '../runner.ts';
import type { ContainerHost } from './container-host.ts';
import { ContainerLog } from './container-log.ts';
import type { ContainerSight } from './container-sight.ts';
import { isOutOfMemory } from './kernel-log.ts';

/** How often its log and its first process are looked at: both are files of the kernel or the disk. */
const LOOK_INTERVAL_MS = 50;
/** How often the host is asked, where its processes can't be seen from here. */
const ASK_INTERVAL_MS = 1000;
/** How long the host may take to write down an end that has come. */
const END_MS_MAX = 5000;
const END_LOOK_MS = 20;

/** A container that runs. */
export class ContainerRun implements Run {
  readonly runId: string;
  readonly ended: Promise<RunEnd>;
  readonly #host: ContainerHost;
  readonly #containerId: string;
  readonly #log: ContainerLog;
  readonly #first: ProcessIdentity | undefined;
  readonly #over = Promise.withResolvers<RunEnd>();
  readonly #interval: NodeJS.Timeout;
  readonly #onKilled: () => Promise<void>;
  #askedAtMs = performance.now();
  #concluding: Promise<void> | undefined;
  #isHeard = true;

  /** `onKilled` removes all that there is of it. */
  constructor(
    host: ContainerHost,
    { runId, runFolder }: RunOrder,
    { containerId, sight }: { readonly containerId: string; readonly sight: ContainerSight },
    listener: RunListener,
    onKilled: () => Promise<void>,
  ) {
    this.runId = runId;
    this.ended = this.#over.promise;
    this.#host = host;
    this.#containerId = containerId;
    this.#log = new ContainerLog(sight.logPath, runFolder, listener);
    this.#first = sight.pid > 0 ? identityOf(sight.pid) : undefined;
    this.#onKilled = onKilled;
    this.#interval = setInterval(() => this.#look(), LOOK_INTERVAL_MS).unref();
    setImmediate(() => this.#look());
  }

  askToEnd(): void {
    // One that can't be asked is killed when its time is over.
    this.#host.signal(this.#containerId, 'SIGTERM').catch(() => undefined);
  }

  async kill(): Promise<boolean> {
    try {
      await this.#host.signal(this.#containerId, 'SIGKILL');
      if (!(await this.#isGone())) return false;
      await this.#conclude();
      await this.#onKilled();
      return true;
    } catch {
      // Podman or Docker does not answer: nobody can say that it has ended.
      return this.#first !== undefined && !isRunning(this.#first);
    }
  }

  letGo(): void {
    this.#isHeard = false;
    clearInterval(this.#interval);
  }

  #look(): void {
    if (!this.#isHeard || this.#concluding !== undefined) return;
    this.#log.read();
    if (this.#first === undefined) void this.#ask();
    else if (!isRunning(this.#first)) void this.#conclude();
  }

  /** Its first process can't be seen from here, or had gone before it was looked for. */
  async #ask(): Promise<void> {
    if (performance.now() < this.#askedAtMs) return;
    this.#askedAtMs = performance.now() + ASK_INTERVAL_MS;
    const sight = await this.#host.look(this.#containerId).catch(() => undefined);
    if (sight === null || sight?.state === 'ended') await this.#conclude();
  }

  async #isGone(): Promise<boolean> {
    const endAtMs = performance.now() + END_MS_MAX;
    while (performance.now() < endAtMs) {
      const sight = await this.#host.look(this.#containerId);
      if (sight === null || sight.state !== 'running') return true;
      await wait(END_LOOK_MS);
    }
    return false;
  }

  #conclude(): Promise<void> {
    this.#concluding ??= this.#finish();
    return this.#concluding;
  }

  async #finish(): Promise<void> {
    clearInterval(this.#interval);
    const sight = await this.#lastSight();
    if (this.#isHeard) this.#log.end();
    this.#over.resolve(sight === null ? { kind: 'unknown' } : endOf(sight, this.#containerId));
  }

  async #lastSight(): Promise<ContainerSight | null> {
    const endAtMs = performance.now() + END_MS_MAX;
    for (;;) {
      const sight = await this.#host.look(this.#containerId).catch(() => null);
      if (sight === null || sight.state !== 'running') return sight;
      if (performance.now() > endAtMs) return null;
      await wait(END_LOOK_MS);
    }
  }
}

/** How a container has ended. */
export function endOf(sight: ContainerSight, containerId: string): RunEnd {
  const { state, exitCode, isEndKnown } = sight;
  if (state !== 'ended' || !isEndKnown) return { kind: 'unknown' };
  // The kernel may have ended one process of many, which the rest got over.
  if (exitCode === 0) return { kind: 'exited', exitCode };
  const isAtLimit = sight.hasMemoryLimit && (sight.isOutOfMemory || isOutOfMemory(containerId));
  return isAtLimit ? { kind: 'limit', limit: 'memoryBytes' } : exitedEnd(exitCode, true);
}

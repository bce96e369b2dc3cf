import { endRun } from './end-run.ts';
import { firstProcessOfRun, processesOfRun, signalProcess } from './process-identity.ts';
import type { Run, RunEnd } from './runner.ts';

const LOOK_INTERVAL_MS = 25;

/** What a crash of ours has left running though it was to end with us: nobody hears it, and it is there to be ended. */
export class LeftRun implements Run {
  readonly runId: string;
  readonly ended: Promise<RunEnd>;
  readonly #over = Promise.withResolvers<RunEnd>();
  readonly #interval: NodeJS.Timeout;

  constructor(runId: string) {
    this.runId = runId;
    this.ended = this.#over.promise;
    this.#interval = setInterval(() => this.#look(), LOOK_INTERVAL_MS).unref();
  }

  askToEnd(): void {
    const first = firstProcessOfRun(this.runId);
    if (first !== undefined) signalProcess(first, 'SIGTERM', 'process');
  }

  async kill(): Promise<boolean> {
    const isGone = await endRun(this.runId);
    this.#look();
    return isGone;
  }

  letGo(): void {
    clearInterval(this.#interval);
  }

  #look(): void {
    if (processesOfRun(this.runId).length > 0) return;
    clearInterval(this.#interval);
    this.#over.resolve({ kind: 'unknown' });
  }
}

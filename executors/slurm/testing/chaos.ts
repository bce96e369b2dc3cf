import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvariantError, isFault } from '@rerig/domain/fault';
import { holdsCards, isFinal, type WorkloadPriority } from '@rerig/domain/workloads';
import type { WorkloadSpec } from '../../port.ts';
import { CARD_GUARD, twiceOwned } from './card-guard.ts';
import { killAll } from './farm-process.ts';
import type { FarmRun } from './farm-run.ts';
import { seededRandom } from './seeded-random.ts';

/** Between two steps: at most. */
const PACE_MS_MAX = 600;
/** Workloads that are not over, at once. */
const OPEN_MAX = 12;

/** Takes its cards' locks, then works for a while, and ends when asked, at once. */
const GUARD = `${CARD_GUARD}
trap 'kill "$P"; exit 0' TERM
sleep "$WORK_SECONDS" &
P=$!
wait "$P"`;

/** Random work on a farm, and random harm to it, by a seed. */
export class Chaos {
  readonly #run: FarmRun;
  readonly #random: () => number;
  readonly #lockFolder: string;
  readonly #told: string[] = [];
  #startedCount = 0;

  constructor(run: FarmRun, seed: number) {
    this.#run = run;
    this.#random = seededRandom(seed);
    this.#lockFolder = join(run.farm.folder, 'locks');
    mkdirSync(this.#lockFolder, { mode: 0o777 });
  }

  /** What was done, in order. */
  get told(): readonly string[] {
    return this.#told;
  }

  /** One random step; resolves a moment after it. */
  async step(): Promise<void> {
    const roll = this.#random();
    if (roll < 0.5) await this.#start();
    else if (roll < 0.66) await this.#stop();
    else if (roll < 0.76) await this.#killProcess();
    else if (roll < 0.82) await this.#cutPower();
    else if (roll < 0.93) await this.#repower();
    else if (roll < 0.96) await this.#restartRigDaemon();
    else if (roll < 0.98) await this.#restartController();
    else await this.#restartAgent();
    await this.#pace();
  }

  /** What must hold at every moment, and does not: empty where all is well. */
  async problems(): Promise<readonly string[]> {
    const holders = new Map<string, string>();
    const problems: string[] = [];
    for (const { workloadId, state, cardIds } of await this.#run.executor.list()) {
      if (!holdsCards(state)) {
        if (!isFinal(state) && cardIds.length > 0) problems.push(`${workloadId} is ${state} and has cards`);
        continue;
      }
      for (const cardId of cardIds) {
        const other = holders.get(cardId);
        if (other !== undefined) problems.push(`${cardId} is of ${other} and ${workloadId}`);
        holders.set(cardId, workloadId);
      }
    }
    return [...problems, ...twiceOwned(this.#lockFolder)];
  }

  /** Mends the farm: every part runs. */
  async mend(): Promise<void> {
    if (!this.#run.farm.isRunning('slurmctld')) await this.#run.farm.startController();
    for (const { nodeName } of this.#run.farm.rigs) {
      if (!this.#run.farm.isRunning(nodeName)) this.#run.farm.startRig(nodeName);
    }
  }

  /** What still runs of any job, in words; the rigs' own daemons are none. */
  leftOvers(): readonly string[] {
    return this.#run.farm.rigs
      .flatMap(({ nodeName }) => this.#run.farm.jobProcesses(nodeName).map(describeProcess))
      .filter((text) => !text.startsWith('slurmd '));
  }

  async openIds(): Promise<readonly string[]> {
    const workloads = await this.#run.executor.list();
    return workloads.filter(({ state }) => !isFinal(state)).map(({ workloadId }) => workloadId);
  }

  async #start(): Promise<void> {
    if ((await this.openIds()).length >= OPEN_MAX) return this.#stop();
    this.#startedCount += 1;
    const workloadId = `w${this.#startedCount}`;
    const priority = this.#oneOf<WorkloadPriority>(['fallback', 'interruptible', 'guaranteed']);
    const count = this.#oneOf([1, 1, 2]);
    const isGang = priority === 'guaranteed' && this.#random() < 0.2;
    const spec: WorkloadSpec = this.#run.job(workloadId, {
      ...{ priority, whenBusy: 'queue', noticeMs: 500, stopWithinMs: 1000, command: ['/bin/sh', '-c', GUARD] },
      cards: { kind: 'any', count: isGang ? 1 : count, needs: {} },
      // Ranks of a gang on one rig see each other's cards, so that they can't lock them.
      ...(isGang ? { rankCount: 2, command: ['/bin/sh', '-c', 'exec sleep 3'] } : {}),
      environment: {
        LOCK_FOLDER: this.#lockFolder,
        WORK_SECONDS: priority === 'fallback' ? '1000' : this.#oneOf(['0', '1', '4', '15']),
      },
      restartCountMax: this.#oneOf([0, 2]),
    });
    const started = await this.#run.executor.start(spec);
    this.#tell(`start ${workloadId} ${priority} ${count}: ${isFault(started) ? started.code : started.state}`);
  }

  async #stop(): Promise<void> {
    const ids = await this.openIds();
    if (ids.length === 0) return;
    const workloadId = this.#oneOf(ids);
    this.#tell(`stop ${workloadId}`);
    // Not waited for: more harm comes meanwhile. What becomes of it is asked at the end.
    void this.#run.executor.stop(workloadId);
  }

  async #killProcess(): Promise<void> {
    const pids = this.#livingRigs().flatMap((name) => this.#run.farm.jobProcesses(name));
    if (pids.length === 0) return;
    const pid = this.#oneOf(pids);
    this.#tell(`kill ${pid}`);
    killAll([pid]);
  }

  async #cutPower(): Promise<void> {
    const living = this.#livingRigs();
    if (living.length < 2) return;
    const name = this.#oneOf(living);
    this.#tell(`cut ${name}`);
    await this.#run.farm.cutPower(name);
  }

  async #repower(): Promise<void> {
    const dead = this.#run.farm.rigs.map(({ nodeName }) => nodeName).filter((name) => !this.#run.farm.isRunning(name));
    if (dead.length === 0) return;
    const name = this.#oneOf(dead);
    this.#tell(`power ${name}`);
    this.#run.farm.startRig(name);
  }

  async #restartRigDaemon(): Promise<void> {
    const living = this.#livingRigs();
    if (living.length === 0) return;
    const name = this.#oneOf(living);
    this.#tell(`restart slurmd of ${name}`);
    await this.#run.farm.end(name, 'SIGKILL');
    this.#run.farm.startRig(name);
  }

  async #restartController(): Promise<void> {
    this.#tell('restart slurmctld');
    await this.#run.farm.end('slurmctld', this.#oneOf(['SIGTERM', 'SIGKILL'] as const));
    await this.#run.farm.startController();
  }

  async #restartAgent(): Promise<void> {
    this.#tell('restart the agent');
    await this.#run.executor.close();
    await this.#run.open();
  }

  #livingRigs(): readonly string[] {
    return this.#run.farm.rigs.map(({ nodeName }) => nodeName).filter((name) => this.#run.farm.isRunning(name));
  }

  #oneOf<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.#random() * choices.length)];
    if (choice === undefined) throw new InvariantError('there is nothing to choose from');
    return choice;
  }

  #pace(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, this.#random() * PACE_MS_MAX);
    return promise;
  }

  #tell(text: string): void {
    this.#told.push(text);
  }
}

function describeProcess(pid: number): string {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    const told = variables.filter((each) => /^SLURM_(JOB_ID|RESTART_COUNT|PROCID)=/.test(each)).join(' ');
    return `${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 120)} (${told})`;
  } catch {
    // It has ended since.
    return 'ended';
  }
}

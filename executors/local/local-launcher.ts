import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isFault } from '@rerig/domain/fault';
import type { ObservedCard } from '@rerig/domain/inventory';
import { type ExecutorFault, executorFault } from '../faults.ts';
import {
  cardsSeenBy,
  MasterPorts,
  type NoticeDoor,
  prepareOutputFolders,
  rankEnvironment,
  writeNotice,
} from '../gang.ts';
import type { LaunchedRun, Launcher, LaunchListener, LaunchOrder } from '../launcher.ts';
import type { Confinement } from '../port.ts';
import { workloadEnvironment } from './card-environment.ts';
import type { DriverCaches } from './driver-caches.ts';
import { isOpen, machineFolders } from './job-folders.ts';
import { type NoticeGiver, RankRuns } from './rank-runs.ts';
import type { Run, RunEnd, RunListener, Runner, RunOrder } from './runner.ts';
import { parseWorkloadMessage } from './workload-message.ts';

/** What a local launcher is made of. */
export interface LocalLauncherOptions {
  readonly cards: readonly ObservedCard[];
  /** Each run has a folder of its own below `WORKLOAD/`. */
  readonly folder: string;
  readonly runners: ReadonlyMap<Confinement['tier'], Runner>;
  /** Absent: drivers have no cache of their own. */
  readonly caches?: DriverCaches;
  /** Absent where no port of loopback could be had: notices go by file and signal alone. */
  readonly noticeDoor?: NoticeDoor;
}

/** A disk that does not answer must not hold up who waits for the card. */
const NOTICE_MS_MAX = 1000;
/** The ranks of a gang on one machine meet here. */
const MASTER_ADDRESS = '127.0.0.1';

/** Starts the ranks of workloads on this machine, each by the runner of its tier. */
export class LocalLauncher implements Launcher {
  readonly #options: LocalLauncherOptions;
  readonly #ports = new MasterPorts(process.pid);

  constructor(options: LocalLauncherOptions) {
    this.#options = options;
  }

  async launch(order: LaunchOrder, listener: LaunchListener): Promise<LaunchedRun | ExecutorFault> {
    const { workloadId } = order.spec;
    const runner = this.#runnerOf(order);
    const prepared = await this.#prepare(order);
    if (isFault(prepared)) return prepared;
    const ranks = new RankRuns(order, listener, this.#noticeOf(order), false);
    const runs: Run[] = [];
    for (const [rank] of order.runIds.entries()) {
      const started = await runner.start(
        this.#runOrder(order, rank, prepared),
        this.#hear(order, rank, ranks, listener),
      );
      if (isFault(started)) {
        // All ranks or none.
        await Promise.all(runs.map((run) => run.kill()));
        this.#ports.release(workloadId);
        return started;
      }
      runs.push(started);
    }
    ranks.follow(runs);
    return ranks;
  }

  async attach(order: LaunchOrder, listener: LaunchListener): Promise<LaunchedRun> {
    const runner = this.#runnerOf(order);
    const ranks = new RankRuns(order, listener, this.#noticeOf(order), true);
    const runs: (Run | RunEnd | ExecutorFault)[] = [];
    for (const [rank] of order.runIds.entries()) {
      const hear = this.#hear(order, rank, ranks, listener);
      // What it is started with is no longer needed: it is found by the id of its run.
      runs.push(await runner.attach(this.#runOrder(order, rank, { environment: {}, writableFolders: [] }), hear));
    }
    ranks.follow(runs);
    return ranks;
  }

  clean(order: LaunchOrder): void {
    const runner = this.#runnerOf(order);
    this.#ports.release(order.spec.workloadId);
    for (const [rank] of order.runIds.entries()) {
      const runOrder = this.#runOrder(order, rank, { environment: {}, writableFolders: [] });
      void runner.forget(runOrder).then(() => rmSync(runOrder.runFolder, { recursive: true, force: true }));
    }
    rmSync(this.#noticeFolder(order), { recursive: true, force: true });
  }

  #runnerOf({ spec }: LaunchOrder): Runner {
    const runner = this.#options.runners.get(spec.confinement?.tier ?? 'process');
    return runner ?? missingRunner;
  }

  /** What all ranks have in common: folders, and where they meet. */
  async #prepare(order: LaunchOrder): Promise<Prepared | ExecutorFault> {
    const { spec, restartCount, runIds } = order;
    const { workloadId, outputFolder } = spec;
    const noticeFolder = this.#noticeFolder(order);
    const isContainer = spec.confinement?.tier === 'container';
    const fault = this.#makeFolders(order);
    if (fault !== null) return fault;
    const output = outputFolder === undefined ? undefined : await prepareOutputFolders(outputFolder, restartCount);
    if (isFault(output)) return output;
    const masterPort = runIds.length > 1 ? await this.#ports.reserve(workloadId) : 0;
    if (isFault(masterPort)) return masterPort;
    const door = this.#options.noticeDoor;
    const [secret = ''] = runIds;
    door?.board.add(secret);
    return {
      environment: {
        RERIG_WORKLOAD_ID: workloadId,
        RERIG_RESTART_COUNT: String(restartCount),
        RERIG_NOTICE_FOLDER: noticeFolder,
        // A container has no way to this machine's loopback.
        ...(door === undefined || isContainer ? {} : { RERIG_NOTICE_URL: door.urlOf(secret) }),
        ...output?.environment,
        ...(masterPort === 0 ? {} : { MASTER_PORT: String(masterPort) }),
      },
      writableFolders: [
        noticeFolder,
        ...(output === undefined ? [] : [output.own]),
        ...(isContainer ? [] : this.#machineFolders(order)),
      ],
    };
  }

  #makeFolders(order: LaunchOrder): ExecutorFault | null {
    try {
      mkdirSync(this.#noticeFolder(order), { recursive: true, mode: 0o755 });
      for (const [rank] of order.runIds.entries()) {
        mkdirSync(this.#runFolder(order, rank), { recursive: true, mode: 0o700 });
      }
      return null;
    } catch (error) {
      return executorFault('executor-folder-unusable', {
        what: `The workload ${order.spec.workloadId} is not started.`,
        why: `Its folders can't be made: ${error instanceof Error ? error.message : String(error)}.`,
        mend: `Make room in ${this.#options.folder}, and see that it can be written.`,
      });
    }
  }

  /** What it writes of the machine beside its own folders. */
  #machineFolders({ spec }: LaunchOrder): readonly string[] {
    const folders = machineFolders(spec, workloadEnvironment(process.env, spec.environment, []));
    const { caches } = this.#options;
    return isOpen(spec) || caches === undefined ? folders : [...folders, caches.folder];
  }

  #environmentOf({ spec }: LaunchOrder, cards: readonly ObservedCard[]): Readonly<Record<string, string>> {
    // Our paths are those of this machine, which an image knows nothing of.
    if (spec.confinement?.tier === 'container') return workloadEnvironment({}, spec.environment, cards);
    if (isOpen(spec)) return workloadEnvironment(process.env, spec.environment, cards);
    // Ours may be a folder that it does not write to; it has a /tmp of its own.
    const { TMPDIR: _, ...passedOn } = process.env;
    return workloadEnvironment(passedOn, { ...this.#options.caches?.environment, ...spec.environment }, cards);
  }

  #runOrder(order: LaunchOrder, rank: number, { environment, writableFolders }: Prepared): RunOrder {
    const { spec, places } = order;
    const { workloadId, confinement = { tier: 'process' }, limits = {} } = spec;
    const masterPort = Number(environment.MASTER_PORT ?? 0);
    const rendezvous = { masterAddress: MASTER_ADDRESS, masterPort };
    const member = masterPort === 0 ? {} : rankEnvironment({ workloadId, places, rank }, rendezvous);
    const seen = cardsSeenBy(places, rank);
    const cards = seen.flatMap((cardId) => this.#options.cards.filter((card) => card.cardId === cardId));
    return {
      runId: order.runIds[rank] ?? '',
      workloadId,
      rank,
      command: spec.command,
      environment: { ...this.#environmentOf(order, cards), ...environment, ...member },
      cards,
      confinement,
      limits,
      workingFolder: spec.workingFolder,
      writableFolders,
      runFolder: this.#runFolder(order, rank),
      survivesUs: spec.survivesExecutor === true,
    };
  }

  #hear({ spec, runIds }: LaunchOrder, rank: number, ranks: RankRuns, listener: LaunchListener): RunListener {
    const prefix = runIds.length > 1 ? `${rank}: ` : '';
    const write = (line: string) => {
      ranks.remember(line);
      listener.line(`${prefix}${line}`);
    };
    const output = (line: string) => {
      const message = spec.kind === 'replica' && rank === 0 ? parseWorkloadMessage(line) : undefined;
      if (message?.event === 'ready') listener.ready(message.announced);
      else if (message?.event === 'failed') listener.failed(message.fault);
      else if (message === undefined) write(line);
    };
    return {
      output,
      error: write,
      skipped: (lineCount) => listener.skipped(lineCount),
      isBehind: () => listener.isBehind(),
    };
  }

  #noticeOf(order: LaunchOrder): NoticeGiver {
    const board = this.#options.noticeDoor?.board;
    const [secret = ''] = order.runIds;
    board?.add(secret);
    return {
      give: async (endsAtMs) => {
        const notice = { reason: 'preempted', endsAtMs } as const;
        board?.tell(secret, notice);
        // Where it can't be written, the signal and the address still tell it.
        const written = writeNotice(this.#noticeFolder(order), notice).catch(() => undefined);
        await Promise.race([written, wait(NOTICE_MS_MAX, undefined, { ref: false })]);
      },
      end: () => board?.remove(secret),
    };
  }

  #runFolder({ spec, restartCount }: LaunchOrder, rank: number): string {
    return join(this.#options.folder, spec.workloadId, `run-${restartCount}-${rank}`);
  }

  #noticeFolder({ spec, restartCount }: LaunchOrder): string {
    return join(this.#options.folder, spec.workloadId, `notice-${restartCount}`);
  }
}

interface Prepared {
  readonly environment: Readonly<Record<string, string>>;
  readonly writableFolders: readonly string[];
}

/** Of a tier that this start of the executor does not have, though an earlier one may have had it. */
const missingRunner: Runner = {
  start: async (order) => missingTier(order),
  attach: async (order) => missingTier(order),
  forget: async () => undefined,
};

function missingTier({ workloadId, confinement: { tier } }: RunOrder): ExecutorFault {
  return executorFault('tier-missing', {
    what: `Nothing can be said of the workload ${workloadId} here.`,
    why: `It runs at the tier "${tier}", which this machine does not have.`,
    mend: 'Install Podman or Docker for containers: "apt-get install podman runc".',
  });
}

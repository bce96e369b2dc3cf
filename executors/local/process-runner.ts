import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { type ExecutorFault, executorFault } from '../faults.ts';
import type { WorkloadLimits } from '../port.ts';
import { cardFiles } from './card-files.ts';
import { attachKept, spawnKept } from './kept-run.ts';
import { LeftRun } from './left-run.ts';
import { brokenLimit, makeLimitGroup, removeLimitGroup } from './limit-group.ts';
import { namedBelowTmp } from './named-paths.ts';
import { type SpawnOrder, spawnPiped } from './piped-run.ts';
import { processesOfRun, RUN_VARIABLE } from './process-identity.ts';
import type { Run, RunEnd, RunListener, Runner, RunOrder } from './runner.ts';
import { sandboxArguments } from './sandbox.ts';

/** What the process tier is made of. */
export interface ProcessRunnerOptions {
  /** bubblewrap; null: workloads run without a sandbox. */
  readonly sandboxPath: string | null;
  /** What no workload sees of our own: records, keys. */
  readonly hiddenFolders: readonly string[];
}

/** Writes its pid into each of the files named first, then becomes the command. */
const JOIN = 'for f in $1; do echo $$ >"$f" || exit 126; done; shift; exec "$@"';

/** Runs workloads as processes of this machine, in a sandbox where it has one. */
export class ProcessRunner implements Runner {
  readonly #options: ProcessRunnerOptions;

  constructor(options: ProcessRunnerOptions) {
    this.#options = options;
  }

  async start(order: RunOrder, listener: RunListener): Promise<Run | ExecutorFault> {
    const problem = programProblem(order);
    if (problem !== null) return startFault(order.workloadId, problem);
    const isSandboxed = this.#isSandboxed(order);
    const group = makeLimitGroup(order.runId, order.limits);
    for (const limit of this.#missingLimits(group.missing, order, isSandboxed)) {
      listener.error(`rerig: nothing holds this workload to its limit ${limit} on this machine`);
    }
    const inside = isSandboxed ? [...this.#sandbox(order), ...order.command] : order.command;
    const joined = group.joinPaths.length === 0 ? [] : ['/bin/sh', '-c', JOIN, 'sh', group.joinPaths.join(' ')];
    const spawned: SpawnOrder = {
      runId: order.runId,
      command: [...joined, ...inside],
      environment: { ...order.environment, [RUN_VARIABLE]: order.runId },
      workingFolder: order.workingFolder,
      isWrapped: isSandboxed,
    };
    const run = order.survivesUs
      ? await spawnKept(spawned, order.runFolder, listener)
      : await spawnPiped(spawned, listener);
    if (run instanceof Error) {
      removeLimitGroup(order.runId);
      return startFault(order.workloadId, `The system says of ${order.command[0]}: ${run.message}.`);
    }
    return limited(run);
  }

  async attach(order: RunOrder, listener: RunListener): Promise<Run | RunEnd> {
    if (order.survivesUs) {
      const run = await attachKept(order.runId, order.runFolder, listener);
      return 'runId' in run ? limited(run) : withLimit(order.runId, run);
    }
    // Nobody hears what goes on without us and was not to: it is there to be ended.
    return processesOfRun(order.runId).length === 0 ? { kind: 'unknown' } : limited(new LeftRun(order.runId));
  }

  async forget({ runId }: RunOrder): Promise<void> {
    removeLimitGroup(runId);
  }

  #isSandboxed({ confinement }: RunOrder): boolean {
    return this.#options.sandboxPath !== null && confinement.tier === 'process' && confinement.sandbox !== 'none';
  }

  #sandbox(order: RunOrder): readonly string[] {
    const { command, workingFolder, writableFolders, limits, cards, confinement, environment } = order;
    const asked = confinement.tier === 'process' ? (confinement.readablePaths ?? []) : [];
    const earlier = (environment.RERIG_EARLIER_OUTPUT_FOLDERS ?? '').split(':').filter((folder) => folder !== '');
    const view = {
      writableFolders,
      readablePaths: asked,
      shownPaths: namedBelowTmp(command, environment, workingFolder),
      frozenFolders: earlier,
      hiddenFolders: this.#options.hiddenFolders,
      cardFiles: cardFiles(cards),
      workingFolder,
      ...(limits.diskBytes === undefined ? {} : { diskBytes: limits.diskBytes }),
    };
    return [this.#options.sandboxPath ?? '', ...sandboxArguments(view)];
  }

  /** Only the sandbox bounds what is written beside its folders: nothing else is there to write to. */
  #missingLimits(
    missing: readonly (keyof WorkloadLimits)[],
    { limits }: RunOrder,
    isSandboxed: boolean,
  ): readonly (keyof WorkloadLimits)[] {
    return limits.diskBytes === undefined || isSandboxed ? missing : [...missing, 'diskBytes'];
  }
}

/** A run whose end tells of the limit that it broke, and which leaves no group behind. */
function limited(run: Run): Run {
  return {
    runId: run.runId,
    askToEnd: () => run.askToEnd(),
    kill: () => run.kill(),
    letGo: () => run.letGo(),
    ended: run.ended.then((end) => withLimit(run.runId, end)),
  };
}

function withLimit(runId: string, end: RunEnd): RunEnd {
  const limit = brokenLimit(runId);
  removeLimitGroup(runId);
  // The kernel may have ended one process of many, which the rest got over.
  const isEnded = end.kind === 'signalled' || (end.kind === 'exited' && end.exitCode !== 0);
  return limit !== null && isEnded ? { kind: 'limit', limit } : end;
}

/** Why a program can't be run, as a sentence; null where it can. Asked before a sandbox or a shell stands between. */
function programProblem({ command, environment, workingFolder }: RunOrder): string | null {
  const [program = ''] = command;
  const folders = (environment.PATH ?? '').split(delimiter);
  const candidates = program.includes('/')
    ? [isAbsolute(program) ? program : resolve(workingFolder, program)]
    : folders.map((folder) => join(folder, program));
  if (candidates.some(isProgram)) return null;
  return `There is no program ${program}, or it may not be run.`;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or not ours to run.
    return false;
  }
}

function startFault(workloadId: string, why: string): ExecutorFault {
  return executorFault('start-failed', {
    what: `The workload ${workloadId} can't be started.`,
    why,
    mend: 'See that this program is there and may be run.',
  });
}

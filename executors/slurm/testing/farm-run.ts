import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvariantError, isFault } from '@rerig/domain/fault';
import type { Executor, Workload, WorkloadChange, WorkloadSpec } from '../../port.ts';
import { openSlurmExecutor } from '../open-slurm-executor.ts';
import type { SlurmExecutorOptions } from '../options.ts';
import { farmExecutorOptions } from './farm-executor.ts';
import { type SlurmFarm, type SlurmFarmOptions, startSlurmFarm } from './slurm-farm.ts';

/** A farm and an executor over it, and all that it told. */
export class FarmRun {
  readonly farm: SlurmFarm;
  readonly options: SlurmExecutorOptions;
  readonly changes: WorkloadChange[] = [];
  #executor: Executor | undefined;

  private constructor(farm: SlurmFarm, options: SlurmExecutorOptions) {
    this.farm = farm;
    this.options = options;
  }

  /** A farm whose executor is not open yet. */
  static async begin(options: SlurmFarmOptions, rest: Partial<SlurmExecutorOptions> = {}): Promise<FarmRun> {
    const farm = await startSlurmFarm(options);
    const dataFolder = await mkdtemp(join(tmpdir(), 'rerig-slurm-data-'));
    return new FarmRun(farm, { ...farmExecutorOptions(farm, dataFolder), ...rest });
  }

  get executor(): Executor {
    if (this.#executor === undefined) throw new InvariantError('the executor is not open');
    return this.#executor;
  }

  async open(): Promise<Executor> {
    const opened = await openSlurmExecutor(this.options);
    if (isFault(opened)) throw new InvariantError(`${opened.what} ${opened.why}`);
    opened.watch((change) => this.changes.push(change));
    this.#executor = opened;
    return opened;
  }

  /** A job of one card that runs until it is stopped, unless said otherwise. */
  job(workloadId: string, rest: Partial<WorkloadSpec> = {}): WorkloadSpec {
    return {
      ...{ workloadId, kind: 'job', command: ['/bin/sh', '-c', 'exec sleep 1000'], environment: {} },
      ...{ cards: { kind: 'any', count: 1, needs: {} }, readyWithinMs: 20_000, stopWithinMs: 2000 },
      ...{ workingFolder: '/tmp', survivesExecutor: true },
      ...rest,
    };
  }

  async start(spec: WorkloadSpec): Promise<Workload> {
    const started = await this.executor.start(spec);
    if (isFault(started)) throw new InvariantError(`${started.what} ${started.why}`);
    return started;
  }

  async workload(workloadId: string): Promise<Workload | undefined> {
    return (await this.executor.list()).find((workload) => workload.workloadId === workloadId);
  }

  statesOf(workloadId: string): readonly string[] {
    return this.changes.flatMap(({ workload }) => (workload.workloadId === workloadId ? [workload.state] : []));
  }

  async dispose(): Promise<void> {
    await this.#executor?.close();
    await this.farm.dispose();
    await rm(this.options.dataFolder, { recursive: true, force: true });
  }
}

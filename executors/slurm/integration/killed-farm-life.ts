import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FaultError, isFault } from '@rerig/domain/fault';
import type { Executor, WorkloadSpec } from '../../port.ts';
import type { KilledLife, LivingRun } from '../../testing/life-check.ts';
import type { TracedProgram } from '../../testing/step-killer.ts';
import { type Fact, parseFacts, type WholeLife } from '../../testing/whole-life.ts';
import { openSlurmExecutor } from '../open-slurm-executor.ts';
import type { SlurmExecutorOptions } from '../options.ts';
import { farmExecutorOptions } from '../testing/farm-executor.ts';
import type { SlurmFarm } from '../testing/slurm-farm.ts';

/** Holds a lock named by its card as long as it runs, and tells where somebody else holds it. */
const LOCKING = `
card=$(echo "$CUDA_VISIBLE_DEVICES" | cut -d, -f$((\${LOCAL_RANK:-0} + 1)))
exec 9>"$LOCKS/$card"
flock -n 9 || echo "$RERIG_WORKLOAD_ID: $card has another owner" >>"$LOCKS/violations"
echo '{"event":"ready"}'
exec sleep 1000`;

/** Lives of executors that are lived over a folder and a farm of one rig with four cards, until one is killed. */
export class KilledFarmLife implements KilledLife {
  readonly folder: string;
  readonly life: WholeLife;
  readonly #farm: SlurmFarm;
  readonly #options: SlurmExecutorOptions;
  readonly #locks: string;
  readonly #stdoutPath: string;

  constructor(farm: SlurmFarm) {
    this.#farm = farm;
    this.folder = mkdtempSync(join(farm.folder, 'life-'));
    this.#locks = join(this.folder, 'locks');
    this.#stdoutPath = join(this.folder, 'facts');
    mkdirSync(this.#locks);
    writeFileSync(this.#stdoutPath, '');
    this.#options = farmExecutorOptions(farm, this.folder);
    const job = (workloadId: string, rest: Partial<WorkloadSpec> = {}) => ({ ...this.#jobOf(workloadId), ...rest });
    const command = ['/bin/sh', '-c', 'exit 3'];
    this.life = {
      specs: {
        keeps: job('keeps', { priority: 'interruptible' }),
        serves: job('serves', { kind: 'replica', survivesExecutor: false }),
        gang: job('gang', { rankCount: 2 }),
        above: job('above'),
        later: job('later'),
        short: job('short', { command, cards: { kind: 'any', count: 0, needs: {} }, restartCountMax: 1 }),
      },
      drained: { kind: 'rig', rigId: farm.rigs[0]?.rigId ?? '' },
    };
  }

  program(): TracedProgram {
    return {
      path: fileURLToPath(new URL('life-program.ts', import.meta.url)),
      argument: JSON.stringify({ options: this.#options, life: this.life }),
      stdoutPath: this.#stdoutPath,
    };
  }

  facts(): readonly Fact[] {
    return parseFacts(readFileSync(this.#stdoutPath, 'utf8'));
  }

  async open(): Promise<Executor> {
    const executor = await openSlurmExecutor(this.#options);
    if (isFault(executor)) throw new FaultError(executor);
    return executor;
  }

  jobOn(workloadId: string): WorkloadSpec {
    return this.#jobOf(workloadId);
  }

  violations(): readonly string[] {
    const path = join(this.#locks, 'violations');
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  }

  /** By the variables of the workload itself: what stands beside it on its rig has others. */
  runs(): readonly LivingRun[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        const environment = environmentOf(name);
        if (environment.get('LOCKS') !== this.#locks) return [];
        const of = (variable: string) => environment.get(variable) ?? '';
        const runId = ['SLURM_JOB_ID', 'RERIG_RESTART_COUNT', 'RANK'].map(of).join('-');
        return [{ workloadId: of('RERIG_WORKLOAD_ID'), runId }];
      });
  }

  async left(): Promise<readonly string[]> {
    const jobs = await this.#farm.command('squeue', '-h', '-o', '%i %j %T');
    const runs = this.runs().map(({ workloadId, runId }) => `${workloadId} in run ${runId}`);
    return [...jobs.split('\n').filter((line) => line !== ''), ...runs];
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #jobOf(workloadId: string): WorkloadSpec {
    return {
      ...{ workloadId, kind: 'job', command: ['/bin/sh', '-c', LOCKING], environment: { LOCKS: this.#locks } },
      ...{ cards: { kind: 'any', count: 1, needs: {} }, whenBusy: 'queue', survivesExecutor: true },
      ...{ readyWithinMs: 20_000, stopWithinMs: 3000, workingFolder: this.#locks },
    };
  }
}

function environmentOf(pid: string): ReadonlyMap<string, string> {
  try {
    const lines = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  } catch {
    // It has ended.
    return new Map();
  }
}

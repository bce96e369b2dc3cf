import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FaultError, isFault } from '@rerig/domain/fault';
import type { ObservedCard } from '@rerig/domain/inventory';
import type { Executor, WorkloadSpec } from '../../port.ts';
import type { KilledLife, LivingRun } from '../../testing/life-check.ts';
import type { TracedProgram } from '../../testing/step-killer.ts';
import { type Fact, parseFacts, type WholeLife } from '../../testing/whole-life.ts';
import { type LocalExecutorOptions, openLocalExecutor } from '../open-local-executor.ts';

/** Cards that a process knows by a variable, so that it can tell which one it has. */
const CARDS: readonly ObservedCard[] = [1, 2, 3, 4].map((number) => ({
  cardId: `rig/0${number}:00.0`,
  kind: 'gpu',
  vendor: 'nvidia',
  uuid: `GPU-${number}`,
  busId: `0${number}:00.0`,
}));

/** Holds a lock named by its card as long as it runs, and tells where somebody else holds it. */
const LOCKING = `
card=$(echo "$CUDA_VISIBLE_DEVICES" | cut -d, -f$((\${LOCAL_RANK:-0} + 1)))
exec 9>"$LOCKS/$card"
flock -n 9 || echo "$RERIG_WORKLOAD_ID: $card has another owner" >>"$LOCKS/violations"
echo '{"event":"ready"}'
exec sleep 1000`;

interface MarkedProcess extends LivingRun {
  readonly pid: number;
  /** Of the shell beside it, not of the run itself. */
  readonly isKeeper: boolean;
}

/** A folder, and the lives of executors that are lived over it until one is killed. */
export class KilledLocalLife implements KilledLife {
  readonly folder = mkdtempSync(join(tmpdir(), 'rerig-step-'));
  readonly options: LocalExecutorOptions;
  readonly life: WholeLife;
  readonly #locks = join(this.folder, 'locks');
  readonly #stdoutPath = join(this.folder, 'facts');

  constructor(sandbox: 'none' | 'where-present') {
    mkdirSync(this.#locks);
    writeFileSync(this.#stdoutPath, '');
    this.options = { rigId: 'rig', cards: CARDS, dataFolder: join(this.folder, 'data'), sandbox, containerTier: null };
    this.life = { specs: this.#specs(), drained: { kind: 'card', cardId: cardAt(3) } };
  }

  /** A life with every sort of step; `last`: one that ends what is left. */
  program(kind: 'whole' | 'last'): TracedProgram {
    return {
      path: fileURLToPath(new URL('life-program.ts', import.meta.url)),
      argument: JSON.stringify({ options: this.options, life: kind === 'whole' ? this.life : null }),
      stdoutPath: this.#stdoutPath,
    };
  }

  facts(): readonly Fact[] {
    return parseFacts(readFileSync(this.#stdoutPath, 'utf8'));
  }

  async open(): Promise<Executor> {
    const executor = await openLocalExecutor(this.options);
    if (isFault(executor)) throw new FaultError(executor);
    return executor;
  }

  jobOn(workloadId: string, cardId: string): WorkloadSpec {
    return {
      ...{ workloadId, kind: 'job', command: ['/bin/sh', '-c', LOCKING], environment: { LOCKS: this.#locks } },
      ...{ cards: { kind: 'these', cardIds: [cardId] }, whenBusy: 'queue', survivesExecutor: true },
      ...{ readyWithinMs: 20_000, stopWithinMs: 3000, workingFolder: this.#locks },
    };
  }

  violations(): readonly string[] {
    const path = join(this.#locks, 'violations');
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  }

  #processes(): readonly MarkedProcess[] {
    const before = `RERIG_NOTICE_FOLDER=${join(this.options.dataFolder, 'workloads')}/`;
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        const environment = environmentOf(name);
        const [workloadId] =
          environment
            .find((each) => each.startsWith(before))
            ?.slice(before.length)
            .split('/') ?? [];
        const run = environment.find((each) => /^RERIG_(WORKLOAD|KEEPER)_RUN=/.test(each));
        if (workloadId === undefined || run === undefined) return [];
        const [variable = '', runId = ''] = run.split('=');
        return [{ pid: Number(name), runId, workloadId, isKeeper: variable === 'RERIG_KEEPER_RUN' }];
      });
  }

  runs(): readonly LivingRun[] {
    return this.#processes().filter(({ isKeeper }) => !isKeeper);
  }

  async left(): Promise<readonly string[]> {
    return this.#processes().map((each) => JSON.stringify(each));
  }

  dispose(): void {
    for (const { pid } of this.#processes()) killIfThere(pid);
    rmSync(this.folder, { recursive: true, force: true });
  }

  #specs(): WholeLife['specs'] {
    const job = (workloadId: string, index: number, rest: Partial<WorkloadSpec> = {}): WorkloadSpec => ({
      ...this.jobOn(workloadId, cardAt(index)),
      ...rest,
    });
    return {
      keeps: job('keeps', 0, { priority: 'interruptible', outputFolder: join(this.#locks, 'output') }),
      serves: job('serves', 1, { kind: 'replica', survivesExecutor: false }),
      gang: job('gang', 2, { rankCount: 2, cards: { kind: 'any', count: 1, needs: {} } }),
      above: job('above', 0),
      later: job('later', 1),
      short: job('short', 0, {
        command: ['/bin/sh', '-c', 'exit 3'],
        cards: { kind: 'any', count: 0, needs: {} },
        restartCountMax: 1,
      }),
    };
  }
}

function cardAt(index: number): string {
  return CARDS[index]?.cardId ?? '';
}

function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // It has ended.
    return [];
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended since it was looked for.
  }
}

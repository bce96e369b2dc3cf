import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isFault } from '@rerig/domain/fault';
import type { ObservedCard } from '@rerig/domain/inventory';
import { holdsCards } from '@rerig/domain/workloads';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Workload, WorkloadSpec } from '../port.ts';
import { type LocalExecutor, openLocalExecutor } from './open-local-executor.ts';

/** Cards that a process knows by a variable, so that it can tell which one it has. */
const CARDS: readonly ObservedCard[] = [1, 2, 3].map((number) => ({
  cardId: `rig/0${number}:00.0`,
  kind: 'gpu',
  vendor: 'nvidia',
  uuid: `GPU-${number}`,
  busId: `0${number}:00.0`,
}));

/** Holds a lock named by its card as long as anything of it runs, and tells where somebody else holds it already. */
const LOCKING = `
  exec 9>"$LOCKS/$CUDA_VISIBLE_DEVICES"
  flock -n 9 || echo "$RERIG_WORKLOAD_ID $CUDA_VISIBLE_DEVICES" >>"$LOCKS/violations"
  echo "run $RERIG_RESTART_COUNT"
  sleep "$SECONDS_LONG" & sleep "$SECONDS_LONG"
`;

const executorPath = fileURLToPath(new URL('./open-local-executor.ts', import.meta.url));

/** Starts and stops workloads of every sort, without an end, and says so on stdout. */
const DRIVER = `
import { openLocalExecutor } from ${JSON.stringify(executorPath)};
const { options, seed, locks, round } = JSON.parse(process.argv[1]);
let state = seed;
const below = (count) => { state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff; return (state >> 8) % count; };
const executor = await openLocalExecutor(options);
if (executor.kind === 'fault') { console.error(executor.why); process.exit(1); }
console.log('open');
for (let count = 0; ; count += 1) {
  const workloadId = 'w' + round + '-' + count;
  const spec = {
    workloadId, kind: 'job', command: ['/bin/sh', '-c', ${JSON.stringify(LOCKING)}],
    environment: { LOCKS: locks, SECONDS_LONG: ['0.05', '0.3', '60'][below(3)] },
    cards: { kind: 'any', count: 1, needs: {} }, priority: ['fallback', 'interruptible', 'guaranteed'][below(3)],
    whenBusy: below(3) === 0 ? 'refuse' : 'queue', survivesExecutor: below(4) !== 0,
    readyWithinMs: 60000, stopWithinMs: 200, workingFolder: locks,
  };
  const started = await executor.start(spec);
  if (started.kind !== 'fault') console.log('started ' + workloadId);
  if (below(2) === 0) {
    const all = await executor.list();
    void executor.stop(all[below(all.length)]?.workloadId ?? '');
  }
  await new Promise((resolve) => setTimeout(resolve, below(40)));
}
`;

describe('an executor that is killed', () => {
  let folder: string;
  let locks: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rerig-crash-'));
    locks = join(folder, 'locks');
    mkdirSync(locks);
  });
  afterEach(() => {
    for (const pid of processesBelow(folder)) killIfThere(pid);
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(sandbox: 'none' | 'where-present'): Promise<LocalExecutor> {
    const executor = await openLocalExecutor({ rigId: 'rig', cards: CARDS, dataFolder: join(folder, 'data'), sandbox });
    if (isFault(executor)) throw new Error(executor.why);
    return executor;
  }

  /** Runs the driver, and kills it so many ms after it has opened its executor. Gives the ids that it had started. */
  async function driveAndKill(
    seed: number,
    round: number,
    sandbox: 'none' | 'where-present',
    killAfterMs: number,
  ): Promise<readonly string[]> {
    const options = { rigId: 'rig', cards: CARDS, dataFolder: join(folder, 'data'), sandbox };
    const driver = spawn(
      process.execPath,
      ['--input-type=module', '-e', DRIVER, JSON.stringify({ options, seed, locks, round })],
      { stdio: ['ignore', 'pipe', 'inherit'], cwd: fileURLToPath(new URL('.', import.meta.url)) },
    );
    const started: string[] = [];
    const lines = createInterface({ input: driver.stdout });
    const isOpen = once(lines, 'line');
    lines.on('line', (line) => line.startsWith('started ') && started.push(line.slice('started '.length)));
    const gone = once(driver, 'exit');
    await isOpen;
    // From outside, so that it comes in the middle of anything.
    spawn('/bin/sh', ['-c', 'sleep "$0"; kill -9 "$1"', String(killAfterMs / 1000), String(driver.pid)]);
    await gone;
    return started;
  }

  /** Whether what is said of a workload is what runs. */
  function checkTruth(workloads: readonly Workload[]): void {
    for (const { workloadId, state } of workloads) {
      const isAlive = runsOf(join(folder, 'data'), workloadId).length > 0;
      expect([workloadId, state, isAlive]).toEqual([workloadId, state, holdsCards(state)]);
    }
  }

  test.each(['none', 'where-present'] as const)(
    'at any moment leaves no card with two owners, and no workload without a true state; sandbox: %s',
    async (sandbox) => {
      const seed = Number(process.env.RERIG_CHAOS_SEED ?? Date.now() % 1_000_000);
      const roundCount = Number(process.env.RERIG_CHAOS_STEPS ?? 6);
      process.stderr.write(`RERIG_CHAOS_SEED=${seed}\n`);
      const known = new Set<string>();
      for (let round = 0; round < roundCount; round += 1) {
        const started = await driveAndKill(seed + round, round, sandbox, (seed * (round + 7)) % 400);
        for (const workloadId of started) known.add(workloadId);
      }
      const executor = await open(sandbox);
      const workloads = await executor.list();
      const ids = new Set(workloads.map(({ workloadId }) => workloadId));
      // Of those that have ended, the last 200 are listed.
      const missing = [...known].filter((workloadId) => !ids.has(workloadId));
      expect(missing.length).toBeLessThanOrEqual(Math.max(0, known.size - 200));
      expect(known.size).toBeGreaterThan(0);
      expect(workloads.filter(({ state }) => state === 'lost')).toEqual([]);
      await vi.waitFor(async () => checkTruth(await executor.list()), { timeout: 10_000 });
      expect(existsSync(join(locks, 'violations')) ? readFileSync(join(locks, 'violations'), 'utf8') : '').toBe('');
      await Promise.all(workloads.map(({ workloadId }) => executor.stop(workloadId)));
      expect((await executor.list()).some(({ state }) => holdsCards(state))).toBe(false);
      expect(processesBelow(folder)).toEqual([]);
      await executor.close();
    },
    120_000,
  );

  test('a job that ended while nobody watched is told with its exit code and all of its log', async () => {
    const first = await open('where-present');
    const spec: WorkloadSpec = {
      workloadId: 'w',
      kind: 'job',
      command: ['/bin/sh', '-c', 'echo one; sleep 0.3; echo two; sleep 0.2; exit 7'],
      environment: {},
      cards: { kind: 'any', count: 1, needs: {} },
      survivesExecutor: true,
      readyWithinMs: 1000,
      stopWithinMs: 1000,
      workingFolder: locks,
    };
    await first.start(spec);
    await first.close();
    const record = () => runsOf(join(folder, 'data'), 'w');
    await vi.waitFor(() => expect(record()).toEqual([]), { timeout: 20_000 });
    const second = await open('where-present');
    const told: Workload[] = [];
    second.watch(({ workload }) => told.push(workload));
    await vi.waitFor(() => expect(told).toMatchObject([{ state: 'failed', exitCode: 7 }]), { timeout: 10_000 });
    expect(await second.logs('w')).toEqual({ lines: ['one', 'two'], nextLine: 2, missedCount: 0 });
    await second.close();
  });

  test('a job that writes without end while nobody watches fills no disk, and its lines are counted on', async () => {
    const first = await open('where-present');
    await first.start({
      workloadId: 'w',
      kind: 'job',
      command: ['/bin/sh', '-c', 'yes "a line of some length, as programs write them"'],
      environment: {},
      cards: { kind: 'any', count: 0, needs: {} },
      survivesExecutor: true,
      readyWithinMs: 1000,
      stopWithinMs: 1000,
      workingFolder: locks,
    });
    await first.close();
    const runFolder = join(folder, 'data', 'workloads', 'w', 'run-0-0');
    const parts = () => readdirSync(runFolder).filter((name) => name.startsWith('out.'));
    const lastPart = () => Math.max(...parts().map((name) => Number(name.split('.')[1])));
    await vi.waitFor(() => expect(lastPart()).toBeGreaterThan(4), { timeout: 20_000 });
    expect(parts().length).toBeLessThanOrEqual(3);
    const second = await open('where-present');
    await vi.waitFor(async () =>
      expect(await second.logs('w', 0)).toMatchObject({ missedCount: expect.toSatisfy((count) => count > 100_000) }),
    );
    await second.stop('w');
    await second.close();
  });
});

const canMount = process.getuid?.() === 0 || process.env.RERIG_REQUIRE_INTEGRATION === '1';

describe.skipIf(!canMount)('a full disk (root, to mount a small one)', () => {
  let folder: string;
  let dataFolder: string;
  let executor: LocalExecutor;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rerig-disk-'));
    dataFolder = join(folder, 'data');
    mkdirSync(dataFolder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dataFolder]);
    const opened = await openLocalExecutor({ rigId: 'rig', cards: CARDS, dataFolder });
    if (isFault(opened)) throw new Error(opened.why);
    executor = opened;
  });
  afterEach(async () => {
    await Promise.all((await executor.list()).map(({ workloadId }) => executor.stop(workloadId)));
    await executor.close();
    execFileSync('umount', ['-l', dataFolder]);
    rmSync(folder, { recursive: true, force: true });
  });

  function jobOf(workloadId: string, script: string): WorkloadSpec {
    return {
      workloadId,
      kind: 'job',
      command: ['/bin/sh', '-c', script],
      environment: {},
      cards: { kind: 'any', count: 1, needs: {} },
      survivesExecutor: true,
      readyWithinMs: 1000,
      stopWithinMs: 1000,
      workingFolder: folder,
    };
  }

  test('of records refuses what starts, without a trace, until there is room', async () => {
    const fill = () => {
      for (let count = 0; ; count += 1) writeFileSync(join(dataFolder, `full-${count}`), Buffer.alloc(4096));
    };
    expect(fill).toThrow('ENOSPC');
    expect(await executor.start(jobOf('w', 'true'))).toMatchObject({ code: 'executor-folder-unusable' });
    expect(await executor.list()).toEqual([]);
    expect((await executor.cards()).every(({ workloadId }) => workloadId === null)).toBe(true);
    for (const name of readdirSync(dataFolder)) if (name.startsWith('full-')) rmSync(join(dataFolder, name));
    expect(await executor.start(jobOf('w', 'true'))).toMatchObject({ workloadId: 'w' });
  });

  test('that a log fills does not stop the workload, whose end is told with its exit code', async () => {
    const told: Workload[] = [];
    executor.watch(({ workload }) => told.push(workload));
    await executor.start(jobOf('w', 'yes "a line of some length" | head -c 3000000; exit 5'));
    await vi.waitFor(() => expect(told.at(-1)).toMatchObject({ state: 'failed', exitCode: 5 }), { timeout: 10_000 });
    expect((await executor.cards()).every(({ workloadId }) => workloadId === null)).toBe(true);
  });
});

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended since it was looked for.
  }
}

/** Processes of any run whose records lie below a folder. */
function processesBelow(folder: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const environment = environmentOf(pid);
      return (
        environment.some((each) => each.startsWith('RERIG_WORKLOAD_RUN=')) &&
        environment.some((each) => each.startsWith(`RERIG_NOTICE_FOLDER=${folder}`))
      );
    })
    .map(Number);
}

function runsOf(dataFolder: string, workloadId: string): readonly number[] {
  return processesBelow(join(dataFolder, 'workloads', workloadId, '/'));
}

function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // It has ended.
    return [];
  }
}

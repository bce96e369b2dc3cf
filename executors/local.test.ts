import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isFault } from '@rerig/domain/fault';
import type { ObservedCard } from '@rerig/domain/inventory';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { describeExecutorContract } from './contract.ts';
import { processesOfRun } from './local/process-identity.ts';
import { type LocalExecutor, type LocalExecutorOptions, openLocalExecutor } from './local.ts';
import type { WorkloadSpec } from './port.ts';

const cards: readonly ObservedCard[] = [
  { cardId: 'rig/cpu-0', kind: 'cpu' },
  { cardId: 'rig/01:00.0', kind: 'gpu', vendor: 'nvidia', uuid: 'GPU-1', busId: '01:00.0' },
];

/** Speaks as the model server does, by the conduct that it is given. */
const SPEAKER = `
const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n');
const serve = () => { console.error('hello'); say({ event: 'loading' }); say({ event: 'ready', model: 'm' }); };
const fault = { kind: 'fault', code: 'no-such-model', what: 'A.', why: 'B.', mend: 'C.', retry: 'after-mend' };
const stay = () => setInterval(() => {}, 1000);
const acts = {
  serve() { stay(); serve(); },
  wait() { stay(); },
  stubborn() { process.on('SIGTERM', () => {}); stay(); serve(); },
  leave() { serve(); },
  crash() { console.error('out of luck'); process.exitCode = 3; },
  refuse() { say({ event: 'failed', fault }); process.exitCode = 1; },
  chatter() { for (let i = 0; i < 1e5; i += 1) console.error('line ' + i); process.stderr.write('', () => { stay(); serve(); }); },
  orphan() { setInterval(() => {}, 1000); process.on('SIGTERM', () => {}); serve(); },
  family() {
    const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', detached: true });
    stay(); child.on('spawn', () => say({ event: 'ready' }));
  },
  shout() { stay(); process.stdout.write('x'.repeat(3e6) + '\\n', serve); },
  finish() { console.error('hello'); },
  heed() {
    stay();
    process.on('SIGTERM', () => {
      const { readFileSync, existsSync } = require('node:fs');
      const path = process.env.RERIG_NOTICE_FOLDER + '/notice.json';
      if (existsSync(path)) console.error('notice ' + JSON.parse(readFileSync(path, 'utf8')).reason);
      process.exitCode = 0;
      setImmediate(() => process.exit());
    });
    console.error('hello');
  },
  rank() {
    const { RANK, WORLD_SIZE, RERIG_RESTART_COUNT } = process.env;
    console.error('rank ' + RANK + ' of ' + WORLD_SIZE + ', run ' + RERIG_RESTART_COUNT); setInterval(() => {}, 1000);
  },
  desert() { if (process.env.RANK === '1') process.exit(5); setInterval(() => {}, 1000); },
  environment() { stay(); say({ event: 'ready', environment: process.env }); },
};
acts[process.argv[1]]();
`;

function commandFor(conduct: string): readonly string[] {
  return [process.execPath, '-e', SPEAKER, conduct];
}

async function openOrThrow(dataFolder: string, rest: Partial<LocalExecutorOptions> = {}): Promise<LocalExecutor> {
  const executor = await openLocalExecutor({ rigId: 'rig', cards, dataFolder, ...rest });
  if (isFault(executor)) throw new Error(executor.why);
  return executor;
}

/** Two processors, alike, so that nothing depends on which is taken. */
const TWINS: readonly ObservedCard[] = [
  { cardId: 'rig/cpu-0', kind: 'cpu' },
  { cardId: 'rig/cpu-1', kind: 'cpu' },
];

describe.each(['where-present', 'none'] as const)('sandbox: %s', (sandbox) => {
  describeExecutorContract('local', async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'rerig-local-'));
    const open = () => openOrThrow(dataFolder, { cards: TWINS, sandbox });
    let executor = await open();
    return {
      executor,
      cardIds: ['rig/cpu-0', 'rig/cpu-1'],
      commandFor,
      reopen: async () => {
        await executor.close();
        executor = await open();
        return executor;
      },
      dispose: async () => {
        await Promise.all((await executor.list()).map(({ workloadId }) => executor.stop(workloadId)));
        await executor.close();
        rmSync(dataFolder, { recursive: true });
      },
    };
  });
});

describe('local processes', () => {
  let dataFolder: string;
  let executor: LocalExecutor;

  beforeEach(async () => {
    dataFolder = mkdtempSync(join(tmpdir(), 'rerig-local-'));
    executor = await openOrThrow(dataFolder);
  });
  afterEach(async () => {
    await executor.close();
    rmSync(dataFolder, { recursive: true });
  });

  function specOf(conduct: string, rest: Partial<WorkloadSpec> = {}): WorkloadSpec {
    return {
      workloadId: 'w',
      kind: 'replica',
      command: commandFor(conduct),
      environment: {},
      cards: { kind: 'these', cardIds: ['rig/cpu-0'] },
      readyWithinMs: 20_000,
      stopWithinMs: 5000,
      workingFolder: dataFolder,
      ...rest,
    };
  }

  async function readyWorkload(spec: WorkloadSpec) {
    const started = await executor.start(spec);
    if (isFault(started)) throw new Error(started.why);
    return vi.waitFor(
      async () => {
        const workload = (await executor.list()).find(({ workloadId }) => workloadId === spec.workloadId);
        if (workload?.state !== 'ready') throw new Error(`it is ${workload?.state}: ${workload?.fault?.why}`);
        return workload;
      },
      { timeout: 20_000, interval: 10 },
    );
  }

  test('a program that is not there is refused, and its card is free', async () => {
    const refusal = await executor.start(specOf('serve', { command: ['/nowhere/program'] }));
    expect(refusal).toMatchObject({ code: 'start-failed', why: expect.stringContaining('/nowhere/program') });
    expect((await executor.cards()).every(({ workloadId }) => workloadId === null)).toBe(true);
  });

  test('the exit code and the last words are in the fault', async () => {
    await executor.start(specOf('crash'));
    await vi.waitFor(async () => expect((await executor.list())[0]?.state).toBe('failed'), { timeout: 20_000 });
    const why = (await executor.list())[0]?.fault?.why;
    expect(why).toContain('exit code 3');
    expect(why).toContain('out of luck');
  });

  test('a child in a group of its own is ended with its parent', async () => {
    await readyWorkload(specOf('family'));
    const runId = runIdOf(dataFolder, 'w');
    const programs = () => processesOfRun(runId).map(({ pid }) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    expect(programs().filter((words) => words.includes('setInterval'))).not.toEqual([]);
    await executor.stop('w');
    expect(processesOfRun(runId)).toEqual([]);
  });

  test('a line of three million characters is cut, and what follows is still heard', async () => {
    await readyWorkload(specOf('shout'));
    const log = await executor.logs('w');
    expect(Math.max(...(isFault(log) ? [] : log.lines.map(({ length }) => length)))).toBeLessThan(20_000);
  });

  test('a workload on a processor sees no card, nor our secrets, and can not give itself one', async () => {
    vi.stubEnv('DATABASE_URL', 'postgres://secret');
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '0,1');
    const { announced } = await readyWorkload(
      specOf('environment', { environment: { GGML_VK_VISIBLE_DEVICES: '0', OMP_NUM_THREADS: '1' } }),
    );
    vi.unstubAllEnvs();
    expect(announced?.environment).toMatchObject({
      CUDA_VISIBLE_DEVICES: '',
      GGML_VK_VISIBLE_DEVICES: '',
      ROCR_VISIBLE_DEVICES: '',
      OMP_NUM_THREADS: '1',
    });
    expect(announced?.environment).not.toHaveProperty('DATABASE_URL');
  });

  test('a workload on a card sees that one by its UUID', async () => {
    const { announced } = await readyWorkload(
      specOf('environment', { cards: { kind: 'these', cardIds: ['rig/01:00.0'] } }),
    );
    expect(announced?.environment).toMatchObject({ CUDA_VISIBLE_DEVICES: 'GPU-1', ROCR_VISIBLE_DEVICES: '' });
    expect(announced?.environment).not.toHaveProperty('GGML_VK_VISIBLE_DEVICES');
  });

  test('a record says which run goes on, and which has ended', async () => {
    await readyWorkload(specOf('serve'));
    const path = join(dataFolder, 'workloads', 'w', 'record.json');
    const { runIds, workload } = JSON.parse(readFileSync(path, 'utf8'));
    expect(workload.state).toBe('ready');
    expect(processesOfRun(runIds[0]).length).toBeGreaterThan(0);
    await executor.stop('w');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ runIds: [], workload: { state: 'stopped' } });
    expect(processesOfRun(runIds[0])).toEqual([]);
  });

  test('a second executor on the same folder is refused while the first runs', async () => {
    const refusal = await openLocalExecutor({ rigId: 'rig', cards, dataFolder });
    expect(refusal).toMatchObject({ code: 'executor-folder-unusable', why: expect.stringContaining(`${process.pid}`) });
    await executor.close();
    executor = await openOrThrow(dataFolder);
  });
});

describe('after a crash of the executor', () => {
  const program = fileURLToPath(new URL('./local.ts', import.meta.url));

  /** Runs an executor with one stubborn workload in a process of its own, kills that process, and gives the run left. */
  async function crashWith(dataFolder: string, sandbox: 'none' | 'where-present'): Promise<string> {
    const options = { rigId: 'rig', cards, dataFolder, sandbox };
    const spec = {
      workloadId: 'orphan',
      kind: 'replica',
      command: commandFor('orphan'),
      environment: {},
      cards: { kind: 'these', cardIds: ['rig/cpu-0'] },
      readyWithinMs: 20_000,
      stopWithinMs: 100,
      workingFolder: dataFolder,
    };
    const code = `
      import { openLocalExecutor } from ${JSON.stringify(program)};
      const executor = await openLocalExecutor(${JSON.stringify(options)});
      executor.watch(({ workload }) => workload.state === 'ready' && console.log('ready'));
      await executor.start(${JSON.stringify(spec)});
    `;
    const crashing = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    });
    await once(crashing.stdout, 'data');
    const runId = runIdOf(dataFolder, 'orphan');
    const gone = once(crashing, 'exit');
    crashing.kill('SIGKILL');
    await gone;
    return runId;
  }

  test.each(['none', 'where-present'] as const)('the next start ends what is left, sandbox: %s', async (sandbox) => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'rerig-local-'));
    const runId = await crashWith(dataFolder, sandbox);
    // A sandbox ends with who started it; without one its processes are left.
    if (sandbox === 'none') expect(processesOfRun(runId)).not.toEqual([]);
    const executor = await openOrThrow(dataFolder);
    expect(executor.orphans).toEqual([{ workloadId: 'orphan', cardIds: ['rig/cpu-0'], outcome: 'ended' }]);
    expect(processesOfRun(runId)).toEqual([]);
    expect(await executor.list()).toMatchObject([{ workloadId: 'orphan', state: 'stopped' }]);
    await executor.close();
    rmSync(dataFolder, { recursive: true });
  });

  test('a record that is not whole, or names another run, ends nothing', async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'rerig-local-'));
    const runId = await crashWith(dataFolder, 'none');
    const path = join(dataFolder, 'workloads', 'orphan', 'record.json');
    const record = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...record, runIds: ['f'.repeat(36)] }));
    mkdirSync(join(dataFolder, 'workloads', 'half'));
    writeFileSync(join(dataFolder, 'workloads', 'half', 'record.json'), '{"spec":{"workloadId":"ha');
    const executor = await openOrThrow(dataFolder);
    expect(executor.orphans).toMatchObject([{ workloadId: 'orphan', outcome: 'ended' }]);
    expect(processesOfRun(runId)).not.toEqual([]);
    for (const each of processesOfRun(runId)) process.kill(each.pid, 'SIGKILL');
    await executor.close();
    rmSync(dataFolder, { recursive: true });
  });
});

function runIdOf(dataFolder: string, workloadId: string): string {
  return JSON.parse(readFileSync(join(dataFolder, 'workloads', workloadId, 'record.json'), 'utf8')).runIds[0];
}

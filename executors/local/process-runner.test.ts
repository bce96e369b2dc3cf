import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { processesOfRun, signalProcess } from './process-identity.ts';
import { ProcessRunner } from './process-runner.ts';
import type { Run, RunEnd, RunOrder } from './runner.ts';
import { findSandbox } from './sandbox.ts';

const MIB = 1024 ** 2;
const mustRun = process.env.RERIG_REQUIRE_INTEGRATION === '1';
const hasSandbox = mustRun || findSandbox() !== null;
/** Control groups are made below this one, by whoever may write it. */
const hasGroups = mustRun || (process.getuid?.() === 0 && existsSync('/sys/fs/cgroup'));

let folder: string;
let runs: Run[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rerig-runner-'));
  for (const name of ['work', 'data/workloads', 'run', 'out']) mkdirSync(join(folder, name), { recursive: true });
  runs = [];
});
afterEach(async () => {
  await Promise.all(runs.map((run) => run.kill()));
  rmSync(folder, { recursive: true, force: true });
});

function runnerOf(sandbox: 'sandbox' | 'none'): ProcessRunner {
  return new ProcessRunner({
    sandboxPath: sandbox === 'sandbox' ? findSandbox() : null,
    hiddenFolders: [join(folder, 'data')],
  });
}

function orderOf(script: string, rest: Partial<RunOrder> = {}): RunOrder {
  return {
    runId: randomUUID(),
    workloadId: 'w',
    rank: 0,
    command: ['/bin/sh', '-c', script],
    environment: { PATH: process.env.PATH ?? '' },
    cards: [],
    confinement: { tier: 'process' },
    limits: {},
    workingFolder: join(folder, 'work'),
    writableFolders: [join(folder, 'out')],
    runFolder: join(folder, 'run'),
    survivesUs: false,
    ...rest,
  };
}

async function start(runner: ProcessRunner, order: RunOrder): Promise<{ readonly run: Run; readonly lines: string[] }> {
  const lines: string[] = [];
  const take = (line: string) => void lines.push(line);
  const run = await runner.start(order, { output: take, error: take, skipped: () => undefined });
  if (isFault(run)) throw new Error(run.why);
  runs.push(run);
  return { run, lines };
}

async function runToEnd(
  sandbox: 'sandbox' | 'none',
  script: string,
  rest: Partial<RunOrder> = {},
): Promise<{ readonly end: RunEnd; readonly lines: readonly string[] }> {
  const { run, lines } = await start(runnerOf(sandbox), orderOf(script, rest));
  return { end: await run.ended, lines };
}

describe.skipIf(!hasSandbox)('a sandbox (apt-get install bubblewrap)', () => {
  test('has its folders to write to, and a /tmp of its own, and can write nowhere else', async () => {
    const { lines } = await runToEnd(
      'sandbox',
      `echo a >"${folder}/work/a" && echo work; echo b >"${folder}/out/b" && echo out; echo c >/tmp/c && echo tmp;
       ( echo d >/etc/rerig-d ) 2>/dev/null || echo no etc; ( echo e >/rerig-e ) 2>/dev/null || echo no root`,
    );
    expect(lines).toEqual(['work', 'out', 'tmp', 'no etc', 'no root']);
    expect(readFileSync(join(folder, 'work', 'a'), 'utf8')).toBe('a\n');
    expect(existsSync('/tmp/c')).toBe(false);
  });

  test('sees nothing of our data folder but what it is shown, nor of other folders in /tmp', async () => {
    writeFileSync(join(folder, 'data', 'key'), 'secret');
    mkdirSync(join(folder, 'data', 'models'));
    writeFileSync(join(folder, 'data', 'models', 'm'), 'weights');
    writeFileSync(join(folder, 'foreign'), 'of another');
    const { lines } = await runToEnd(
      'sandbox',
      `cat "${folder}/data/key" 2>/dev/null || echo no key; cat "${folder}/fore"* 2>/dev/null || echo no foreign
       cat "${folder}/data/models/m"; echo; echo x 2>/dev/null >"${folder}/data/models/n" || echo read-only`,
      { confinement: { tier: 'process', readablePaths: [join(folder, 'data', 'models')] } },
    );
    expect(lines).toEqual(['no key', 'no foreign', 'weights', 'read-only']);
  });

  test('reaches no socket of munge or of a container engine', async () => {
    const path = `/run/rerig-test-${randomUUID()}.sock`;
    const server = createServer().listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
    const { lines } = await runToEnd(
      'sandbox',
      `for path in "${path}" /run/munge /run/podman /run/docker.sock /var/run/docker.sock; do [ -e "$path" ] && echo "$path"; done; echo done`,
    );
    server.close();
    expect(lines).toEqual(['done']);
  });

  test('sees its own processes alone, and no card that is not its own', async () => {
    const { lines } = await runToEnd(
      'sandbox',
      `for p in /proc/[0-9]*; do cat "$p/comm"; done | sort -u; ls /dev | grep -E "^(nvidia|dri|kfd|sda|mem)" || echo no cards`,
    );
    expect(lines.at(-1)).toBe('no cards');
    expect(lines.slice(0, -1).every((name) => ['bwrap', 'cat', 'sh', 'sort'].includes(name))).toBe(true);
  });

  test('can be left out for programs that need the machine whole', async () => {
    const confinement = { tier: 'process', sandbox: 'none' } as const;
    const { lines } = await runToEnd('sandbox', 'echo $$; cat /proc/self/status | grep NSpid', { confinement });
    expect(lines[1]?.split(/\s+/)).toHaveLength(2);
  });

  test('bounds what is written beside its folders', async () => {
    const { end, lines } = await runToEnd(
      'sandbox',
      'dd if=/dev/zero of=/tmp/big bs=1M count=8 2>&1 | grep -o "No space left"; stat -c %s /tmp/big; exit 4',
      { limits: { diskBytes: 2 * MIB } },
    );
    expect(lines[0]).toBe('No space left');
    expect(Number(lines[1])).toBeLessThanOrEqual(2 * MIB);
    expect(end).toEqual({ kind: 'exited', exitCode: 4 });
  });
});

describe.skipIf(!hasSandbox)('a sandbox with a /tmp of its own', () => {
  test('shows in it what the command and its variables name there, and the folder of the program', async () => {
    const files = { run: '#!/bin/sh\nd=$(dirname "$0"); . "$d/part"; cat "$1" "$SET"; ls "$d/.."', part: 'echo part' };
    mkdirSync(join(folder, 'program'));
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(folder, 'program', name), text, { mode: 0o755 });
    for (const name of ['one', 'two', 'beside']) writeFileSync(join(folder, name), `${name}\n`);
    const { lines } = await runToEnd('sandbox', '', {
      command: [join(folder, 'program', 'run'), join(folder, 'one')],
      environment: { PATH: process.env.PATH ?? '', SET: join(folder, 'two') },
    });
    expect(lines).toEqual(['part', 'one', 'two', 'data', 'one', 'out', 'program', 'two', 'work']);
  });

  test('shows what a script names, read-only, and by no link what is hidden', async () => {
    writeFileSync(join(folder, 'data', 'key'), 'secret');
    writeFileSync(join(folder, 'one'), 'one\n');
    symlinkSync(join(folder, 'data'), join(folder, 'link'));
    const { lines } = await runToEnd(
      'sandbox',
      `cat ${folder}/one; (echo x >${folder}/one) 2>/dev/null || echo read-only; cat ${folder}/link/key 2>/dev/null || echo no key`,
    );
    expect(lines).toEqual(['one', 'read-only', 'no key']);
  });
});

describe.skipIf(!hasGroups)('limits (root, and control groups that can be written)', () => {
  test.each([
    ['ends with us', false],
    ['survives us', true],
  ])('a workload that %s is ended when it takes more memory than it may', async (_, survivesUs) => {
    const script = `x=x; while :; do x="$x$x"; done`;
    const { end } = await runToEnd('none', script, { limits: { memoryBytes: 64 * MIB }, survivesUs });
    expect(end).toEqual({ kind: 'limit', limit: 'memoryBytes' });
  });

  test('a workload that forks without end gets no further than its limit, and is ended with all of it', async () => {
    const forking = `setInterval(() => require('node:child_process').spawn('sleep', ['60']).on('error', () => {}), 2)`;
    const command = [process.execPath, '-e', forking];
    const order = orderOf('', { command, limits: { processCountMax: 48 } });
    const { run } = await start(runnerOf('none'), order);
    await vi.waitFor(() => expect(processesOfRun(order.runId).length).toBeGreaterThan(16), { timeout: 10_000 });
    expect(processesOfRun(order.runId).length).toBeLessThanOrEqual(48);
    expect(await run.kill()).toBe(true);
    expect(processesOfRun(order.runId)).toEqual([]);
  });

  test('a workload gets no more processor time than it may', async () => {
    const { lines } = await runToEnd(
      'none',
      'timeout 2 sh -c "while :; do :; done"; cat /proc/self/cgroup | grep -c rerig; times',
      { limits: { coreCount: 0.2 } },
    );
    const [, seconds = '9'] = /^0m([\d.]+)s/.exec(lines.at(-1) ?? '') ?? [];
    expect(Number(seconds)).toBeLessThan(1);
  });

  test('nothing of its group is left', async () => {
    const order = orderOf('true', { limits: { memoryBytes: 64 * MIB, coreCount: 1, processCountMax: 64 } });
    const { run } = await start(runnerOf('none'), order);
    await run.ended;
    const left = ['memory', 'cpu', 'pids', '.'].filter((each) =>
      existsSync(join('/sys/fs/cgroup', each, 'rerig', order.runId)),
    );
    expect(left).toEqual([]);
  });
});

describe.each(['sandbox', 'none'] as const)('a run, %s', (sandbox) => {
  test('that forks without end, in groups of its own, is ended with all that it started', async () => {
    const script =
      'n=0; while [ $n -lt 200 ]; do setsid sh -c "sleep 60 & sleep 60" & n=$((n+1)); done; echo all; sleep 60';
    const order = orderOf(script);
    const { run, lines } = await start(runnerOf(sandbox), order);
    await vi.waitFor(() => expect(lines).toContain('all'), { timeout: 20_000 });
    expect(await run.kill()).toBe(true);
    expect(processesOfRun(order.runId)).toEqual([]);
  });

  test.each([
    ['ends with us', false],
    ['survives us', true],
  ])('that %s tells its exit code, and the signal that ended it', async (_, survivesUs) => {
    expect((await runToEnd(sandbox, 'exit 7', { survivesUs })).end).toEqual({ kind: 'exited', exitCode: 7 });
    rmSync(join(folder, 'run'), { recursive: true });
    mkdirSync(join(folder, 'run'));
    const { end } = await runToEnd(sandbox, 'kill -9 $$', { survivesUs });
    expect(end).toEqual({ kind: 'signalled', signal: 'SIGKILL' });
  });

  test('that survives us is started also with a PATH that leads to nothing else, which it has', async () => {
    const command = ['/bin/sh', '-c', 'echo "$PATH"'];
    const environment = { PATH: join(folder, 'work') };
    const { lines } = await runToEnd(sandbox, '', { command, environment, survivesUs: true });
    expect(lines).toEqual([join(folder, 'work')]);
  });

  test('whose keeper is killed has ended in a way that nobody saw', async () => {
    const order = orderOf('echo here; sleep 60', { survivesUs: true });
    const { run, lines } = await start(runnerOf(sandbox), order);
    await vi.waitFor(() => expect(lines).toEqual(['here']), { timeout: 5000 });
    const all = [...processesOfRun(order.runId, 'RERIG_KEEPER_RUN'), ...processesOfRun(order.runId)];
    for (const member of all) signalProcess(member, 'SIGKILL', 'process');
    expect(await run.ended).toEqual({ kind: 'unknown' });
  });
});

test('a limit that nothing holds a workload to is told in its log', async () => {
  const { lines } = await runToEnd('none', 'echo on', { limits: { diskBytes: MIB } });
  expect(lines.toSorted()).toEqual(['on', 'rerig: nothing holds this workload to its limit diskBytes on this machine']);
});

test('what a run that survives us wrote, and its exit status, are kept in its folder', async () => {
  const order = orderOf('echo hello; exit 12', { survivesUs: true });
  const { run } = await start(runnerOf('none'), order);
  await run.ended;
  expect(statSync(join(folder, 'run', 'out.0.0')).size).toBe(6);
  expect(readFileSync(join(folder, 'run', 'exit'), 'utf8').trim()).toBe('12');
});

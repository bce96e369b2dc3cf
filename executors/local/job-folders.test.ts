import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { WorkloadSpec } from '../port.ts';
import { type LocalExecutor, openLocalExecutor } from './open-local-executor.ts';
import { findSandbox } from './sandbox.ts';

const hasSandbox = process.env.RERIG_REQUIRE_INTEGRATION === '1' || findSandbox() !== null;

describe.skipIf(!hasSandbox)('in a sandbox (apt-get install bubblewrap)', () => {
  let folder: string;
  let executor: LocalExecutor;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rerig-job-'));
    for (const name of ['home', 'work', 'cache']) mkdirSync(join(folder, name));
    vi.stubEnv('HOME', join(folder, 'home'));
    const opened = await openLocalExecutor({
      rigId: 'rig',
      cards: [{ cardId: 'rig/cpu', kind: 'cpu' }],
      dataFolder: join(folder, 'home', '.rerig'),
      containerTier: null,
    });
    if (isFault(opened)) expect.fail(opened.why);
    executor = opened;
  });
  afterEach(async () => {
    await executor.close();
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  async function linesOf(script: string, rest: Partial<WorkloadSpec> = {}): Promise<readonly string[]> {
    const started = await executor.start({
      workloadId: 'w',
      kind: 'job',
      command: ['/bin/sh', '-c', script],
      environment: {},
      cards: { kind: 'any', count: 1, needs: {} },
      readyWithinMs: 10_000,
      stopWithinMs: 1000,
      workingFolder: join(folder, 'work'),
      ...rest,
    });
    if (isFault(started)) expect.fail(started.why);
    await vi.waitFor(async () => expect((await executor.list())[0]?.state).toMatch(/stopped|failed/), {
      timeout: 10_000,
    });
    const log = await executor.logs('w');
    return isFault(log) ? [] : log.lines;
  }

  test('a job sees and writes the machine’s /tmp and its home, as a plain process does, and nothing of our records', async () => {
    const lines = await linesOf(
      `echo a >"${folder}/a" && echo b >~/b && mktemp -u && echo c >/var/tmp/rerig-$$ && rm /var/tmp/rerig-$$
       ls -A ~ ~/.rerig/workloads/*; (echo d >/etc/rerig-d) 2>/dev/null || echo no etc`,
    );
    expect(lines.slice(1).map((line) => line.replace(folder, ''))).toEqual([
      '/home:',
      '.rerig',
      'b',
      '',
      '/home/.rerig/workloads/w:',
      'notice-0',
      'no etc',
    ]);
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('a\n');
    expect(readFileSync(join(folder, 'home', 'b'), 'utf8')).toBe('b\n');
  });

  test('a job writes to the cache that a variable names, which is made where it is not there', async () => {
    const cache = join(folder, 'home', '.rerig', 'models', 'hf');
    const lines = await linesOf('echo x >"$HF_HOME/x" && echo written', { environment: { HF_HOME: cache } });
    expect(lines).toEqual(['written']);
    expect(existsSync(join(cache, 'x'))).toBe(true);
  });

  test('a job that is held to so many bytes on disk has a /tmp of its own, and writes to no home', async () => {
    writeFileSync(join(folder, 'seen'), 'seen\n');
    const lines = await linesOf(
      `cat ${folder}/seen; (echo b >~/b) 2>/dev/null || echo no home; echo c >/tmp/rerig-c-$$ && ls /tmp/rerig-c*
       dd if=/dev/zero of=/tmp/rerig-big bs=1M count=8 2>&1 | grep -o "No space left"`,
      { limits: { diskBytes: 2 * 1024 ** 2 } },
    );
    expect(lines.slice(0, 2)).toEqual(['seen', 'no home']);
    expect(lines.at(-1)).toBe('No space left');
    expect(existsSync(lines[2] ?? '')).toBe(false);
  });

  test('what fills idle cards has caches of drivers that last, and writes to no home', async () => {
    const script = `(echo b >~/b) 2>/dev/null || echo no home
      for cache in "$CUDA_CACHE_PATH" "$MESA_SHADER_CACHE_DIR" "$__GL_SHADER_DISK_CACHE_PATH"; do echo x >"$cache/x" && echo "$cache/x"; done`;
    const [first, ...files] = await linesOf(script, { kind: 'fallback', priority: 'fallback' });
    expect(first).toBe('no home');
    expect(files).toHaveLength(3);
    for (const path of files) expect(readFileSync(path, 'utf8')).toBe('x\n');
  });
});

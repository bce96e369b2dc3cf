import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

const RERIG = join(import.meta.dirname, 'rerig.ts');
const SHIPPED = join(import.meta.dirname, '../training/model/rigger-5m.gguf');
const LIMIT_MS = 60_000;

/** One run of the command: what it has said until now, and how it ended. */
class Run {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';

  constructor(values: readonly string[]) {
    this.child = spawn(process.execPath, [RERIG, ...values], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (part) => {
      this.stdout += String(part);
    });
    this.child.stderr?.on('data', (part) => {
      this.stderr += String(part);
    });
  }

  async ended(): Promise<unknown> {
    return this.child.exitCode ?? (await once(this.child, 'exit'))[0];
  }

  async ready(): Promise<{ readonly listen?: string; readonly model?: string }> {
    const line = () => this.stdout.split('\n').find((each) => each.startsWith('{"event":"ready"'));
    await expect.poll(line, { timeout: LIMIT_MS }).toBeDefined();
    return JSON.parse(line() ?? '{}');
  }
}

describe('rerig serve-model', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rerig-serve-'));
  const runs: Run[] = [];
  const rerig = (...values: readonly string[]) => {
    const run = new Run(values);
    runs.push(run);
    return run;
  };
  afterEach(() => {
    for (const { child } of runs) if (child.exitCode === null) child.kill('SIGKILL');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('serves a file, or a model of the store by its name, until it is told to stop', {
    timeout: LIMIT_MS,
  }, async () => {
    const added = rerig('models', 'add', SHIPPED, '--data', folder);
    expect(await added.ended(), added.stderr).toBe(0);
    for (const model of [SHIPPED, 'rigger-5m']) {
      const run = rerig('serve-model', model, '--data', folder, '--listen', '127.0.0.1:0', '--parallel', '2');
      const { listen, model: name } = await run.ready();
      expect(name).toBe('rigger-5m');
      expect((await fetch(`http://${listen}/health`)).status).toBe(200);
      run.child.kill('SIGINT');
      expect(await run.ended()).toBe(0);
    }
  });

  it('watches what an address or a command serves', { timeout: LIMIT_MS }, async () => {
    const ours = rerig('serve-model', SHIPPED, '--listen', '127.0.0.1:0');
    const { listen } = await ours.ready();
    const watch = rerig('serve-model', '--server', `http://${listen}`, '--name', 'theirs');
    expect(await watch.ready()).toMatchObject({ listen: `http://${listen}`, model: 'theirs' });
    const main = join(import.meta.dirname, '../model-server/main.ts');
    const command = [process.execPath, main, '--model', SHIPPED, '--listen', '127.0.0.1:{port}'];
    const started = rerig('serve-model', '--name', 'started', '--', ...command);
    expect(await started.ready()).toMatchObject({ model: 'started' });
    started.child.kill('SIGINT');
    expect(await started.ended()).toBe(0);
  });

  it('says what is wrong with its usage, and what it can do', { timeout: LIMIT_MS }, async () => {
    const [help, nothing, unknown, missing] = [
      rerig('serve-model', '--help'),
      rerig('serve-model'),
      rerig('serve-model', SHIPPED, '--fast'),
      rerig('serve-model', 'never-added', '--data', folder),
    ];
    expect(await Promise.all([help, nothing, unknown, missing].map((run) => run.ended()))).toEqual([0, 2, 2, 1]);
    expect(help.stdout).toContain('--server URL');
    expect(nothing.stderr).toContain('Usage: rerig serve-model MODEL');
    expect(unknown.stderr).toContain('--fast');
    expect(missing.stderr).toContain('never-added');
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const RERIG = join(import.meta.dirname, '../rerig.ts');
const LIMIT_MS = 60_000;

describe.each(['as installed', 'without bubblewrap'])('a job whose files lie below /tmp, %s', (sort) => {
  const folder = mkdtempSync(join(tmpdir(), 'rerig-below-tmp-'));
  const data = join(folder, 'data');
  const work = join(folder, 'work');
  const home = join(folder, 'home');
  const programs = join(folder, 'programs');
  for (const path of [data, work, home, programs]) mkdirSync(path);
  for (const name of ['sh', 'dirname']) symlinkSync(join('/usr/bin', name), join(programs, name));
  // Without a sandbox, a job sees the same folders.
  const searched = sort === 'as installed' ? process.env.PATH : programs;

  /** The agent that the first command starts has this environment too. */
  async function rerig(
    ...words: readonly string[]
  ): Promise<readonly [status: number, stdout: string, stderr: string]> {
    const child = spawn(process.execPath, [RERIG, words[0] ?? '', '--data', data, ...words.slice(1)], {
      cwd: work,
      env: { ...process.env, HOME: home, PATH: searched },
      timeout: LIMIT_MS,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (part) => {
      said.stdout += String(part);
    });
    child.stderr.on('data', (part) => {
      said.stderr += String(part);
    });
    const [status] = await once(child, 'close');
    return [Number(status), said.stdout, said.stderr];
  }

  function writeProgram(path: string, text: string): void {
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
  }

  afterAll(async () => {
    await rerig('agent', '--end');
    rmSync(folder, { recursive: true, force: true });
  }, LIMIT_MS);

  it('runs a program there, which reads and writes beside it', { timeout: LIMIT_MS }, async () => {
    mkdirSync(join(folder, 'x'));
    const program = join(folder, 'x', 'program');
    writeFileSync(join(folder, 'x', 'part'), 'part\n');
    writeProgram(program, 'cd "$(dirname "$0")"; read line <part; echo "$line"; echo made >made');
    const [status, stdout, stderr] = await rerig('run', '--', program);
    expect([status, stdout], stderr).toEqual([0, 'part\n']);
    expect(readFileSync(join(folder, 'x', 'made'), 'utf8')).toBe('made\n');
  });

  it('runs in a folder there, by a path from it, and writes to it and to the home', { timeout: LIMIT_MS }, async () => {
    writeProgram(join(work, 'a.out'), 'echo here >here; echo kept >"$HOME/kept"; read line <here; echo "$line"');
    const [status, stdout, stderr] = await rerig('run', '--', './a.out');
    expect([status, stdout], stderr).toEqual([0, 'here\n']);
    expect(readFileSync(join(home, 'kept'), 'utf8')).toBe('kept\n');
  });

  it('runs a program there also where it is held to so many bytes on disk', { timeout: LIMIT_MS }, async () => {
    writeProgram(join(folder, 'bounded'), 'read line <"$1"; echo "$line"');
    writeFileSync(join(folder, 'set'), 'a set\n');
    const [status, stdout, stderr] = await rerig(
      'run',
      '--disk',
      '4MB',
      '--',
      join(folder, 'bounded'),
      join(folder, 'set'),
    );
    expect([status, stdout.split('\n').at(-2)], stderr).toEqual([0, 'a set']);
  });
});

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleFarmFiles } from '@rerig/domain/inventory';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const RIG_LIMIT_MS = 20_000;

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `rerig assess` as a person does, and gives what it wrote. */
function assess(folder: string, names: readonly string[]): Promise<Run> {
  const args = [join(import.meta.dirname, 'rerig.ts'), 'assess', ...names];
  const { promise, resolve } = Promise.withResolvers<Run>();
  execFile(process.execPath, args, { cwd: folder, timeout: RIG_LIMIT_MS }, (error, stdout, stderr) => {
    resolve({ status: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
  });
  return promise;
}

describe('rerig assess', () => {
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rerig-assess-'));
    for (const { name, text } of exampleFarmFiles) await writeFile(join(folder, name), text);
    await writeFile(join(folder, 'half.json'), '{"method":"hello",');
    await writeFile(join(folder, 'empty.json'), '');
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('prints the farm and exits 0', async () => {
    const { status, stdout, stderr } = await assess(
      folder,
      exampleFarmFiles.map(({ name }) => name),
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('3 rigs, 14 cards');
  });

  it('prints one JSON document with units in its keys', async () => {
    const { status, stdout } = await assess(folder, [...exampleFarmFiles.map(({ name }) => name), '--json']);
    const document: unknown = JSON.parse(stdout);
    expect(status).toBe(0);
    expect(document).toMatchObject({ totals: { cardCount: 14 }, faults: [] });
    expect(stdout).toContain('"vramBytes"');
  });

  it('prints what it could read, says what it could not, and exits 1', async () => {
    const { status, stdout, stderr } = await assess(folder, [
      'example-rig-1-hello.json',
      'half.json',
      'empty.json',
      'missing.json',
    ]);
    expect(status).toBe(1);
    expect(stdout).toContain('1 rig, 6 cards');
    for (const what of ['half.json ends in the middle', 'empty.json is empty', 'missing.json cannot be read'])
      expect(stderr).toContain(what);
    expect(stderr).toContain('mend');
  });

  it('gives the faults in its JSON document too', async () => {
    const { status, stdout } = await assess(folder, ['half.json', '--json']);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ rigs: [], faults: [{ code: 'inventory-half-written' }] });
  });

  it('exits 2 where no file is named', async () => {
    expect((await assess(folder, [])).status).toBe(2);
  });
});

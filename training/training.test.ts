import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MIB } from '@rerig/domain/quantity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOM = import.meta.dirname;
const LIMIT_MS = 60_000;

/** The first Python that runs `code`, or null. */
function pythonWith(code: string): string | null {
  for (const python of ['python3', '/usr/bin/python3']) {
    try {
      execFileSync(python, ['-c', code], { stdio: 'ignore', timeout: LIMIT_MS });
      return python;
    } catch {
      // Not there, or without the module: the next one is tried.
    }
  }
  return null;
}

const isRequired = process.env.RERIG_REQUIRE_INTEGRATION === '1';
const plain = pythonWith('import json');
const withTorch = pythonWith('import torch');
const lacksPython = plain === null && !isRequired;
const lacksTorch = withTorch === null && !isRequired;

describe('the model that ships', () => {
  it('is the file of its card, and small enough for git', () => {
    const bytes = readFileSync(join(ROOM, 'model/rigger-5m.gguf'));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(readFileSync(join(ROOM, 'model/README.md'), 'utf8')).toContain(sha256);
    expect(bytes.length).toBeLessThan(12 * MIB);
  });
});

describe('the recipe', () => {
  let folder = '';
  let factsPath = '';
  const python = (path: string | null, args: readonly string[]): string =>
    execFileSync(path ?? 'python3', [...args], { encoding: 'utf8', timeout: LIMIT_MS, cwd: ROOM, stdio: 'pipe' });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rerig-training-'));
    factsPath = join(folder, 'facts.json');
    writeFileSync(factsPath, execFileSync(process.execPath, [join(ROOM, 'export-facts.ts')], { encoding: 'utf8' }));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.skipIf(lacksPython)(
    `writes the same text for the same seed, and another for another${lacksPython ? ' (skipped: apt-get install python3)' : ''}`,
    () => {
      const draw = (seed: number) =>
        python(plain, ['generate.py', '--facts', factsPath, '--seed', String(seed), '--count', '50']);
      expect(draw(7)).toBe(draw(7));
      expect(draw(7)).not.toBe(draw(8));
    },
  );

  it.skipIf(lacksTorch)(
    `gives the same model when it is stopped and taken up again, and exports it${lacksTorch ? ' (skipped: apt-get install python3-torch)' : ''}`,
    () => {
      const train = (out: string, ...more: readonly string[]) =>
        python(withTorch, [
          ...['train.py', '--facts', factsPath, '--out', join(folder, out), '--steps', '4', '--batch-tokens', '512'],
          ...['--embedding-width', '32', '--layer-count', '1', '--feed-forward-width', '32', '--precision', 'float32'],
          ...['--vocabulary-count', '500', ...more],
        ]);
      const exported = (out: string) => {
        const path = join(folder, `${out}.gguf`);
        python(withTorch, ['export_gguf.py', '--checkpoint', join(folder, out, 'checkpoint.pt'), '--out', path]);
        return readFileSync(path);
      };
      train('whole');
      train('broken', '--stop-after-steps', '2');
      train('broken');
      const whole = exported('whole');
      expect(whole.subarray(0, 4).toString('latin1')).toBe('GGUF');
      const weightsOf = (bytes: Buffer) => createHash('sha256').update(bytes.subarray(-20_000)).digest('hex');
      expect(weightsOf(exported('broken'))).toBe(weightsOf(whole));
    },
    LIMIT_MS * 2,
  );
});

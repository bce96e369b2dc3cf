import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomModelBytes, TINY_RECIPE } from '../gguf-writing.ts';
import { inspectModelFile } from './model-file.ts';

describe('a model file', () => {
  let folder = '';
  let path = '';
  const bytes = randomModelBytes(TINY_RECIPE);
  const inspect = (content: Uint8Array) => {
    writeFileSync(path, content);
    return inspectModelFile(path);
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rerig-gguf-'));
    path = join(folder, 'model.gguf');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is read as it was written', () => {
    expect(inspect(bytes)).toMatchObject({
      name: TINY_RECIPE.name,
      trainedContextTokens: TINY_RECIPE.trainedContextTokens,
      fileBytes: bytes.length,
    });
  });

  it('is refused with what, why and mend wherever it was cut off', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), (byteCount) => {
        const refused = inspect(bytes.subarray(0, byteCount));
        expect(isFault(refused)).toBe(true);
        if (isFault(refused))
          expect([refused.what, refused.why, refused.mend].every((words) => words.length > 5)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('whose header has wrong bytes is read or refused, and never throws', () => {
    const wrongBytes = fc.array(fc.record({ at: fc.nat(4000), value: fc.nat(255) }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(wrongBytes, (changes) => {
        const changed = Buffer.from(bytes);
        for (const { at, value } of changes) changed[at] = value;
        expect(inspect(changed)).toBeTypeOf('object');
      }),
      { numRuns: 100 },
    );
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleFarmFiles } from '@rerig/domain/inventory';
import type { ModelFacts } from '@rerig/models/gguf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptFacts } from './accept-facts.ts';

const GIB = 1024 ** 3;
const facts: ModelFacts = {
  ...{ kind: 'model', architecture: 'llama', title: null, parameterCount: 4e11, quantization: 'Q8_0' },
  ...{ fileBytes: 400 * GIB, tensorBytes: 400 * GIB, contextTokenCount: 131_072, layerCount: 126, headCount: 128 },
  ...{ kvHeadCount: 8, keyWidth: 128, valueWidth: 128, embeddingWidth: 16_384, vocabularyTokenCount: 128_256 },
  ...{ expertCount: null, hasChatTemplate: true, pooling: null },
};

describe('a model that is about to be fetched', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rerig-fits-'));
    for (const { name, text } of exampleFarmFiles) writeFileSync(join(folder, name), text);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const accept = async (of: ModelFacts, isAnyway: boolean) => {
    const notes: string[] = [];
    const wish = { inventory: [folder], data: folder, isAnyway };
    const fault = await acceptFacts(of, of.fileBytes, wish, (text) => notes.push(text));
    return { fault, notes };
  };

  it('is refused where it fits no card of the farm, but not where it is wanted anyway', async () => {
    const refused = await accept(facts, false);
    expect(refused.fault).toMatchObject({ code: 'fits_no_card', mend: expect.stringContaining('--anyway') });
    expect((await accept(facts, true)).fault).toBeUndefined();
  });

  it('is told card by card with what it takes, within 80 columns', async () => {
    const { fault, notes } = await accept({ ...facts, tensorBytes: 7 * GIB, layerCount: 32 }, false);
    expect(fault).toBeUndefined();
    expect(notes).toContainEqual(expect.stringMatching(/^fits .*\(cuda-1[23]\): [\d.]+ GiB of [\d.]+ GiB/));
    expect(notes).toContainEqual(expect.stringMatching(/^does not fit /));
    for (const line of notes.flatMap((note) => note.split('\n'))) expect(line.length).toBeLessThanOrEqual(80);
  });
});

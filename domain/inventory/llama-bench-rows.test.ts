import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InventoryRead, type ObservedCard, readInventory } from '../inventory.ts';
import { GIB } from '../quantity.ts';

function read(text: string): InventoryRead {
  return readInventory([{ name: 'rig07-bench.txt', text }]);
}

function cardsOf(text: string): readonly ObservedCard[] {
  return read(text).farm.rigs.flatMap(({ cards }) => cards);
}

const FOUND =
  'ggml_cuda_init: found 1 CUDA devices:\n  Device 0: NVIDIA GeForce RTX 3090, compute capability 8.6, VMM: yes\n';
const HEADER =
  '| model | size | params | backend | ngl | test | t/s |\n| --- | ---: | ---: | --- | --: | ---: | ---: |\n';

function tableRow(test: string, tokensPerSecond: number, ngl = '99'): string {
  return `| qwen3 27B Q4_K - Medium | 15.93 GiB | 26.90 B | CUDA | ${ngl} | ${test} | ${tokensPerSecond.toFixed(2)} ± 0.25 |\n`;
}

function speedsOf(cards: readonly ObservedCard[]): readonly string[] {
  return cards.flatMap(({ measurements = [] }) =>
    measurements.flatMap((each) => (each.kind === 'tokens' ? [`${each.phase} ${each.tokensPerSecond}`] : [])),
  );
}

function jsonTest(fields: object): object {
  return {
    cpu_info: 'Intel(R) Core(TM) i5-7500 CPU @ 3.40GHz',
    gpu_info: 'NVIDIA GeForce RTX 3090',
    backends: 'CUDA',
    model_type: 'llama 7B Q4_0',
    model_size: 3_825_807_360,
    model_n_params: 6_738_415_616,
    n_gpu_layers: 99,
    split_mode: 'layer',
    main_gpu: 0,
    n_prompt: 0,
    n_gen: 128,
    n_depth: 0,
    test_time: '2026-01-02T03:04:05Z',
    avg_ts: 131.34,
    ...fields,
  };
}

describe('llama-bench', () => {
  it('reads its table, with the card that ggml found above it', () => {
    const cards = cardsOf(
      `${FOUND}${HEADER}${tableRow('pp512', 1183.94)}${tableRow('tg128', 38.1)}\nbuild: 8d59d91 (2024)\n`,
    );
    expect(cards).toMatchObject([{ name: 'NVIDIA GeForce RTX 3090', vendor: 'nvidia' }]);
    expect(speedsOf(cards)).toEqual(['prompt 1183.94', 'generate 38.1']);
    expect(cards[0]?.measurements?.[0]).toMatchObject({
      modelName: 'qwen3 27B Q4_K - Medium',
      parameterCount: 26.9e9,
      weightsBytes: Math.round(15.93 * GIB),
      routeName: 'cuda-12',
    });
  });

  it('refuses 521 tokens a second of a 27B model on one RTX 3090, with the reason, and keeps the rest', () => {
    const { farm, faults } = read(`${FOUND}${HEADER}${tableRow('tg128', 521)}${tableRow('tg128', 38.1)}`);
    expect(speedsOf(farm.rigs[0]?.cards ?? [])).toEqual(['generate 38.1']);
    expect(faults).toMatchObject([
      {
        code: 'inventory-implausible',
        why: 'At 521 tokens a second a model of 15.9 GiB would read 8.9 TB/s from memory, and the RTX 3090 reads at most 936 GB/s.',
      },
    ]);
  });

  it('reads JSON, JSON lines and CSV alike', () => {
    const tests = [jsonTest({}), jsonTest({ n_prompt: 512, n_gen: 0, avg_ts: 4783.9 })];
    const columns = Object.keys(jsonTest({}));
    const csv = [
      columns.join(','),
      ...tests.map((each) =>
        Object.values(each)
          .map((value) => `"${value}"`)
          .join(','),
      ),
    ];
    for (const text of [JSON.stringify(tests), tests.map((each) => JSON.stringify(each)).join('\n'), csv.join('\n')]) {
      const [rig] = read(text).farm.rigs;
      expect(rig).toMatchObject({ host: { cpu: { modelName: 'Intel(R) Core(TM) i5-7500 CPU @ 3.40GHz' } } });
      expect(rig?.cards.map(({ name }) => name)).toEqual(['NVIDIA GeForce RTX 3090']);
      expect(speedsOf(rig?.cards ?? [])).toEqual(['generate 131.34', 'prompt 4783.9']);
    }
  });

  it('gives what ran on several cards to none of them, and what ran on one to that one', () => {
    const two = { gpu_info: 'NVIDIA GeForce RTX 3090, NVIDIA GeForce RTX 3060' };
    const split = read(JSON.stringify([jsonTest(two)]));
    expect(speedsOf(split.farm.rigs[0]?.cards ?? [])).toEqual([]);
    expect(split.farm.rigs[0]?.cards).toHaveLength(2);
    expect(split.faults[0]?.why).toBe('It ran on 2 cards together, and tells nothing of one.');
    const one = cardsOf(JSON.stringify([jsonTest({ ...two, split_mode: 'none', main_gpu: 1, avg_ts: 60 })]));
    expect(one.map((card) => speedsOf([card]))).toEqual([[], ['generate 60']]);
  });

  it.each([
    ['on the processor', { n_gpu_layers: 0 }, 'It ran on the processor.'],
    ['with some layers on it', { n_gpu_layers: 20 }, 'With 20 layers on the card a part ran on the processor.'],
    ['deep in a context', { n_depth: 4096 }, 'It mixes prompt and answer, or is too short.'],
    ['with prompt and answer mixed', { n_prompt: 512 }, 'It mixes prompt and answer, or is too short.'],
  ])('takes no test %s for the card’s speed', (_, fields, why) => {
    const { farm, faults } = read(JSON.stringify([jsonTest({}), jsonTest({ ...fields, avg_ts: 9 })]));
    expect(speedsOf(farm.rigs[0]?.cards ?? [])).toEqual(['generate 131.34']);
    expect(faults.map((fault) => fault.why)).toEqual([why]);
  });

  it('reads any JSON in place of a test’s fields without a throw', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(jsonTest({}))), fc.jsonValue(), (key, value) => {
        const { farm, faults } = read(JSON.stringify([jsonTest({ [key]: value })]));
        expect(farm.rigs.length + faults.length).toBeGreaterThan(0);
      }),
    );
  });
});

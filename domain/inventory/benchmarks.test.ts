import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  activeShareOf,
  BANDWIDTH_TOLERANCE,
  type InventoryRead,
  isPlausibleGeneration,
  type Measurement,
  type ObservedCard,
  readInventory,
  tokensRefusal,
} from '../inventory.ts';
import { GIB, MIB } from '../quantity.ts';

function read(text: string): InventoryRead {
  return readInventory([{ name: 'rig07-bench.txt', text }]);
}

function cardsOf(text: string): readonly ObservedCard[] {
  return read(text).farm.rigs.flatMap(({ cards }) => cards);
}

function openClReport(index: number, name: string, memory: string, results: readonly string[]): string {
  return [
    '|----------------.------------------------------------------------------------|',
    `| Device ID      | ${String(index).padEnd(58)} |`,
    `| Device Name    | ${name.padEnd(58)} |`,
    `| Device Vendor  | ${(name.includes('Radeon') ? 'Advanced Micro Devices, Inc.' : 'NVIDIA Corporation').padEnd(58)} |`,
    `| Device Driver  | ${'535.288.01 (Linux)'.padEnd(58)} |`,
    `| Memory, Cache  | ${`${memory}, 720 KB global / 48 KB local`.padEnd(58)} |`,
    '| Compiling ...                                                               |\r' +
      '| Info: OpenCL C code successfully compiled.                                  |',
    ...results,
  ].join('\n');
}

const results = [
  '| Benchmarking ...        |\r| FP64  compute                                          not supported        |',
  '| FP32  compute                                         6.707 TFLOPs/s ( 1x ) |',
  '| INT8  compute                                        23.821  TIOPs/s ( 4x ) |',
  '| Memory Bandwidth ( coalesced read      )                        210.08 GB/s |',
  '| Memory Bandwidth (misaligned read      )                        150.24 GB/s |',
  '| PCIe   Bandwidth (send                 )                          3.90 GB/s |',
  '| PCIe   Bandwidth (        bidirectional)            (Gen2 x16)    3.51 GB/s |',
];

describe('OpenCL-Benchmark', () => {
  it('gives each card of a file what it measured, over the progress that it prints', () => {
    const text = [
      openClReport(0, 'NVIDIA GeForce GTX 1070', '8110 MB VRAM', results),
      openClReport(1, 'AMD Radeon RX 580', '8192 MB VRAM', results),
    ].join('\n');
    const { farm, faults } = read(text);
    expect(faults).toEqual([]);
    expect(farm.rigs[0]?.host).toMatchObject({ nvidiaDriverVersion: '535.288.01', amdDriverVersion: '535.288.01' });
    expect(farm.rigs[0]?.cards).toMatchObject([
      { name: 'NVIDIA GeForce GTX 1070', vendor: 'nvidia', vramBytes: 8110 * MIB },
      { name: 'AMD Radeon RX 580', vendor: 'amd', vramBytes: 8192 * MIB },
    ]);
    for (const card of farm.rigs[0]?.cards ?? []) {
      expect(card.measurements).toMatchObject([
        { kind: 'compute', precision: 'fp32', teraOperationsPerSecond: 6.707 },
        { kind: 'compute', precision: 'int8', teraOperationsPerSecond: 23.821 },
        { kind: 'memory-bandwidth', bytesPerSecond: 210.08e9 },
        { kind: 'link-bandwidth', direction: 'to-card', bytesPerSecond: 3.9e9 },
        { kind: 'link-bandwidth', direction: 'both', bytesPerSecond: 3.51e9 },
      ]);
    }
  });

  it('keeps a card whose report ends early, and says so; a processor is the rig’s and no card', () => {
    const text = [
      openClReport(0, 'NVIDIA P106-100', '6075 MB VRAM', []),
      openClReport(1, 'Intel(R) Core(TM) i5-7500 CPU @ 3.40GHz', '31960 MB RAM', results),
    ].join('\n');
    const { farm, faults } = read(text);
    expect(farm.rigs[0]).toMatchObject({
      host: { cpu: { modelName: 'Intel(R) Core(TM) i5-7500 CPU @ 3.40GHz', vectorExtension: 'avx2' } },
      cards: [{ name: 'NVIDIA P106-100' }],
    });
    expect(faults.map(({ code }) => code)).toEqual(['inventory-no-card', 'inventory-section-incomplete']);
  });

  it('reads any text made of its own lines without a throw, and each named card is kept or told', () => {
    const lines = openClReport(0, 'NVIDIA P106-100', '6075 MB VRAM', results).split('\n');
    const line = fc.oneof(fc.constantFrom(...lines), fc.string());
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), (parts) => {
        const { farm, faults } = read(parts.join('\n'));
        const isNamed = parts.includes(lines[2] ?? '') && parts.includes(lines[3] ?? '');
        if (isNamed) expect(farm.rigs.length + faults.length).toBeGreaterThan(0);
      }),
    );
  });
});

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

describe('what a card’s memory allows', () => {
  const speed = fc.double({ min: 0.1, max: 5000, noNaN: true });
  const weights = fc.integer({ min: 310 * MIB, max: 200 * GIB });
  const bandwidth = fc.integer({ min: 50e9, max: 8e12 });

  it('is a line: below it every speed may be, above it none, and more bandwidth never refuses what less allowed', () => {
    fc.assert(
      fc.property(speed, weights, bandwidth, (tokensPerSecond, weightsBytes, bytesPerSecond) => {
        const claim = { tokensPerSecond, weightsBytes, activeShare: 1 };
        const isAllowed = isPlausibleGeneration(claim, bytesPerSecond);
        expect(isAllowed).toBe(tokensPerSecond * weightsBytes <= BANDWIDTH_TOLERANCE * bytesPerSecond);
        if (isAllowed) expect(isPlausibleGeneration(claim, bytesPerSecond * 2)).toBe(true);
        if (!isAllowed)
          expect(isPlausibleGeneration({ ...claim, activeShare: 0.5 }, bytesPerSecond * 2)).toBe(
            tokensPerSecond * weightsBytes * 0.5 <= BANDWIDTH_TOLERANCE * bytesPerSecond * 2,
          );
      }),
    );
  });

  it.each([
    ['llama 7B Q4_0', 1],
    ['qwen3moe 30B.A3B Q4_K - Medium', 0.1],
    ['Qwen3-30B-A3B', 0.1],
    ['llama 8x7B Q4_K - Medium', 0.25],
    ['gpt-oss 20B MXFP4 MoE', undefined],
    ['deepseek2 16B Q4_0', undefined],
  ])('of %s a token needs the share %s', (name, share) => {
    expect(activeShareOf(name)).toBe(share);
  });

  it('holds an unknown card to the fastest memory there is, and judges no mixture whose share it does not know', () => {
    const measurement: Extract<Measurement, { readonly kind: 'tokens' }> = {
      kind: 'tokens',
      phase: 'generate',
      tokensPerSecond: 521,
      modelName: 'qwen3 27B Q4_K - Medium',
      weightsBytes: 16 * GIB,
      source: 'a forum',
    };
    expect(tokensRefusal(measurement, {})).toContain('the fastest card there is reads at most 8.0 TB/s');
    expect(tokensRefusal({ ...measurement, modelName: 'gpt-oss 27B' }, { name: 'RTX 3090' })).toBeUndefined();
    expect(tokensRefusal({ ...measurement, phase: 'prompt' }, { name: 'RTX 3090' })).toBeUndefined();
    expect(tokensRefusal({ ...measurement, tokensPerSecond: 40 }, { name: 'GeForce RTX 3090' })).toBeUndefined();
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CardModel, cardModels, matchCard } from '../cards.ts';
import { GIB } from '../quantity.ts';

const COLLECTED_PATH = join(import.meta.dirname, '../../../shared/data/gpus.csv');
const hasCollected = existsSync(COLLECTED_PATH);
const MEASURED_PATH = join(import.meta.dirname, '../../../shared/data/llm-bench.csv');
const hasMeasured = existsSync(MEASURED_PATH);

function modelNamed(name: string): CardModel {
  return cardModels.find((model) => model.name === name) ?? expect.fail(`the catalogue lacks ${name}`);
}

/** The fields of one line of CSV, quotes taken off. */
function fieldsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

/** Every name of a card in the table of measurements, but those of several different cards together. */
function measuredNames(): readonly string[] {
  const [head = '', ...lines] = readFileSync(MEASURED_PATH, 'utf8').trimEnd().split('\n');
  const columns = fieldsOf(head);
  const rows = lines.map(fieldsOf).filter((fields) => !fields[0]?.startsWith('MIX '));
  const named = ['card', 'card_as_reported'].map((column) => columns.indexOf(column));
  return [...new Set(rows.flatMap((fields) => named.map((index) => fields[index] ?? '')))];
}

/** Ids that pci.ids gives to another model: GTX 1050 3GB, a Quadro P2000 of GP107, Pro W5700X. */
const GIVEN_TO_ANOTHER: ReadonlySet<string> = new Set([
  'GTX 1050 10de:1c83',
  'Quadro P2000 10de:1cfa',
  'Pro W5700 1002:7310',
]);

describe('the figures of the catalogue', () => {
  it.skipIf(!hasMeasured)('exist for every card in ../shared/data/llm-bench.csv (skipped where it is missing)', () => {
    const names = measuredNames();
    expect(names.length).toBeGreaterThan(100);
    for (const name of names) {
      const match = matchCard({ name });
      const models = match.kind === 'matched' ? [match.model] : match.kind === 'ambiguous' ? match.models : [];
      expect(models.length, name).toBeGreaterThan(0);
      for (const model of models) {
        expect(model.memoryBandwidthBytesPerSecond, name).toBeGreaterThan(0);
        expect(model.fp32Tflops, name).toBeGreaterThan(0);
        expect(model.vramBytes, name).toBeGreaterThan(0);
      }
    }
  });

  it.skipIf(!hasCollected)('hold what ../shared/data/gpus.csv collected (skipped where it is missing)', () => {
    const [head = '', ...lines] = readFileSync(COLLECTED_PATH, 'utf8').trimEnd().split('\n');
    const columns = fieldsOf(head);
    const rows = lines.map((line) => {
      const fields = fieldsOf(line);
      return (column: string) => fields[columns.indexOf(column)] ?? '';
    });
    expect(rows.length).toBe(119);
    for (const row of rows) {
      const name = row('name');
      const vramBytes = row('vram_gb') === '' ? undefined : Number(row('vram_gb')) * GIB;
      const match = matchCard({ name, ...(vramBytes === undefined ? {} : { vramBytes }) });
      const models = match.kind === 'matched' ? [match.model] : match.kind === 'ambiguous' ? match.models : [];
      const [model] = models;
      expect(model, name).toBeDefined();
      for (const pciId of row('pci_ids')
        .split(' ')
        .filter((id) => id !== '' && !GIVEN_TO_ANOTHER.has(`${name} ${id}`)))
        expect(
          models.flatMap(({ pciIds }) => pciIds),
          name,
        ).toContain(pciId);
      const bandwidthBytesPerSecond = Number(row('mem_bw_gbs')) * 1e9;
      if (bandwidthBytesPerSecond > 0)
        expect(Math.abs((model?.memoryBandwidthBytesPerSecond ?? 0) / bandwidthBytesPerSecond - 1), name).toBeLessThan(
          0.01,
        );
      if (row('cuda_cc') !== '') expect(model?.cudaComputeCapability, name).toBe(Number(row('cuda_cc')));
      if (row('amd_gfx') !== '') expect(model?.amdGfxTarget, name).toBe(row('amd_gfx'));
    }
  });

  /** GB/s, FP32, FP16, dense FP16 by matrix units, INT8 dot products: the makers' own figures. */
  it.each([
    ['GTX 1080 Ti', 484.4, 11.34, 0.177, undefined, 45.4],
    ['Tesla P100 PCIe 16GB', 732.2, 9.526, 19.05, undefined, undefined],
    ['Tesla V100 SXM2 16GB', 897, 15.67, 31.3, 125, 62.7],
    ['Tesla T4', 320, 8.14, 16.28, 65.1, 32.6],
    ['RTX 2080 Ti', 616, 13.45, 26.9, 107.6, 53.8],
    ['GTX 1660', 192.1, 5.03, 10.06, undefined, 20.1],
    ['RTX 3060 12GB', 360, 12.74, 12.74, 51, 25.5],
    ['RTX 3090', 936.2, 35.58, 35.58, 142.3, 71.2],
    ['A100 SXM4 80GB', 2039, 19.49, 78, 312, 78],
    ['RTX 4090', 1008, 82.6, 82.6, 330.4, 165.2],
    ['L40S', 864, 91.61, 91.61, 362.05, 183.2],
    ['H100 SXM5 80GB', 3354, 66.91, 133.8, 989.4, 133.8],
    ['RTX 5090', 1792, 104.8, 104.8, 419, 209.5],
    ['RX 580 8GB', 256, 6.17, 6.17, undefined, undefined],
    ['Radeon VII', 1024, 13.44, 26.9, undefined, 53.8],
    ['RX 6800', 512, 16.17, 32.3, undefined, 64.7],
    ['RX 7900 XTX', 960, 61.44, 61.44, 122.9, 122.9],
    ['RX 9070 XT', 640, 48.66, 48.66, 194.6, 97.3],
    ['Instinct MI100', 1229, 23.07, 46.1, 184.6, 92.3],
    ['Instinct MI300X', 5325, 163.4, 163.4, 1307, 326.9],
    ['Arc A770 16GB', 560, 19.66, 39.3, 157.3, 78.6],
  ])('of %s are %d GB/s, %d, %d, %d and %d', (name, bandwidth, fp32, fp16, matrix, int8) => {
    const model = modelNamed(name);
    const within = (figure: number | undefined, expected: number | undefined, label: string) => {
      if (figure === undefined || expected === undefined) expect(figure, label).toBe(expected);
      else expect(Math.abs(figure / expected - 1), `${label} ${figure}`).toBeLessThan(0.006);
    };
    within((model.memoryBandwidthBytesPerSecond ?? 0) / 1e9, bandwidth, 'bandwidth');
    within(model.fp32Tflops, fp32, 'FP32');
    within(model.fp16Tflops, fp16, 'FP16');
    within(model.matrixFp16Tflops, matrix, 'matrix FP16');
    within(model.int8DotTops, int8, 'INT8');
  });

  it('have a matrix figure exactly where the chip has matrix units, and laptops and mining cards are marked', () => {
    for (const model of cardModels) {
      if (model.fp32Tflops === undefined) continue;
      expect(model.matrixFp16Tflops !== undefined, model.name).toBe(model.matrixUnits !== 'none');
      expect(model.isMobile === true, model.name).toBe(
        /Mobile|Max-Q$|^MX\d/.test(model.name) && !/PRO/.test(model.name),
      );
    }
    expect(cardModels.filter(({ isMiningOnly }) => isMiningOnly).map(({ name }) => name)).toContain('CMP 90HX');
  });

  it('never slow a card by less than nothing: every throttle is a factor of 1 or more', () => {
    const throttled = cardModels.filter(({ stockThrottle }) => stockThrottle !== undefined);
    expect(throttled.length).toBeGreaterThan(4);
    fc.assert(
      fc.property(fc.constantFrom(...throttled), ({ stockThrottle }) => {
        const { fp32FmaFactor = 0, int8DotFactor = 0, matrixFactor = 1, fp32ApartFactor = 1 } = stockThrottle ?? {};
        for (const factor of [fp32FmaFactor, int8DotFactor, matrixFactor, fp32ApartFactor])
          expect(factor).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});

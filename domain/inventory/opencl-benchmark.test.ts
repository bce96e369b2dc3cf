import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InventoryRead, readInventory } from '../inventory.ts';
import { MIB } from '../quantity.ts';

function read(text: string): InventoryRead {
  return readInventory([{ name: 'rig07-bench.txt', text }]);
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

  it('takes graphics and processors for the rig’s in reports that do not say whose memory it is', () => {
    const text = [
      openClReport(0, 'NVIDIA P104-100', '8119 MB', results),
      openClReport(1, 'Intel(R) HD Graphics 530', '12700 MB', results),
      openClReport(2, 'Intel(R) Core(TM) i5-6500 CPU @ 3.20GHz', '15920 MB', results),
    ].join('\n');
    const [rig] = read(text).farm.rigs;
    expect(rig?.cards).toMatchObject([{ name: 'NVIDIA P104-100', vramBytes: 8119 * MIB }]);
    expect(rig?.host).toMatchObject({
      cpu: { modelName: 'Intel(R) Core(TM) i5-6500 CPU @ 3.20GHz' },
      integratedGraphicsName: 'Intel(R) HD Graphics 530',
    });
  });

  it('says which listed cards have no report, and counts them for none: drivers list a card twice', () => {
    const text = [
      '| Device ID    0 | NVIDIA P104-100                                            |',
      '| Device ID    1 | AMD Radeon RX 570                                          |',
      '| Device ID    2 | Intel(R) HD Graphics 530                                   |',
      openClReport(0, 'NVIDIA P104-100', '8119 MB VRAM', results),
    ].join('\n');
    const { farm, faults } = read(text);
    expect(farm.rigs[0]?.cards).toHaveLength(1);
    expect(faults).toMatchObject([
      { code: 'inventory-section-incomplete', what: 'rig07-bench.txt lists AMD Radeon RX 570 without a report.' },
    ]);
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

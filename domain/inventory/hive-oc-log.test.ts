import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readInventory } from '../inventory.ts';
import { MIB } from '../quantity.ts';

const OC_LOG = join(
  import.meta.dirname,
  '../../../shared/data/rig-outputs/hiveos-agent/nvidia-oc-apply_log_2nvidia.txt',
);

const coloured = [
  '\u001b[0;36m> Applying NVIDIA OC\u001b[0m',
  'Fri May 13 12:37:16 CST 2022',
  'Detected 2 NVIDIA cards',
  'GPU BUS ID :   02   0A',
  '\u001b[0;33m===\u001b[0m GPU \u001b[0;36m0\u001b[0m, \u001b[0;35m02:00.0 \u001b[0;32mP106-100 \u001b[1;37m6080 MB\u001b[0m, PL: 60 W, 120 W, 140 W === 12:37:16',
  '  SET POWER LIMIT: 75.5 W',
  "  \u001b[2;37mAttribute 'GPUGraphicsClockOffset' was already set to -200\u001b[0m",
  "  Attribute 'GPUMemoryTransferRateOffset' (H-Hive:0[gpu:0]) assigned value 1500.",
  "  Attribute 'GPUTargetFanSpeed' (H-Hive:0[fan:0]) assigned value 0.",
].join('\n');

describe('HiveOS’s nvidia-oc log', () => {
  it('gives cards with limits, offsets, fan and power limit, through its colours, and misses the one that is cut off', () => {
    const { farm, faults } = readInventory([{ name: 'rig12-oc.txt', text: coloured }]);
    expect(farm.rigs[0]).toMatchObject({ observedAt: 'Fri May 13 12:37:16 CST 2022' });
    expect(farm.rigs[0]?.cards).toMatchObject([
      {
        busId: '02:00.0',
        name: 'P106-100',
        vramBytes: 6080 * MIB,
        powerLimitWatts: { least: 60, shipped: 120, most: 140 },
        reading: { powerLimitWatts: 75.5, coreClockOffsetMhz: -200, memoryClockOffsetMhz: 1500, fanPercent: 0 },
      },
    ]);
    expect(faults.map(({ what }) => what)).toEqual(['rig12-oc.txt detected 2 NVIDIA cards and lists 1.']);
  });

  it('lists the buses of a log that ends before its cards', () => {
    const { farm } = readInventory([{ name: 'a.txt', text: coloured.split('\n').slice(0, 4).join('\n') }]);
    expect(farm.rigs[0]?.cards.map(({ busId }) => busId)).toEqual(['02:00.0', '0a:00.0']);
  });

  it.skipIf(!existsSync(OC_LOG))('reads the real log of shared/data, which this machine may not have', () => {
    const { farm, faults } = readInventory([{ name: 'log.txt', text: readFileSync(OC_LOG, 'utf8') }]);
    expect(faults).toEqual([]);
    expect(farm.rigs[0]?.cards).toMatchObject([
      {
        busId: '02:00.0',
        name: 'GeForce GTX 1660 SUPER',
        vramBytes: 5944 * MIB,
        powerLimitWatts: { least: 70, shipped: 125, most: 150 },
        reading: { powerLimitWatts: 80, lockedCoreClockMhz: 1100, memoryClockOffsetMhz: 1000, fanPercent: 100 },
      },
      {
        busId: '03:00.0',
        name: 'GeForce RTX 2060',
        vramBytes: 5934 * MIB,
        powerLimitWatts: { least: 125, shipped: 170, most: 204 },
        reading: { powerLimitWatts: 125, lockedCoreClockMhz: 1080, memoryClockOffsetMhz: 2000, fanPercent: 80 },
      },
    ]);
  });

  it('is read as older releases write it, with the words of nvidia-smi and nvidia-settings', () => {
    const text = [
      'Detected 1 NVIDIA cards',
      '=== GPU 0, 0B:00.0 GeForce GTX 1070 8119 MiB, PL: 95.00 W, 151.00 W, 200.00 W  === 01:02:03',
      'Power limit for GPU 00000000:0B:00.0 was set to 115.50 W from 151.00 W.',
      "  Attribute 'GPUGraphicsClockOffset[3]' (rig:0[gpu:0]) assigned value 75.",
      "  Attribute 'GPUMemoryTransferRateOffset[3]' (rig:0[gpu:0]) assigned value 1100.",
    ].join('\n');
    expect(readInventory([{ name: 'a.txt', text }]).farm.rigs[0]?.cards).toMatchObject([
      {
        ...{ busId: '0b:00.0', name: 'GeForce GTX 1070', vramBytes: 8119 * MIB },
        reading: { powerLimitWatts: 115.5, coreClockOffsetMhz: 75, memoryClockOffsetMhz: 1100 },
      },
    ]);
  });

  it('reads any text made of its own lines without a throw', () => {
    const line = fc.oneof(fc.constantFrom(...coloured.split('\n')), fc.string());
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const { farm } = readInventory([{ name: 'a.txt', text: lines.join('\n') }]);
        expect(farm.rigs.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { readInventory } from '../inventory.ts';
import { GIB } from '../quantity.ts';

const detected = [
  { busid: '00:02.0', name: 'HD Graphics 630', brand: 'cpu' },
  { busid: '04:00.0', name: 'P102-100', brand: 'nvidia', mem: '5059 MiB', plim_min: '125.00 W', plim_max: '300.00 W' },
  {
    busid: '0d:00.0',
    name: 'Radeon RX 480',
    brand: 'amd',
    mem: '8192M',
    vbios: '113-TEST',
    mem_type: 'Samsung K4G80325FB',
  },
];
const stats = {
  ...{ temp: ['0', '61', '0'], fan: ['0', '80', '0'], load: ['0', '97', '0'], power: ['0', '180', '0'] },
  ...{ busids: ['00:02.0', '04:00.0', '0d:00.0'], brand: ['cpu', 'nvidia', 'amd'] },
};

describe('the files of HiveOS’s own tools', () => {
  it('list a rig’s cards and their readings, and no integrated graphics', () => {
    const { farm, faults } = readInventory([
      { name: 'rig8/gpu-detect.json', text: JSON.stringify(detected, null, 1) },
      { name: 'rig8/gpu-stats.json', text: JSON.stringify(stats) },
    ]);
    expect(faults).toEqual([]);
    expect(farm.rigs).toMatchObject([
      {
        ...{ rigId: 'rig8', source: 'hiveos', host: { integratedGraphicsName: 'HD Graphics 630' } },
        cards: [
          {
            ...{ busId: '04:00.0', name: 'P102-100', powerLimitWatts: { least: 125, most: 300 } },
            reading: { temperatureCelsius: 61, fanPercent: 80, powerWatts: 180, utilizationPercent: 97 },
          },
          { busId: '0d:00.0', vendor: 'amd', vramBytes: 8 * GIB, memoryMaker: 'Samsung K4G80325FB' },
        ],
      },
    ]);
    expect(farm.rigs[0]?.cards[1]?.reading).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { type InventoryRead, readInventory } from '../inventory.ts';
import { MIB } from '../quantity.ts';

const statics = {
  gpu: 0,
  asic: {
    ...{ market_name: 'Navi 23 [Radeon RX 6600/6600 XT]', vendor_id: '0x1002', subvendor_id: '0x1043' },
    ...{ device_id: '0x73ff', subsystem_id: '0x05d5', rev_id: '0xc7', asic_serial: 'N/A' },
  },
  bus: { bdf: '0000:0b:00.0', max_pcie_width: 16, max_pcie_speed: { value: 16, unit: 'GT/s' } },
  vbios: { part_number: '115-D534P00-100' },
  limit: { max_power: { value: 100, unit: 'W' }, min_power: { value: 94, unit: 'W' } },
  driver: { name: 'amdgpu', version: '6.7.0' },
  vram: { type: 'GDDR6', vendor: 'MICRON', size: { value: 8176, unit: 'MB' } },
};

const metric = {
  gpu: 0,
  usage: { gfx_activity: { value: 94, unit: '%' } },
  power: { socket_power: { value: 61, unit: 'W' } },
  temperature: { edge: { value: 36, unit: 'C' }, hotspot: { value: 47, unit: 'C' }, mem: 'N/A' },
  pcie: { width: 1, speed: { value: 2.5, unit: 'GT/s' }, replay_count: 'N/A' },
  ecc: { total_correctable_count: 12, total_uncorrectable_count: 0 },
  fan: { usage: { value: 0.0, unit: '%' } },
  mem_usage: { used_vram: { value: 202, unit: 'MB' }, total_visible_vram: { value: 256, unit: 'MB' } },
};

function read(...values: readonly unknown[]): InventoryRead {
  return readInventory([
    { name: 'rig07.json', text: values.map((value) => JSON.stringify(value, null, 4)).join('\n') },
  ]);
}

describe('amd-smi', () => {
  it.each([
    ['a list', [statics], [metric]],
    ['gpu_data, as from ROCm 7 on', { gpu_data: [statics] }, { gpu_data: [metric] }],
  ])('is read as %s, the metric by its place', (_, ...values) => {
    const { farm, faults } = read(...values);
    expect(faults).toEqual([]);
    expect(farm.rigs).toMatchObject([
      {
        host: { amdDriverVersion: '6.7.0' },
        cards: [
          {
            ...{ busId: '0b:00.0', name: 'Navi 23 [Radeon RX 6600/6600 XT]', vendor: 'amd', boardMaker: 'ASUS' },
            ...{ pciId: '1002:73ff', subsystemId: '1043:05d5', pciRevision: 'c7', vramBytes: 8176 * MIB },
            ...{ pcieLink: { generation: 1, laneCount: 1 }, pcieLinkMost: { generation: 4, laneCount: 16 } },
            ...{ powerLimitWatts: { least: 94, most: 100 }, bar1Bytes: 256 * MIB },
            reading: {
              ...{ temperatureCelsius: 36, hotSpotCelsius: 47, powerWatts: 61, utilizationPercent: 94, fanPercent: 0 },
              ...{ eccCorrectedCount: 12, eccUncorrectedCount: 0, usedVramBytes: 202 * MIB },
            },
          },
        ],
      },
    ]);
    expect(farm.rigs[0]?.cards[0]?.reading).not.toHaveProperty('memoryTemperatureCelsius');
  });

  it('takes the bus and the UUID from its list, and no processor’s graphics for a card', () => {
    const { farm } = read([
      { gpu: 0, bdf: '0000:0b:00.0', uuid: '98ff73ff-0000-1000-8017-1ff77417f1d6' },
      {
        gpu: 1,
        bdf: '0000:0d:00.0',
        asic: { market_name: 'AMD Radeon Graphics', vendor_id: '0x1002', device_id: '0x164e' },
      },
    ]);
    expect(farm.rigs[0]).toMatchObject({
      host: { integratedGraphicsName: 'AMD Radeon Graphics' },
      cards: [{ busId: '0b:00.0', uuid: '98ff73ff-0000-1000-8017-1ff77417f1d6' }],
    });
  });
});

describe('rocm-smi', () => {
  it('is read with the keys of any release, and takes an id in a name’s place for no name', () => {
    const old = { card0: { 'GPU ID': '0x73df', 'Card series': '0x1002', 'PCI Bus': '0000:07:00.0' } };
    const newer = {
      card0: { 'Device ID': '0x73df', 'Device Rev': '0xc1', 'PCI Bus': '0000:08:00.0', 'Card Series': 'X' },
    };
    const { farm } = read(old, newer);
    expect(farm.rigs[0]?.cards).toEqual([
      { cardId: 'rig07/07:00.0', kind: 'gpu', busId: '07:00.0', vendor: 'amd', pciId: '1002:73df' },
      {
        ...{ cardId: 'rig07/08:00.0', kind: 'gpu', busId: '08:00.0', vendor: 'amd', pciId: '1002:73df' },
        ...{ name: 'X', pciRevision: 'c1' },
      },
    ]);
  });

  it('takes a processor’s graphics for no card', () => {
    const { farm } = read({ card1: { 'Device ID': '0x1638', 'Card Series': 'Cezanne', 'PCI Bus': '0000:05:00.0' } });
    expect(farm.rigs[0]).toMatchObject({ host: { integratedGraphicsName: 'Cezanne' }, cards: [] });
  });

  it('reads rocm-smi of ROCm 2 and 3, which wrote sensors, clocks and links otherwise', () => {
    const cards = {
      card2: { 'GPU ID': '0x6861', 'Temperature (Sensor #1) (C)': '48.0', 'Fan Speed (%)': '31' },
      card4: {
        ...{ 'PCI Bus': '0000:0e:00.0', 'sclk clock speed': '880Mhz', 'pcie clock speed': '2.5GT/s, x4 619Mhz' },
        ...{ 'Temperature (Sensor edge) (c)': '52.0', 'Temperature (Sensor mem) (c)': '81.0' },
      },
    };
    const [rig] = readInventory([{ name: 'a.json', text: JSON.stringify(cards) }]).farm.rigs;
    expect(rig?.cards).toMatchObject([
      {
        ...{ busId: '0e:00.0', pcieLink: { generation: 1, laneCount: 4 } },
        reading: { temperatureCelsius: 52, memoryTemperatureCelsius: 81, coreClockMhz: 880 },
      },
      { pciId: '1002:6861', reading: { temperatureCelsius: 48, fanPercent: 31 } },
    ]);
  });

  it('reads rocm-smi’s CSV and what it prints for people as its JSON', () => {
    const csv = [
      'device,GPU use (%),VRAM Total Memory (B),Card Series,Card Model,Device Rev,GFX Version',
      'card0,3,17163091968,Radeon RX 6800,0x73bf,0xc3,gfx1030',
      'card1,4,8573157376',
    ].join('\n');
    const people = [
      'GPU[1]\t\t: PCI Bus: 0000:0B:00.0',
      'GPU[1]\t\t: sclk clock level: 5: (1266Mhz)',
      'GPU[1]\t\t: Card series: \t\tVega 10 XT',
      'Driver version: 5.13.20',
    ].join('\n');
    const [rig] = readInventory([{ name: 'a.csv', text: csv }]).farm.rigs;
    expect(rig?.cards).toMatchObject([
      { name: 'Radeon RX 6800', pciId: '1002:73bf', pciRevision: 'c3', vramBytes: 17163091968 },
      { vramBytes: 8573157376 },
    ]);
    const [other] = readInventory([{ name: 'b.txt', text: people }]).farm.rigs;
    expect(other).toMatchObject({
      host: { amdDriverVersion: '5.13.20' },
      cards: [{ busId: '0b:00.0', name: 'Vega 10 XT', reading: { coreClockMhz: 1266 } }],
    });
  });
});

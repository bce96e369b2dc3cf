import { describe, expect, it } from 'vitest';
import { type InventoryRead, readInventory } from '../../inventory.ts';

function read(value: unknown, name = 'rig07.json'): InventoryRead {
  return readInventory([{ name, text: typeof value === 'string' ? value : JSON.stringify(value) }]);
}

describe('SRBMiner', () => {
  it('gives SRBMiner-Multi’s rates to cards by name, and its processor to the rig', () => {
    const answer = {
      rig_name: 'barn-2',
      miner_version: '1.1.0',
      cpu_devices: [{ id: 0, device: 'cpu0', model: 'AMD Ryzen 5 3600' }],
      gpu_devices: [
        {
          id: 0,
          device: 'gpu0',
          model: 'amd_radeon_rx_6600',
          bus_id: 11,
          asic_power: 51,
          temperature: 48,
          fan_speed_rpm: 0,
        },
        { id: 1, device: 'gpu1', model: 'amd_radeon_rx_6600', bus_id: 14 },
      ],
      algorithms: [
        { name: 'ethash', hashrate: { gpu: { gpu1: 28.1e6, gpu0: 29.5e6, total: 57.6e6 } } },
        { name: 'heavyhash', hashrate: { gpu: { gpu0: 300e6, total: 300e6 } } },
      ],
    };
    const [rig] = read(answer).farm.rigs;
    expect(rig).toMatchObject({ rigId: 'barn-2', host: { cpu: { modelName: 'AMD Ryzen 5 3600' } } });
    expect(rig?.cards).toMatchObject([
      { busId: '0b:00.0', reading: { hashesPerSecond: 29.5e6, powerWatts: 51, fanPercent: 0, algorithm: 'ethash' } },
      { busId: '0e:00.0', reading: { hashesPerSecond: 28.1e6 } },
    ]);
  });

  it('tells a fan’s turns from its percentage, and gives rates by number where a chip stands for the name', () => {
    const entry = { bus_id: 5, model: 'Radeon RX 570 Series', temperature: 58, asic_power: 80 };
    const answer = {
      ...{ rig_name: 'barn-3', mining_time: 60 },
      gpu_devices: [
        { ...entry, id: 0, device: 'ellesmere', fan_speed: 1900, fan_speed_percentage: 51 },
        { ...entry, id: 1, device: 'ellesmere', bus_id: 6, fan_speed: 45 },
        { ...entry, id: 2, device: 'ellesmere', bus_id: 7, fan_speed: 2100 },
      ],
      algorithms: [{ name: 'ethash', hashrate: { gpu: { gpu0: 29e6, gpu1: 30e6, gpu2: 31e6, total: 90e6 } } }],
    };
    const { farm, faults } = read(answer);
    expect(faults).toEqual([]);
    expect(farm.rigs[0]?.cards.map(({ reading }) => [reading?.fanPercent, reading?.hashesPerSecond])).toEqual([
      [51, 29e6],
      [45, 30e6],
      [undefined, 31e6],
    ]);
  });

  it('reads the CryptoNight miner of before, with its driver and what it mines', () => {
    const card = {
      device: 'GPU0',
      device_id: 0,
      model: 'Radeon RX 580 Series',
      bus_id: 17,
      hashrate: 570,
      temperature: 63,
    };
    const answer = {
      rig_name: 'SRBMiner-Rig',
      cryptonight_type: 'normalv8',
      driver_version: '24.20.1',
      devices: [card],
    };
    expect(read(answer).farm.rigs).toMatchObject([
      {
        rigId: 'rig07',
        host: { amdDriverVersion: '24.20.1' },
        cards: [{ busId: '11:00.0', reading: { hashesPerSecond: 570, algorithm: 'cryptonight normalv8' } }],
      },
    ]);
  });
});

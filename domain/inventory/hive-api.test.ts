import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InventoryRead, readInventory } from '../inventory.ts';
import { MIB } from '../quantity.ts';

function read(...texts: readonly string[]): InventoryRead {
  return readInventory(texts.map((text, index) => ({ name: `file-${index}.json`, text })));
}

const rig = {
  id: 4711,
  farm_id: 12,
  platform: 1,
  name: 'barn 3',
  units_count: 2,
  password: 'secret-password',
  ip_addresses: ['192.168.0.17'],
  remote_address: { ip: '203.0.113.9' },
  flight_sheet: { items: [{ coin: 'ETC', pool: 'pool.example', wal_id: 99 }] },
  versions: { hive: '0.6-220', kernel: '6.1.0-hiveos', amd_driver: '20.40', nvidia_driver: '510.60.02' },
  stats: { online: true, stats_time: 1_655_000_000 },
  hardware_info: {
    motherboard: { manufacturer: 'ASRock', model: 'H110 Pro BTC+', bios: 'P1.20' },
    cpu: { id: 'x', model: 'Intel(R) Celeron(R) CPU G3930 @ 2.90GHz', cores: 2, aes: true },
    disk: { model: 'ATA KINGSTON SA400 120.0GB' },
  },
  hardware_stats: { df: '60G', memory: { total: 7852, free: 5000 } },
  gpu_info: [
    { bus_id: '00:02.0', bus_number: 0, brand: 'internal', model: 'HD Graphics 610' },
    {
      bus_id: '01:00.0',
      bus_number: 1,
      brand: 'nvidia',
      model: 'GeForce RTX 3060 Ti',
      short_name: 'RTX 3060 Ti',
      details: { mem: '7973 MB', mem_gb: 8, mem_type: 'Hynix GDDR6', vbios: '94.04', subvendor: 'Palit', oem: 'Palit' },
      power_limit: { min: '100 W', def: '200 W', max: '220 W' },
      index: 1,
    },
    { bus_id: '0a:00.0', bus_number: 10, brand: 'amd', model: 'Radeon RX 580', details: { mem_gb: 8 }, index: 2 },
  ],
  gpu_stats: [
    { bus_id: '01:00.0', bus_number: 1, temp: 55, fan: 62, power: 122, memtemp: 0, coreclk: 1440, memclk: 8000 },
    { bus_number: 10, temp: 71, fan: 0, power: 95 },
  ],
  miners_stats: {
    hashrates: [
      {
        miner: 'trex',
        algo: 'etchash',
        coin: 'ETC',
        hashes: [60_210.5],
        temps: [54],
        bus_numbers: [1],
        invalid_shares: [2],
      },
      { miner: 'teamredminer', algo: 'etchash', hashes: [31_000, 800], bus_numbers: [10, null] },
    ],
  },
};

describe('HiveOS’s API', () => {
  it('tells what the owner set: a core clock from 500 MHz on is a lock, a list is in the order of NVIDIA’s cards', () => {
    const cards = ['nvidia', 'amd', 'nvidia', 'nvidia'].map((brand, index) => ({
      ...{ bus_id: `0${index + 1}:00.0`, brand, model: `card ${index}`, index },
    }));
    const overclock = { nvidia: { core_clock: '1250 -150', mem_clock: '1800' }, amd: { core_clock: '1100' } };
    const { farm } = read(JSON.stringify({ ...rig, gpu_info: cards, gpu_stats: [], miners_stats: {}, overclock }));
    expect(farm.rigs[0]?.host.freeDiskBytes).toBe(60 * 1024 * MIB);
    expect(farm.rigs[0]?.cards.map(({ reading }) => reading)).toEqual([
      { lockedCoreClockMhz: 1250, memoryClockOffsetMhz: 1800 },
      undefined,
      { coreClockOffsetMhz: -150, memoryClockOffsetMhz: 1800 },
      { coreClockOffsetMhz: -150, memoryClockOffsetMhz: 1800 },
    ]);
  });

  it('gives one rig with host, cards, buses in hexadecimal, rates in hashes, and no password or address', () => {
    const { farm, faults } = read(JSON.stringify(rig));
    expect(faults).toEqual([]);
    expect(farm.rigs).toMatchObject([
      {
        rigId: 'hive-4711',
        name: 'barn 3',
        source: 'hiveos',
        observedAt: '2022-06-12T02:13:20Z',
        host: {
          cpu: { modelName: 'Intel(R) Celeron(R) CPU G3930 @ 2.90GHz', coreCount: 2, hasAes: true },
          ram: { bytes: 7852 * MIB, basis: 'reported' },
          board: { manufacturer: 'ASRock', product: 'H110 Pro BTC+', bios: 'P1.20' },
          disks: [{ modelName: 'ATA KINGSTON SA400', attachment: 'sata' }],
          nvidiaDriverVersion: '510.60.02',
          amdDriverVersion: '20.40',
          integratedGraphicsName: 'HD Graphics 610',
        },
        cards: [
          {
            cardId: 'hive-4711/01:00.0',
            name: 'GeForce RTX 3060 Ti',
            vendor: 'nvidia',
            boardMaker: 'Palit',
            vramBytes: 7973 * MIB,
            memoryMaker: 'Hynix GDDR6',
            powerLimitWatts: { least: 100, shipped: 200, most: 220 },
            reading: {
              temperatureCelsius: 55,
              fanPercent: 62,
              powerWatts: 122,
              coreClockMhz: 1440,
              memoryClockMhz: 8000,
              hashesPerSecond: 60_210_500,
              algorithm: 'etchash',
              invalidShareCount: 2,
            },
          },
          {
            cardId: 'hive-4711/0a:00.0',
            vramBytes: 8192 * MIB,
            reading: { temperatureCelsius: 71, fanPercent: 0, hashesPerSecond: 31e6 },
          },
        ],
      },
    ]);
    expect(farm.rigs[0]?.cards[0]?.reading).not.toHaveProperty('memoryTemperatureCelsius');
    expect(JSON.stringify(farm)).not.toMatch(/secret|192\.168|203\.0|pool\.example/);
  });

  it('reads a page of rigs, says which are ASICs or list no card, and merges a rig with its agent’s messages', () => {
    const asic = { id: 5, farm_id: 12, platform: 2, name: 'S19', units_count: 3, asic_info: { model: 'S19' } };
    const bare = { id: 6, farm_id: 12, platform: 1, name: 'bare', units_count: 0, gpu_info: [] };
    const page = { data: [rig, asic, bare, 'x'], tags: [], pagination: { total: 4 } };
    const hello = {
      method: 'hello',
      params: {
        rig_id: 4711,
        gpu: [{ busid: '01:00.0', name: 'GeForce RTX 3060 Ti', brand: 'nvidia', uuid: 'GPU-1' }],
      },
    };
    const { farm, faults } = read(JSON.stringify(page), JSON.stringify(hello));
    expect(farm.rigs.map(({ rigId, cards }) => [rigId, cards.length])).toEqual([
      ['hive-6', 0],
      ['hive-4711', 2],
    ]);
    expect(farm.rigs[1]?.cards[0]).toMatchObject({ uuid: 'GPU-1', boardMaker: 'Palit' });
    expect(faults.map(({ code }) => code).toSorted()).toEqual([
      'inventory-no-card',
      'inventory-no-card',
      'inventory-unknown-message',
    ]);
    expect(faults.map(({ what }) => what).join(' ')).toMatch(/S19.*bare/);
  });

  it('says of an empty page that it lists no rig', () => {
    expect(read('{"data":[],"pagination":{"total":0}}').faults[0]?.what).toBe('file-0.json lists no rig.');
  });

  it('lists cards that only statistics know, by their bus', () => {
    const { gpu_info: _, ...rest } = rig;
    const [found] = read(JSON.stringify(rest)).farm.rigs;
    expect(found?.cards.map(({ busId }) => busId)).toEqual(['01:00.0', '0a:00.0']);
  });

  it('reads any values in place of its own, and lists each card or tells why not', () => {
    const mangled = fc.constantFrom(...Object.keys(rig)).chain((key) => fc.tuple(fc.constant(key), fc.jsonValue()));
    fc.assert(
      fc.property(mangled, ([key, value]) => {
        const { farm, faults } = read(JSON.stringify({ ...rig, [key]: value }));
        const buses = farm.rigs.flatMap(({ cards }) => cards.map(({ busId }) => busId));
        expect(buses.length === 2 || faults.length > 0 || key === 'gpu_info').toBe(true);
      }),
    );
  });
});

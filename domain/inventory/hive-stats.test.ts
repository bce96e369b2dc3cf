import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readInventory } from '../inventory.ts';
import { GIB, MIB } from '../quantity.ts';

const hello = {
  method: 'hello',
  params: {
    rig_id: 31,
    addtime: '2019/2/3 04:05:06',
    gpu: [
      { busid: '00:02.0', name: 'HD Graphics 510', brand: 'cpu' },
      { busid: '01:00.0', name: 'P104-100', brand: 'nvidia', mem: '4036 MiB' },
      { busid: '0c:00.0', name: 'Radeon RX 570', brand: 'amd', mem: '4096M' },
    ],
  },
};

function statsOf(params: object) {
  return { method: 'stats', params: { rig_id: 31, updatetime: '2019-02-03 05:00:00', ...params } };
}

function readOf(...messages: readonly object[]) {
  return readInventory([{ name: 'a.json', text: messages.map((each) => JSON.stringify(each)).join('\n') }]);
}

describe('HiveOS’s stats', () => {
  it('are read without a message around them, as a miner’s h-stats.sh prints them; the file is the rig', () => {
    const stats = {
      hs: [12.25, 24],
      hs_units: 'mhs',
      bus_numbers: [4, 11],
      algo: 'kawpow',
      temp: [57, 63],
      ver: '2.1',
    };
    const { farm, faults } = readInventory([{ name: 'rig12-h-stats.json', text: JSON.stringify(stats) }]);
    expect(faults).toEqual([]);
    expect(farm.rigs[0]?.rigId).toBe('rig12');
    expect(farm.rigs[0]?.cards).toMatchObject([
      { busId: '04:00.0', reading: { hashesPerSecond: 12.25e6, algorithm: 'kawpow', temperatureCelsius: 57 } },
      { busId: '0b:00.0', reading: { hashesPerSecond: 24e6, temperatureCelsius: 63 } },
    ]);
    expect(readOf({ ...stats, bus_numbers: [null] }).farm.rigs).toEqual([]);
  });

  it('tell what every miner of the rig does, in kH/s where no unit is told, and the free disk', () => {
    const { farm, faults } = readOf(
      hello,
      statsOf({
        ...{ df: '1.5G', mem: [3900, 1200], temp: [0, 58, 66], fan: [0, 71, 44], power: [0, 101, 84] },
        miner_stats: { hs: [38_000], bus_numbers: [1], algo: 'ethash' },
        miner_stats2: null,
        miner_stats3: { hs: [28.5], hs_units: 'mhs', bus_numbers: [12], algo: 'etchash', ar: [9, 0, 2, ';2'] },
      }),
    );
    expect(faults).toEqual([]);
    expect(farm.rigs[0]?.host.freeDiskBytes).toBe(1.5 * GIB);
    expect(farm.rigs[0]?.cards).toMatchObject([
      {
        busId: '01:00.0',
        vramBytes: 4036 * MIB,
        reading: { hashesPerSecond: 38e6, algorithm: 'ethash', powerWatts: 101 },
      },
      {
        busId: '0c:00.0',
        vramBytes: 4096 * MIB,
        reading: { hashesPerSecond: 28.5e6, algorithm: 'etchash', fanPercent: 44 },
      },
    ]);
  });

  it('hold Claymore’s own answer where the agent is old: its cards are told by their order', () => {
    const claymore = [
      '9.8 - ETH',
      '12',
      '66000;5;0',
      '37000;29000',
      '0;0;0',
      'off;off',
      '58;71;66;44',
      'pool',
      '0;0;0;0',
    ];
    const { farm, faults } = readOf(hello, statsOf({ temp: [0, 58, 66], miner_stats: claymore }));
    expect(faults).toEqual([]);
    expect(farm.rigs[0]?.cards).toMatchObject([
      {
        busId: '01:00.0',
        reading: { temperatureCelsius: 58, fanPercent: 71, hashesPerSecond: 37e6, algorithm: 'ethash' },
      },
      { busId: '0c:00.0', reading: { temperatureCelsius: 66, fanPercent: 44, hashesPerSecond: 29e6 } },
    ]);
    expect(JSON.stringify(farm)).not.toContain('pool');
  });

  it('are found in the agent’s log, with the server’s answers between them', () => {
    const line = (mark: string, value: object) => `[Sun Feb  3 05:00:00 UTC 2019] ${mark} ${JSON.stringify(value)}`;
    const stats = statsOf({ passwd: 'hunter22', miner_stats: { hs: [38_000], bus_numbers: [1] } });
    const text = [
      '[Sun Feb  3 05:00:00 UTC 2019] Started',
      ...[line('>', stats), line('<', { jsonrpc: '2.0', id: null, result: { command: 'OK' } })],
      '[Sun Feb  3 05:00:10 UTC 2019] < ERROR SENDING STATS (curl code=28) ""',
    ].join('\n');
    const { farm, faults } = readInventory([{ name: 'hive-agent.log', text }]);
    expect(faults).toEqual([]);
    expect(farm.rigs).toMatchObject([{ rigId: 'hive-31', cards: [{ busId: '01:00.0' }] }]);
    expect(JSON.stringify(farm)).not.toContain('hunter22');
  });

  it('of any content give no more cards than buses, and never a throw', () => {
    const list = fc.array(fc.oneof(fc.nat(300), fc.string({ maxLength: 4 }), fc.constant(null)), { maxLength: 6 });
    const miner = fc.oneof(
      list,
      fc.record({ hs: list, temp: list, bus_numbers: list, hs_units: fc.string() }),
      fc.string(),
    );
    fc.assert(
      fc.property(miner, miner, list, fc.string({ maxLength: 6 }), (one, other, temp, df) => {
        const { farm } = readOf(statsOf({ temp, df, miner_stats: one, miner_stats2: other }));
        const buses = farm.rigs.flatMap(({ cards }) => cards.map(({ busId }) => busId));
        expect(new Set(buses.filter((bus) => bus !== undefined)).size).toBe(
          buses.filter((bus) => bus !== undefined).length,
        );
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { type InventoryRead, type ObservedCard, readInventory } from '../../inventory.ts';
import { GIB } from '../../quantity.ts';

function read(value: unknown, name = 'rig07.json'): InventoryRead {
  return readInventory([{ name, text: typeof value === 'string' ? value : JSON.stringify(value) }]);
}

function cardsOf(value: unknown): readonly ObservedCard[] {
  return read(value).farm.rigs.flatMap(({ cards }) => cards);
}

describe('Claymore and its kin', () => {
  const stat2 = [
    ...['11.8 - ETH', '62', '59000;40;1', '30000;off;29000', '0;0;0', 'off;off;off', '60;50;0;0;71;0'],
    ...['eth-eu1.example:9999', '2;0;0;0', '20;0;20', '0;0;1', '0;0;2', '0;0;0', '0;0;0', '0;0;0', '1;10;11'],
  ];

  it('reads wrong shares and decimal buses from miner_getstat2, and keeps a card that is off', () => {
    const cards = cardsOf({ id: 0, error: null, result: stat2 });
    expect(cards.map(({ busId }) => busId)).toEqual(['01:00.0', '0a:00.0', '0b:00.0']);
    expect(cards.map(({ reading }) => reading?.hashesPerSecond)).toEqual([30e6, undefined, 29e6]);
    expect(cards.map(({ reading }) => reading?.fanPercent)).toEqual([50, undefined, 0]);
    expect(cards[2]?.reading?.invalidShareCount).toBe(2);
    expect(JSON.stringify(cards)).not.toContain('example');
  });

  it('reads the bare list too, as scripts save it', () => {
    expect(cardsOf(stat2)).toHaveLength(3);
  });

  it.each([
    ['PM 5.6a - ETH', 30_000_000, 'ethash'],
    ['kawpowminer-1.2.3', 30_000_000, 'kawpow'],
    ['12.6 - ZEC', 30_000, 'equihash'],
    ['11.3 - XMR', 30_000, 'cryptonight'],
    ['ethminer-0.18.0', 30_000_000, 'ethash'],
  ])('knows that %s prints what is %i hashes a second', (version, hashesPerSecond, algorithm) => {
    const [card] = cardsOf({ result: [version, ...stat2.slice(1, 9)] });
    expect(card?.reading).toMatchObject({ hashesPerSecond, algorithm });
  });

  it('takes TT-Miner’s figures for hashes a second', () => {
    const [card] = cardsOf({
      result: ['TT-Miner/5.0.3', '5', '44800000;2;0', '22400543;22399457', ...stat2.slice(4, 9)],
    });
    expect(card?.reading?.hashesPerSecond).toBe(22_400_543);
  });

  it('reads ethminer’s detail, new and old, and its lists of rates', () => {
    const detail = {
      connection: { uri: 'stratum://0xwallet@pool.example:1' },
      host: { name: 'miner03', version: 'ethminer-0.18.0' },
      devices: [
        {
          _index: 0,
          hardware: { name: 'GeForce GTX 1070 7.93 GB', pci: '0a:00.0', sensors: [60, 45, 110.5], type: 'GPU' },
          mining: { hashrate: '0x0000000001c9c380', shares: [5, 0, 1, 30] },
        },
      ],
      mining: { hashrate: '0x0' },
    };
    const [rig] = read({ id: 1, jsonrpc: '2.0', result: detail }).farm.rigs;
    expect(rig).toMatchObject({ rigId: 'miner03', host: { hostName: 'miner03' } });
    expect(rig?.cards[0]).toMatchObject({
      busId: '0a:00.0',
      name: 'GeForce GTX 1070',
      vramBytes: Math.round(7.93 * GIB),
      reading: {
        temperatureCelsius: 60,
        fanPercent: 45,
        powerWatts: 110.5,
        hashesPerSecond: 30e6,
        invalidShareCount: 1,
      },
    });
    const old = { gpus: [{ index: 0, fan: 54, hashrate: 23_604_564, temp: 53, power: 0, ispaused: false }] };
    expect(cardsOf({ result: old })[0]?.reading).toMatchObject({ hashesPerSecond: 23_604_564, fanPercent: 54 });
    const rates = {
      ethhashrates: [14_681_287, 0],
      temperatures: [53, 50],
      fanpercentages: [90, 90],
      powerusages: [80, 0],
    };
    expect(cardsOf({ result: rates }).map(({ reading }) => reading?.powerWatts)).toEqual([80, undefined]);
  });
});

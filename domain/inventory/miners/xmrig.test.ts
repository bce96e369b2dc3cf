import { describe, expect, it } from 'vitest';
import { type InventoryRead, type ObservedCard, readInventory } from '../../inventory.ts';

function read(value: unknown, name = 'rig07.json'): InventoryRead {
  return readInventory([{ name, text: typeof value === 'string' ? value : JSON.stringify(value) }]);
}

function cardsOf(value: unknown): readonly ObservedCard[] {
  return read(value).farm.rigs.flatMap(({ cards }) => cards);
}

describe('XMRig', () => {
  it('reads XMRig’s cards from its backends, once per card, and of its summary the processor', () => {
    const thread = {
      name: 'GeForce RTX 3070',
      bus_id: '0a:00.0',
      global_mem: 8_361_345_024,
      hashrate: [1000.5, null, null],
    };
    const health = { temperature: 56, power: 118, clock: 1400, mem_clock: 7000, fan_speed: [55, 55] };
    const backends = [
      { type: 'cpu', threads: [{ intensity: 1 }] },
      {
        type: 'cuda',
        algo: 'kawpow',
        threads: [
          { ...thread, health },
          { ...thread, health },
        ],
      },
    ];
    expect(cardsOf(backends)).toMatchObject([
      {
        busId: '0a:00.0',
        reading: { hashesPerSecond: 2001, temperatureCelsius: 56, fanPercent: 55, algorithm: 'kawpow' },
      },
    ]);
    const summary = {
      ua: 'XMRig/6.21.0',
      kind: 'miner',
      worker_id: 'rig09',
      cpu: { brand: 'AMD Ryzen 9 3900X', cores: 12, aes: true },
    };
    expect(read(summary)).toMatchObject({
      farm: { rigs: [{ rigId: 'rig09', cards: [], host: { cpu: { coreCount: 12, hasAes: true } } }] },
      faults: [{ code: 'inventory-no-card' }],
    });
  });

  it('takes each of WildRig’s threads for a card', () => {
    const answer = {
      ua: 'WildRig/0.17.1',
      algo: 'x16r',
      hashrate: {
        threads: [
          [15.2e6, null, null],
          [0, 14.9e6, 0],
        ],
      },
    };
    expect(cardsOf(answer).map(({ reading }) => reading?.hashesPerSecond)).toEqual([15.2e6, 14.9e6]);
  });
});

import { describe, expect, it } from 'vitest';
import { type InventoryRead, type ObservedCard, readInventory } from '../../inventory.ts';

function read(value: unknown, name = 'rig07.json'): InventoryRead {
  return readInventory([{ name, text: typeof value === 'string' ? value : JSON.stringify(value) }]);
}

function cardsOf(value: unknown): readonly ObservedCard[] {
  return read(value).farm.rigs.flatMap(({ cards }) => cards);
}

describe('nanominer', () => {
  it('reads nanominer’s cards, and says where it mines on the processor alone', () => {
    const answer = {
      Algorithms: [
        {
          Ethash: { CurrentPool: 'p', 'GPU 0': { Hashrate: '1.136852e+07' }, Total: {} },
          RandomHash: { CPU: {}, Total: {} },
        },
      ],
      Devices: [
        {
          CPU: { Name: 'AMD', Platform: 'CPU' },
          'GPU 0': { Name: 'GeForce GTX 1050 Ti', Pci: '0a:00.0', Fan: 29, Temperature: 39 },
        },
      ],
    };
    expect(cardsOf(answer)).toMatchObject([
      { busId: '0a:00.0', name: 'GeForce GTX 1050 Ti', reading: { hashesPerSecond: 11_368_520, fanPercent: 29 } },
    ]);
    const onProcessor = { Algorithms: [{ RandomHash: { CPU: { Hashrate: '1e3' }, CurrentPool: 'p', Total: {} } }] };
    expect(read(onProcessor).faults[0]?.code).toBe('inventory-no-card');
  });
});

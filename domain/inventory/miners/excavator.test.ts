import { describe, expect, it } from 'vitest';
import { type InventoryRead, type ObservedCard, readInventory } from '../../inventory.ts';

function read(value: unknown, name = 'rig07.json'): InventoryRead {
  return readInventory([{ name, text: typeof value === 'string' ? value : JSON.stringify(value) }]);
}

function cardsOf(value: unknown): readonly ObservedCard[] {
  return read(value).farm.rigs.flatMap(({ cards }) => cards);
}

describe('NiceHash Excavator', () => {
  it('joins Excavator’s list of cards with the rates of its list of work', () => {
    const list = {
      devices: [
        {
          device_id: 1,
          name: 'GeForce GTX 1080',
          gpgpu_type: 1,
          subvendor: '3842',
          details: { bus_id: 17 },
          uuid: 'GPU-c108e737-1a9a-2302-c878-402608fd4535',
          gpu_temp: 35,
          gpu_power_limit_current: 180,
          gpu_power_limit_min: 90,
          gpu_power_limit_max: 217,
          gpu_fan_speed: 0,
          gpu_memory_free: 8_471_445_504,
          gpu_memory_used: 118_489_088,
        },
      ],
      id: 1,
      error: null,
    };
    const work = {
      workers: [{ worker_id: 0, device_id: 1, algorithms: [{ id: 20, name: 'daggerhashimoto', speed: 25.5e6 }] }],
      id: 1,
      error: null,
    };
    const cards = cardsOf(`${JSON.stringify(list)}\n${JSON.stringify(work)}`);
    expect(cards).toMatchObject([
      {
        busId: '11:00.0',
        boardMaker: 'EVGA',
        vendor: 'nvidia',
        vramBytes: 8_589_934_592,
        powerLimitWatts: { least: 90, most: 217 },
        reading: { powerLimitWatts: 180, fanPercent: 0, hashesPerSecond: 25.5e6, algorithm: 'daggerhashimoto' },
      },
    ]);
  });
});

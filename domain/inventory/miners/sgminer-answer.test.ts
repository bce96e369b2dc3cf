import { describe, expect, it } from 'vitest';
import { type InventoryRead, type ObservedCard, readInventory } from '../../inventory.ts';

function read(value: unknown, name = 'rig07.json'): InventoryRead {
  return readInventory([{ name, text: typeof value === 'string' ? value : JSON.stringify(value) }]);
}

function cardsOf(value: unknown): readonly ObservedCard[] {
  return read(value).farm.rigs.flatMap(({ cards }) => cards);
}

describe('sgminer, cgminer and TeamRedMiner', () => {
  const status = { STATUS: 'S', When: 1_549_343_632, Code: 9, Msg: '2 GPU(s)', Description: 'TeamRedMiner 0.8.4' };
  const row = { GPU: 0, Temperature: 55, TemperatureMem: 74, TemperatureJnct: 70, 'Fan Percent': 62, 'MHS av': 31.2 };
  const second = { ...row, GPU: 1 };

  it('joins answers of several commands, and counts cards of two algorithms once', () => {
    const answer = {
      devs: [{ STATUS: [status], DEVS: [{ ...row, 'KHS 30s': 31_500 }, second] }],
      devs2: [{ STATUS: [status], DEVS: [{ ...row, 'KHS 30s': 12 }, second] }],
      pools: [{ STATUS: [status], POOLS: [{ POOL: 0, Algorithm: 'ethash', User: '0xwallet' }] }],
      devdetails: [
        {
          STATUS: [status],
          DEVDETAILS: [{ DEVDETAILS: 0, Name: 'GPU', ID: 0, Model: 'Radeon RX 580', 'Device Path': '0a:00.0' }],
        },
      ],
      id: 1,
    };
    const cards = cardsOf(answer);
    expect(cards).toHaveLength(2);
    expect(cards[0]).toMatchObject({
      busId: '0a:00.0',
      name: 'Radeon RX 580',
      vendor: 'amd',
      reading: { hashesPerSecond: 31.5e6, algorithm: 'ethash', memoryTemperatureCelsius: 74, hotSpotCelsius: 70 },
    });
    expect(cards[1]?.reading?.hashesPerSecond).toBeCloseTo(31.2e6);
  });

  it('says of ASICs that they are no cards', () => {
    const answer = { STATUS: [{ ...status, Description: 'cgminer 4.10' }], DEVS: [{ ASC: 0, Name: 'BTM' }], id: 1 };
    expect(read(answer)).toMatchObject({ farm: { rigs: [] }, faults: [{ code: 'inventory-no-card' }] });
  });

  it('reads answers that follow each other, each closed by the NUL that the API ends with', () => {
    const answer = JSON.stringify({ STATUS: [status], DEVS: [row], id: 1 });
    const { farm, faults } = read(`${answer}\0`);
    expect(farm.rigs[0]?.cards).toHaveLength(1);
    expect(faults).toEqual([]);
    expect(cardsOf(`${answer}\0${answer}\0`)).toHaveLength(1);
  });

  it('reads JSON that a miner printed by hand, in the ways in which they print it wrongly', () => {
    const text = '{"STATUS":[{"Msg":"x"}],"DEVS":[{"GPU":0,"MHS av":nan}{"GPU":1,"MHS av":31.5},],"id":1}';
    const { farm, faults } = read(text);
    expect(farm.rigs[0]?.cards.map(({ reading }) => reading?.hashesPerSecond)).toEqual([undefined, 31.5e6]);
    expect(faults).toEqual([]);
    expect(
      cardsOf(`${JSON.stringify({ STATUS: [status], DEVS: [row] })}${JSON.stringify({ STATUS: [status] })}`),
    ).toHaveLength(1);
  });
});

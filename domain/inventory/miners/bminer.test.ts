import { describe, expect, it } from 'vitest';
import { type InventoryRead, type ObservedCard, readInventory } from '../../inventory.ts';

function read(value: unknown, name = 'rig07.json'): InventoryRead {
  return readInventory([{ name, text: typeof value === 'string' ? value : JSON.stringify(value) }]);
}

function cardsOf(value: unknown): readonly ObservedCard[] {
  return read(value).farm.rigs.flatMap(({ cards }) => cards);
}

describe('Bminer', () => {
  it('orders Bminer’s cards by number, and joins its solvers with its sensors', () => {
    const entries = Array.from({ length: 12 }, (_, index) => [String(index), index] as const);
    const solvers = entries.map(([key, index]) => [
      key,
      { solvers: [{ algorithm: 'ethash', speed_info: { hash_rate: 1e6 * (index + 1) } }] },
    ]);
    const sensors = entries.map(([key, index]) => [key, { temperature: 50 + index, power: 100, fan_speed: 40 }]);
    const text = [{ devices: Object.fromEntries(solvers) }, { devices: Object.fromEntries(sensors) }].map((each) =>
      JSON.stringify(each),
    );
    const cards = cardsOf(text.join('\n'));
    expect(cards.map(({ reading }) => reading?.hashesPerSecond)).toEqual(entries.map(([, index]) => 1e6 * (index + 1)));
    expect(cards.map(({ reading }) => reading?.temperatureCelsius)).toEqual(entries.map(([, index]) => 50 + index));
  });
});

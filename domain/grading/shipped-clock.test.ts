import { describe, expect, it } from 'vitest';
import { cardModels } from '../cards.ts';
import { shippedMemoryClockMhz } from './shipped-clock.ts';

function clockOf(name: string): number | undefined {
  const model = cardModels.find((each) => each.name === name);
  return model === undefined ? undefined : shippedMemoryClockMhz(model);
}

describe('shippedMemoryClockMhz', () => {
  it.each([
    ['RTX 3090', 9751],
    ['RTX 3070', 7001],
    ['GTX 1660 SUPER', 7001],
    ['GTX 1070', 4004],
    ['GTX 1080 Ti', 5505],
    ['P104-100 8GB', 5005],
    ['CMP 40HX', 7001],
    ['RTX 4090', 10_501],
    ['RX 580 8GB', 2000],
    ['RX 5700 XT', 875],
    ['RX 6800', 1000],
    ['RX Vega 64', 945],
    ['Radeon VII', 1000],
  ])('is what the driver of %s prints, to a thousandth: %d MHz', (name, clockMhz) => {
    expect(Math.abs((clockOf(name) ?? 0) / clockMhz - 1)).toBeLessThan(0.001);
  });

  it('is not known where a family was sold with two', () => {
    expect([clockOf('GTX 1060 6GB'), clockOf('RTX 3060 12GB'), clockOf('RX 470 8GB')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('lies, for every model that has one, where memory of its kind runs', () => {
    for (const model of cardModels) {
      const clockMhz = shippedMemoryClockMhz(model);
      if (clockMhz === undefined) continue;
      expect(clockMhz, model.name).toBeGreaterThanOrEqual(model.vendor === 'amd' ? 500 : 2500);
      expect(clockMhz, model.name).toBeLessThanOrEqual(model.vendor === 'amd' ? 2500 : 16_000);
    }
  });
});

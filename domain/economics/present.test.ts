import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { presentDay } from './present.ts';
import { priceBook } from './price-book.ts';
import { sampleFarm, sampleObserved, sampleRig } from './sample-farm.ts';
import { electricitySensitivity, utilisationSensitivity } from './sensitivity.ts';
import { defaultSettings } from './settings.ts';
import { valueFarm } from './value-farm.ts';

const settings = { ...defaultSettings('2026-11-25'), electricityUsdPerKwh: 0.1 };

function mining(name: string, algorithm: string, powerWatts: number) {
  return sampleObserved(name, { reading: { hashesPerSecond: 60e6, algorithm, powerWatts } });
}

describe('what a farm earns as it was read', () => {
  it('takes the rate and the power that its miners reported, at what the coin pays', () => {
    const farm = sampleFarm(sampleRig('one', 8, [mining('GeForce RTX 3070', 'ethash', 120)]));
    const day = presentDay(farm, priceBook, settings);
    expect(day).toMatchObject({ miningCardCount: 1, unpricedCardCount: 0, idleCardCount: 0, unreadCardCount: 0 });
    expect(day.incomeUsdPerDay).toBeGreaterThan(0.005);
    expect(day.incomeUsdPerDay).toBeLessThan(0.1);
    // 120 W and the host's 60 W, through power supply and cooling.
    expect(day.powerWatts).toBeGreaterThan(190);
    expect(day.costUsdPerDay).toBeCloseTo((day.powerWatts * 24 * 0.1) / 1000, 2);
    expect(day.netUsdPerDay).toBeCloseTo(day.incomeUsdPerDay - day.costUsdPerDay, 6);
  });

  it('counts the power of what mines an unknown coin or idles, and nothing of what was not read', () => {
    const idle = sampleObserved('GeForce GTX 1070', { reading: { powerWatts: 10 } });
    const farm = sampleFarm(
      sampleRig('one', 8, [mining('GeForce RTX 3070', 'nobodysalgo', 120), idle, sampleObserved('Radeon RX 580')]),
    );
    const day = presentDay(farm, priceBook, settings);
    expect(day).toMatchObject({ miningCardCount: 1, unpricedCardCount: 1, idleCardCount: 1, unreadCardCount: 1 });
    expect(day.incomeUsdPerDay).toBe(0);
    expect(day.costUsdPerDay).toBeGreaterThan(0.3);
  });

  it('tells cards that draw the power of work, with no hash rate read, from idle ones', () => {
    const at = (powerWatts: number, hashesPerSecond?: number) =>
      sampleObserved('GeForce RTX 3080', {
        reading: { powerWatts, ...(hashesPerSecond === undefined ? {} : { hashesPerSecond }) },
      });
    const farm = sampleFarm(sampleRig('one', 8, [at(230), at(25), at(230, 0)]));
    const day = presentDay(farm, priceBook, settings);
    expect(day).toMatchObject({ miningCardCount: 0, busyCardCount: 1, idleCardCount: 2, unreadCardCount: 0 });
  });

  it('never costs less where power is dearer', () => {
    const farm = sampleFarm(sampleRig('one', 8, [mining('GeForce RTX 3070', 'ethash', 120)]));
    const price = fc.double({ min: 0, max: 2, noNaN: true });
    fc.assert(
      fc.property(price, price, (one, other) => {
        const at = (electricityUsdPerKwh: number) =>
          presentDay(farm, priceBook, { ...settings, electricityUsdPerKwh }).netUsdPerDay;
        expect(at(Math.max(one, other))).toBeLessThanOrEqual(at(Math.min(one, other)));
      }),
    );
  });
});

describe('a farm where one thing is other than it is', () => {
  const farm = sampleFarm(
    sampleRig(
      'one',
      16,
      ['GeForce RTX 3090', 'GeForce RTX 3070', 'Radeon RX 580'].map((name) => sampleObserved(name)),
    ),
  );

  it('is worth the same where nothing is other, and less as power gets dearer', () => {
    const points = electricitySensitivity(farm, priceBook, settings, [0, 0.1, 0.3, 1]);
    const values = points.map(({ totals }) => totals.all.valueUsd.mid);
    expect(values[1]).toBe(valueFarm(farm, priceBook, settings).totals.all.valueUsd.mid);
    expect(values.toSorted((one, other) => other - one)).toEqual(values);
  });

  it('scales a tariff by the hour to each mean', () => {
    const hourly = Array.from({ length: 24 }, (_, hour) => (hour < 6 ? 0.04 : 0.12));
    const byHour = { ...settings, electricityUsdPerKwh: hourly };
    const [point] = electricitySensitivity(farm, priceBook, byHour, [0.1]);
    expect(point?.totals).toEqual(valueFarm(farm, priceBook, byHour).totals);
  });

  it('is worth no less where there is more work', () => {
    const points = utilisationSensitivity(farm, priceBook, settings, [0, 25, 50, 100]);
    const values = points.map(({ totals }) => totals.all.valueUsd.mid);
    expect(values.toSorted((one, other) => one - other)).toEqual(values);
    for (const { totals } of points) expect(totals.all.cardCount).toBe(3);
  });
});

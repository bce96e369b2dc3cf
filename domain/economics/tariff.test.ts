import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cheapestHoursUsd, payingHourCount, tariffOf } from './tariff.ts';

const night = [...Array.from({ length: 8 }, () => 0.05), ...Array.from({ length: 16 }, () => 0.2)];

describe('a tariff', () => {
  it('bears VAT only where the operator does not get it back', () => {
    const vat = (isRegistered: boolean, isInTariff: boolean) =>
      tariffOf(0.12, { percent: 20, isRegistered, isInTariff }).meanUsdPerKwh;
    expect(vat(true, true)).toBeCloseTo(0.1, 12);
    expect(vat(true, false)).toBe(0.12);
    expect(vat(false, true)).toBe(0.12);
    expect(vat(false, false)).toBeCloseTo(0.144, 12);
  });

  it('has its mean over the day, and is flat where all hours cost the same', () => {
    expect(tariffOf(night)).toMatchObject({ meanUsdPerKwh: expect.closeTo(0.15, 12), isFlat: false });
    expect(tariffOf(0.1)).toMatchObject({ meanUsdPerKwh: 0.1, isFlat: true });
  });

  it('takes the cheapest hours first, a broken one in part', () => {
    expect(cheapestHoursUsd(tariffOf(night), 2, 8)).toBeCloseTo(0.8, 12);
    expect(cheapestHoursUsd(tariffOf(night), 2, 8.5)).toBeCloseTo(1, 12);
  });

  it('pays in as many hours as cost less than they bring', () => {
    const count = (usdPerHour: number) => payingHourCount(tariffOf(night), 1, usdPerHour);
    expect([count(0.04), count(0.1), count(0.3)]).toEqual([0, 8, 24]);
  });

  it('never costs more by its cheapest hours than by its mean', () => {
    const prices = fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: 24, maxLength: 24 });
    fc.assert(
      fc.property(prices, fc.double({ min: 0, max: 24, noNaN: true }), (hourly, hours) => {
        const tariff = tariffOf(hourly);
        expect(cheapestHoursUsd(tariff, 1, hours)).toBeLessThanOrEqual(tariff.meanUsdPerKwh * hours + 1e-9);
      }),
    );
  });
});

import { expect, it } from 'vitest';
import { inCurrency, moneyText, perKwhText, usDollar } from './currency.ts';

const euro = { code: 'EUR', usdPerUnit: 1.25 };
const yuan = { code: 'CNY', usdPerUnit: 0.125 };

it('writes an amount in the currency that is shown, with its sign where it has one of its own', () => {
  expect(moneyText(12.5, usDollar)).toBe('$12.50');
  expect(moneyText(-12.5, euro)).toBe('-€10.00');
  expect(moneyText(1000, yuan)).toBe('CNY 8,000');
});

it('turns every amount of a sentence into that currency, and leaves other figures alone', () => {
  const sentence = 'It nets -$1.25 a day, $1,250 over 365 days; 8 GiB.';
  expect(inCurrency(sentence, usDollar)).toBe(sentence);
  expect(inCurrency(sentence, euro)).toBe('It nets -€1.00 a day, €1,000 over 365 days; 8 GiB.');
  expect(inCurrency('$0.031', euro)).toBe('€0.025');
});

it('writes no more digits than an estimate knows', () => {
  expect(moneyText(274.36, usDollar)).toBe('$274');
  expect(moneyText(99.996, usDollar)).toBe('$100');
  expect(moneyText(-0.0002, usDollar)).toBe('$0.00');
  expect(moneyText(0.0312, usDollar)).toBe('$0.031');
});

it('writes a price of electricity to a tenth of a cent, where it has one', () => {
  expect([0.1, 0.125, 0.0625].map((price) => perKwhText(price, usDollar))).toEqual([
    '$0.10/kWh',
    '$0.125/kWh',
    '$0.063/kWh',
  ]);
  expect(perKwhText(0.1, euro)).toBe('€0.08/kWh');
  expect(perKwhText(0.1, yuan)).toBe('CNY 0.80/kWh');
});

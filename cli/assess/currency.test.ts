import { expect, it } from 'vitest';
import { inCurrency, moneyText, usDollar } from './currency.ts';

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

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatDurationMs,
  formatMicroUsd,
  GIB,
  greatestMicroUsd,
  leastMicroUsd,
  MIB,
} from './quantity.ts';

describe('quantities for people', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [512 * MIB, '512 MiB'],
    [5944 * MIB, '5.8 GiB'],
    [24 * GIB, '24 GiB'],
  ])('writes %d bytes as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0n, '$0.00'],
    [5_000_000n, '$5.00'],
    [61n, '$0.000061'],
    [-123_400n, '-$0.1234'],
    [1_234_567_890_000n, '$1,234,567.89'],
  ])('writes %d micro-USD as %s', (amountMicroUsd, text) => expect(formatMicroUsd(amountMicroUsd)).toBe(text));

  it('finds the least and the greatest of amounts of any size', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), { minLength: 1 }), (amounts) => {
        const [first = 0n, ...others] = amounts;
        const sorted = amounts.toSorted((left, right) => (left < right ? -1 : 1));
        expect(leastMicroUsd(first, ...others)).toBe(sorted[0]);
        expect(greatestMicroUsd(first, ...others)).toBe(sorted.at(-1));
      }),
    );
  });

  it('writes money without losing a micro-unit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), (amountMicroUsd) => {
        const [whole = '', decimals = ''] = formatMicroUsd(amountMicroUsd).replace(/[$,]/g, '').split('.');
        expect(BigInt(whole.replace('-', '') + decimals.padEnd(6, '0')) * (whole.startsWith('-') ? -1n : 1n)).toBe(
          amountMicroUsd,
        );
      }),
    );
  });

  it.each([
    [-5, '0 ms'],
    [850, '850 ms'],
    [4_200, '4.2 s'],
    [185_000, '3 min 05 s'],
    [7_800_000, '2 h 10 min'],
  ])('writes %d ms as %s', (durationMs, text) => expect(formatDurationMs(durationMs)).toBe(text));
});

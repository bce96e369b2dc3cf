import { generateTerms } from '@rerig/domain/grading';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crossValidate, medianAbsoluteError, quantileOf } from './cross-validate.ts';
import { fitCoefficients, logSpeedOf, priorCoefficients } from './fit.ts';
import { syntheticRows } from './synthetic-rows.ts';

const numbers = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 });
const shares = fc.double({ min: 0, max: 1, noNaN: true });

describe('quantileOf', () => {
  it('lies between the least and the most, which are its ends, whatever the order of the values', () => {
    fc.assert(
      fc.property(numbers, shares, (values, share) => {
        const quantile = quantileOf(values, share);
        expect(quantile).toBeGreaterThanOrEqual(Math.min(...values) - 1e-6);
        expect(quantile).toBeLessThanOrEqual(Math.max(...values) + 1e-6);
        expect(quantileOf(values.toReversed(), share)).toBeCloseTo(quantile, 9);
        expect(quantileOf(values, 0)).toBeCloseTo(Math.min(...values), 9);
        expect(quantileOf(values, 1)).toBeCloseTo(Math.max(...values), 9);
      }),
    );
  });

  it('never falls as the share grows, and moves with its values', () => {
    fc.assert(
      fc.property(numbers, shares, shares, (values, one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        expect(quantileOf(values, less)).toBeLessThanOrEqual(quantileOf(values, more) + 1e-6);
        const doubled = quantileOf(
          values.map((value) => 2 * value + 1),
          one,
        );
        expect(doubled).toBeCloseTo(2 * quantileOf(values, one) + 1, 4);
      }),
    );
  });

  it('has at least its share of the values at or below it, to one value', () => {
    fc.assert(
      fc.property(numbers, shares, (values, share) => {
        const belowCount = values.filter((value) => value <= quantileOf(values, share) + 1e-9).length;
        expect(belowCount + 1).toBeGreaterThanOrEqual(share * values.length);
      }),
    );
  });

  it('goes between two values by a straight line, and is no number of none', () => {
    expect(quantileOf([10, 20], 0.25)).toBe(12.5);
    expect(quantileOf([3], 0.9)).toBe(3);
    expect(quantileOf([], 0.5)).toBeNaN();
  });
});

describe('crossValidate', () => {
  const truth = priorCoefficients('generate');
  const rows = syntheticRows('generate', truth);

  it('judges each row once by a fit that never saw its card, and tells each card as it comes', () => {
    const told: string[] = [];
    const judged = crossValidate(rows, (cardGroup) => told.push(cardGroup));
    expect(judged.map(({ row }) => row).toSorted(bySource)).toEqual(rows.toSorted(bySource));
    expect(told).toEqual([...new Set(rows.map(({ cardGroup }) => cardGroup))]);
    const last = judged.at(-1) ?? expect.fail('no row');
    const without = fitCoefficients(rows.filter(({ cardGroup }) => cardGroup !== last.row.cardGroup));
    expect(last.logError).toBeCloseTo(logSpeedOf(last.row, without) - Math.log(last.row.tokensPerSecond), 3);
  });

  it('finds no error where cards behave as believed', () => {
    expect(medianAbsoluteError(crossValidate(rows))).toBeLessThan(0.001);
  });

  it('shows the error of a card that is unlike all others, which a fit that saw it would hide', () => {
    const odd = rows.map((row) =>
      row.cardGroup === 'RX 580' ? { ...row, tokensPerSecond: row.tokensPerSecond * 1.5 } : row,
    );
    const isOdd = ({ row }: { readonly row: { readonly cardGroup: string } }) => row.cardGroup === 'RX 580';
    const unseen = medianAbsoluteError(crossValidate(odd).filter(isOdd));
    const seen = fitCoefficients(odd);
    const hidden = medianAbsoluteError(
      odd
        .filter((row) => isOdd({ row }))
        .map((row) => ({ row, logError: logSpeedOf(row, seen) - Math.log(row.tokensPerSecond) })),
    );
    expect(unseen).toBeGreaterThan(0.25);
    expect(hidden).toBeLessThan(unseen);
  });

  it('judges a table of one card by what is believed beforehand', () => {
    const own = rows.filter(({ cardGroup }) => cardGroup === 'RTX 3090');
    const judged = crossValidate(own);
    expect(judged).toHaveLength(own.length);
    for (const { row, logError } of judged)
      expect(logError).toBeCloseTo(logSpeedOf(row, truth) - Math.log(row.tokensPerSecond), 9);
  });

  it('knows every term of the formula that the rows are made from', () => {
    expect(Object.keys(truth).toSorted()).toEqual(generateTerms.map(({ name }) => name).toSorted());
  });
});

function bySource(one: Sorted, other: Sorted): number {
  return key(one).localeCompare(key(other));
}

type Sorted = ReturnType<typeof syntheticRows>[number];

function key({ source, modelName, case: { route } }: Sorted): string {
  return `${source} ${route} ${modelName}`;
}

describe('medianAbsoluteError', () => {
  it('counts half and double as unlike, by the share of the measured speed', () => {
    const [row] = syntheticRows('generate', priorCoefficients('generate'));
    if (row === undefined) expect.fail('no row');
    const errorOf = (factor: number) => medianAbsoluteError([{ row, logError: Math.log(factor) }]);
    expect(errorOf(2)).toBeCloseTo(1, 9);
    expect(errorOf(0.5)).toBeCloseTo(0.5, 9);
    expect(medianAbsoluteError([])).toBeNaN();
  });
});

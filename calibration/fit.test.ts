import { generateTerms, promptTerms, type SpeedCoefficients } from '@rerig/domain/grading';
import { describe, expect, it } from 'vitest';
import { medianAbsoluteError } from './cross-validate.ts';
import { fitCoefficients, logSpeedOf, priorCoefficients } from './fit.ts';
import type { SpeedRow } from './speed-rows.ts';
import { syntheticRows } from './synthetic-rows.ts';

const phases = ['generate', 'prompt'] as const;

/** Coefficients away from what is believed beforehand, each by up to 0.7 of its deviation, always the same. */
function truthOf(phase: SpeedRow['phase']): SpeedCoefficients {
  const terms = phase === 'generate' ? generateTerms : promptTerms;
  return Object.fromEntries(
    terms.map(({ name, prior, priorDeviation }, index) => [name, prior + 0.7 * priorDeviation * Math.sin(index * 1.7)]),
  );
}

function logErrorsOf(rows: readonly SpeedRow[], coefficients: SpeedCoefficients) {
  return rows.map((row) => ({ row, logError: logSpeedOf(row, coefficients) - Math.log(row.tokensPerSecond) }));
}

function worstErrorOf(rows: readonly SpeedRow[], coefficients: SpeedCoefficients): number {
  return Math.max(...logErrorsOf(rows, coefficients).map(({ logError }) => Math.abs(Math.expm1(logError))));
}

describe.each(phases)('fitCoefficients of phase %s', (phase) => {
  const truth = truthOf(phase);
  const rows = syntheticRows(phase, truth);

  it('recovers the speeds of rows made from known coefficients within a few percent', () => {
    const fit = fitCoefficients(rows);
    expect(medianAbsoluteError(logErrorsOf(rows, fit))).toBeLessThan(0.03);
    expect(worstErrorOf(rows, fit)).toBeLessThan(0.1);
    const before = medianAbsoluteError(logErrorsOf(rows, priorCoefficients(phase)));
    expect(medianAbsoluteError(logErrorsOf(rows, fit))).toBeLessThan(before / 2);
  });

  it.each([20, 1 / 20])('is moved little by one row that is wrong %f times', (factor) => {
    const fit = fitCoefficients(rows);
    for (const index of [0, 17, rows.length - 1]) {
      const wrong = rows.map((row, place) =>
        place === index ? { ...row, tokensPerSecond: row.tokensPerSecond * factor } : row,
      );
      const moved = fitCoefficients(wrong);
      const shifts = rows.map((row) => Math.abs(logSpeedOf(row, moved) - logSpeedOf(row, fit)));
      expect(Math.max(...shifts)).toBeLessThan(0.15);
      expect(shifts.reduce((sum, shift) => sum + shift, 0) / shifts.length).toBeLessThan(0.03);
    }
  });

  it('gives a number for every term, those that no row uses as believed beforehand', () => {
    const [first] = rows;
    const fit = fitCoefficients(first === undefined ? [] : [first]);
    const terms = phase === 'generate' ? generateTerms : promptTerms;
    expect(Object.keys(fit).toSorted()).toEqual(terms.map(({ name }) => name).toSorted());
    expect(Object.values(fit).every(Number.isFinite)).toBe(true);
    expect(fit['architecture battlemage vulkan']).toBe(0);
  });

  it('stays near what is believed where one row says otherwise, and goes most of the way where many do', () => {
    const [first] = rows;
    if (first === undefined) expect.fail('no row');
    const faster = (row: SpeedRow): SpeedRow => ({ ...row, tokensPerSecond: row.tokensPerSecond * 1.3 });
    const base = fitCoefficients(rows);
    const one = fitCoefficients([faster(first), ...rows.slice(1)]);
    const all = fitCoefficients(rows.map(faster));
    expect(logSpeedOf(first, one) - logSpeedOf(first, base)).toBeLessThan(0.7 * Math.log(1.3));
    expect(logSpeedOf(first, all) - logSpeedOf(first, base)).toBeGreaterThan(0.8 * Math.log(1.3));
  });

  it('is the same whatever the order of the rows', () => {
    const [fit, turned] = [fitCoefficients(rows), fitCoefficients(rows.toReversed())];
    for (const row of rows) expect(logSpeedOf(row, turned)).toBeCloseTo(logSpeedOf(row, fit), 2);
  });
});

describe('fitCoefficients', () => {
  it('is what is believed beforehand where there is no row', () => {
    expect(fitCoefficients([])).toEqual(priorCoefficients('generate'));
  });
});

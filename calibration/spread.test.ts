import { spreadClassOf } from '@rerig/domain/grading';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Judged } from './cross-validate.ts';
import { logSpeedOf, priorCoefficients } from './fit.ts';
import type { SpeedRow } from './speed-rows.ts';
import { COVERED_SHARE, cardFactors, coverageOf, spreadsOf } from './spread.ts';
import { syntheticRows } from './synthetic-rows.ts';

const coefficients = priorCoefficients('generate');
const rows = syntheticRows('generate', coefficients);

function rowBy(route: SpeedRow['case']['route']): SpeedRow {
  return rows.find((row) => row.case.route === route) ?? expect.fail(`no row by ${route}`);
}

function mixtureOf(row: SpeedRow): SpeedRow {
  const request = { ...row.case.request, activeParameterCount: row.case.request.parameterCount / 8 };
  return { ...row, case: { ...row.case, request } };
}

/** Pseudo-random from 0 to 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Errors of a normal distribution (Box-Muller). */
function errorsOf(row: SpeedRow, count: number, deviation: number, seed: number): readonly Judged[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return { row, logError: deviation * normal };
  });
}

describe('spreadsOf', () => {
  it('covers 90 % of errors that it has not seen, by each class', () => {
    const classes = [
      [rowBy('cuda'), 0.2],
      [mixtureOf(rowBy('cuda')), 0.35],
      [rowBy('rocm'), 0.3],
      [rowBy('vulkan'), 0.5],
    ] as const;
    const drawn = (seed: number) =>
      classes.flatMap(([row, deviation], index) => errorsOf(row, 400, deviation, seed + index));
    const spreads = spreadsOf(drawn(1));
    for (const [row, deviation] of classes) {
      const fresh = errorsOf(row, 4000, deviation, 99);
      expect(coverageOf(fresh, spreads)).toBeGreaterThan(COVERED_SHARE - 0.04);
      expect(coverageOf(fresh, spreads)).toBeLessThan(COVERED_SHARE + 0.06);
      expect(spreads[spreadClassOf(row.case)]).toBeGreaterThan(1.4 * deviation);
    }
  });

  it('covers at least 90 % of the errors that it was made from, however many and however wild', () => {
    const errors = fc.array(
      fc.integer({ min: -5000, max: 5000 }).map((thousandths) => thousandths / 1000),
      { minLength: 20, maxLength: 60 },
    );
    fc.assert(
      fc.property(errors, (logErrors) => {
        const judged = logErrors.map((logError) => ({ row: rowBy('cuda'), logError }));
        const rounded = 1 / logErrors.length;
        expect(coverageOf(judged, spreadsOf(judged))).toBeGreaterThanOrEqual(COVERED_SHARE - rounded);
      }),
    );
  });

  it('lends a class of few rows the spread of all, and has one for a class without rows', () => {
    const many = errorsOf(rowBy('cuda'), 200, 0.2, 3);
    const few = errorsOf(rowBy('vulkan'), 2, 0.001, 4);
    const spreads = spreadsOf([...many, ...few]);
    expect(spreads.vulkan).toBeGreaterThan(0.2);
    expect(spreads.rocm).toBeGreaterThan(0.2);
    expect(Object.values(spreads).every(Number.isFinite)).toBe(true);
  });

  it('is wider where errors are, and never below 0', () => {
    const narrow = spreadsOf(errorsOf(rowBy('rocm'), 50, 0.1, 5));
    const wide = spreadsOf(errorsOf(rowBy('rocm'), 50, 0.4, 5));
    expect(wide.rocm / narrow.rocm).toBeCloseTo(4, 1);
    expect(Math.min(...Object.values(narrow))).toBeGreaterThanOrEqual(0);
  });
});

describe('cardFactors', () => {
  function faster(factor: number, count: number): readonly SpeedRow[] {
    const row = rowBy('vulkan');
    return Array.from({ length: count }, () => ({ ...row, tokensPerSecond: row.tokensPerSecond * factor }));
  }

  it('are nothing where the formula misses nothing', () => {
    expect(Object.values(cardFactors(rows, coefficients)).every((factor) => Math.abs(factor) < 1e-9)).toBe(true);
  });

  it('are held back where few rows say them, and near the whole where many do', () => {
    const key = `${rowBy('vulkan').model.modelId} vulkan`;
    const [one, many] = [1, 100].map((count) => cardFactors(faster(1.5, count), coefficients)[key] ?? 0);
    expect(one).toBeGreaterThan(0);
    expect(one).toBeLessThan(0.5 * Math.log(1.5));
    expect(many).toBeGreaterThan(0.95 * Math.log(1.5));
    expect(many).toBeLessThanOrEqual(Math.log(1.5));
  });

  it('are moved by the middle of a card’s rows, not by a wrong one', () => {
    const wrong = faster(50, 1);
    const factor = cardFactors([...faster(1, 4), ...wrong], coefficients)[`${rowBy('vulkan').model.modelId} vulkan`];
    expect(factor).toBeCloseTo(0, 9);
  });

  it('leave out what is not said how it was measured', () => {
    const marked = rows.map((row) => ({ ...row, case: { ...row.case, conditions: { isLocalScore: true } } }));
    expect(cardFactors(marked, coefficients)).toEqual({});
    expect(marked.every((row) => Number.isFinite(logSpeedOf(row, coefficients)))).toBe(true);
  });
});

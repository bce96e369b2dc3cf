import { type SpreadClass, spreadClassOf } from '@rerig/domain/grading';
import { type Judged, quantileOf } from './cross-validate.ts';
import { logSpeedOf } from './fit.ts';
import type { SpeedRow } from './speed-rows.ts';

/** The share of measurements that an interval is to hold. */
export const COVERED_SHARE = 0.9;

/**
 * Rows of one table have sources and hosts in common that others have not: of 88 measurements by CUDA from elsewhere (46
 * card models, none of them fitted, 2024 to 2026) the plain quantile held 82 %. Of the other routes it held all.
 */
const OTHER_SOURCES_FACTOR = 1.15;

/** Below this many rows a class takes part of the whole's spread. */
const FEW_ROWS = 20;

const classes: readonly SpreadClass[] = ['cuda', 'cuda small', 'cuda mixture', 'rocm', 'vulkan'];

/** By class, the logarithm of the factor that 90 % of predictions of unseen cards stay within. */
export function spreadsOf(judged: readonly Judged[]): Readonly<Record<SpreadClass, number>> {
  const all = absoluteQuantile(judged);
  const entries = classes.map((name) => {
    const own = judged.filter(({ row }) => spreadClassOf(row.case) === name);
    const weight = Math.min(1, own.length / FEW_ROWS);
    const spread = own.length === 0 ? all : weight * absoluteQuantile(own) + (1 - weight) * all;
    const widened = name.startsWith('cuda') ? spread * OTHER_SOURCES_FACTOR : spread;
    return [name, Number(widened.toFixed(4))] as const;
  });
  return parseSpreads(entries);
}

function parseSpreads(entries: readonly (readonly [SpreadClass, number])[]): Readonly<Record<SpreadClass, number>> {
  return Object.fromEntries(entries) as Record<SpreadClass, number>;
}

function absoluteQuantile(judged: readonly Judged[]): number {
  const values = judged.map(({ logError }) => Math.abs(logError));
  return quantileOf(values, Math.min(1, (COVERED_SHARE * (values.length + 1)) / values.length));
}

/** The share of judged rows whose measurement lies in the interval around its prediction. */
export function coverageOf(judged: readonly Judged[], spreads: Readonly<Record<SpreadClass, number>>): number {
  const covered = judged.filter(({ row, logError }) => Math.abs(logError) <= spreads[spreadClassOf(row.case)]);
  return covered.length / judged.length;
}

/** So many rows' worth of doubt holds a card model's factor back. */
const DOUBT_ROWS = 1.5;

/** What the formula misses of each card model that was measured, as logarithms by `modelId route`, held back where few rows say it. */
export function cardFactors(
  rows: readonly SpeedRow[],
  coefficients: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const byCard = new Map<string, number[]>();
  for (const row of rows) {
    if (row.case.conditions?.isLocalScore === true || row.case.conditions?.isRouteUnstated === true) continue;
    const key = `${row.model.modelId} ${row.case.route}`;
    const missed = Math.log(row.tokensPerSecond) - logSpeedOf(row, coefficients);
    byCard.set(key, [...(byCard.get(key) ?? []), missed]);
  }
  return Object.fromEntries(
    [...byCard].map(([key, missed]) => {
      const factor = quantileOf(missed, 0.5) * (missed.length / (missed.length + DOUBT_ROWS));
      return [key, Number(factor.toFixed(4))];
    }),
  );
}

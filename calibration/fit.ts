import {
  generateTerms,
  logGenerateSpeed,
  logPromptSpeed,
  promptTerms,
  type SpeedCoefficients,
  type SpeedTerm,
} from '@rerig/domain/grading';
import { levenbergMarquardt } from 'ml-levenberg-marquardt';
import type { SpeedRow } from './speed-rows.ts';

/** Settings of a fit, chosen by cross-validation over a few round values. */
export interface FitSettings {
  /** What one row's logarithm strays by. */
  readonly deviation: number;
  /** From how many deviations on a row pulls no stronger: some measurements are wrong. */
  readonly outlierDeviations: number;
  /** Weight of LocalScore's rows, whose settings are not stated. */
  readonly localScoreWeight: number;
  /** From how many rows of one card group on each weighs less. */
  readonly fullWeightRowCount: number;
}

/** The settings that are used, by phase. */
export const fitSettings: Readonly<Record<SpeedRow['phase'], FitSettings>> = {
  generate: { deviation: 0.2, outlierDeviations: 0.6, localScoreWeight: 0.3, fullWeightRowCount: 4 },
  prompt: { deviation: 0.2, outlierDeviations: 0.5, localScoreWeight: 0.1, fullWeightRowCount: 6 },
};

const ITERATIONS_MAX = 30;
const STEP = 1e-4;

/** The logarithm of a row's predicted speed. */
export function logSpeedOf(row: SpeedRow, coefficients: SpeedCoefficients): number {
  return row.phase === 'generate' ? logGenerateSpeed(row.case, coefficients) : logPromptSpeed(row.case, coefficients);
}

/** The terms' prior means: what is predicted without any measurement. */
export function priorCoefficients(phase: SpeedRow['phase']): SpeedCoefficients {
  return Object.fromEntries(termsOf(phase).map(({ name, prior }) => [name, prior]));
}

function termsOf(phase: SpeedRow['phase']): readonly SpeedTerm[] {
  return phase === 'generate' ? generateTerms : promptTerms;
}

/**
 * Fits a formula's terms to measurements by their greatest posterior probability: Levenberg-Marquardt over the rows'
 * residuals (pseudo-Huber, so that a wrong row can't pull without limit) and the terms' priors. `start`: where to begin.
 * Without rows, what is believed is the priors.
 */
export function fitCoefficients(rows: readonly SpeedRow[], start?: SpeedCoefficients): SpeedCoefficients {
  const phase = rows[0]?.phase ?? 'generate';
  const settings = fitSettings[phase];
  const prior = priorCoefficients(phase);
  const used = termsOf(phase).filter((term) => rows.some((row) => isUsing(row, term, prior)));
  if (used.length === 0) return prior;
  const usedByRow = rows.map((row) => new Set(used.filter((term) => isUsing(row, term, prior))));
  const weights = rowWeights(rows, settings);
  const coefficientsOf = (values: ArrayLike<number>): Record<string, number> => ({
    ...prior,
    ...Object.fromEntries(used.map(({ name }, index) => [name, values[index] ?? 0])),
  });
  const residualOf = (row: SpeedRow, index: number, coefficients: SpeedCoefficients) =>
    (weights[index] ?? 1) *
    bounded((logSpeedOf(row, coefficients) - Math.log(row.tokensPerSecond)) / settings.deviation, settings);
  const result = levenbergMarquardt(
    { x: Array.from({ length: rows.length + used.length }, (_, index) => index), y: zeros(rows.length + used.length) },
    (values) => {
      const coefficients = coefficientsOf(values);
      return (index) => {
        const row = rows[index];
        if (row !== undefined) return residualOf(row, index, coefficients);
        return priorResidual(used[index - rows.length], values[index - rows.length]);
      };
    },
    {
      initialValues: used.map(({ name, prior: mean }) => start?.[name] ?? mean),
      maxIterations: ITERATIONS_MAX,
      errorTolerance: 1e-9,
      improvementThreshold: 1e-6,
      jacobianFunction: (values) => {
        const coefficients = coefficientsOf(values);
        return (index) => {
          const row = rows[index];
          if (row === undefined)
            return used.map((term, place) => (place === index - rows.length ? 1 / term.priorDeviation : 0));
          const here = residualOf(row, index, coefficients);
          return used.map((term) =>
            usedByRow[index]?.has(term) === true
              ? (residualOf(row, index, stepped(coefficients, term)) - here) / STEP
              : 0,
          );
        };
      },
    },
  );
  return coefficientsOf(result.parameterValues);
}

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0);
}

function stepped(coefficients: SpeedCoefficients, { name }: SpeedTerm): SpeedCoefficients {
  return { ...coefficients, [name]: (coefficients[name] ?? 0) + STEP };
}

function isUsing(row: SpeedRow, term: SpeedTerm, prior: SpeedCoefficients): boolean {
  return Math.abs(logSpeedOf(row, stepped(prior, term)) - logSpeedOf(row, prior)) > 1e-12;
}

function priorResidual(term: SpeedTerm | undefined, value: number | undefined): number {
  return term === undefined ? 0 : ((value ?? term.prior) - term.prior) / term.priorDeviation;
}

/** Pseudo-Huber, as a residual whose square is the loss. */
function bounded(residual: number, { outlierDeviations }: FitSettings): number {
  const scaled = residual / outlierDeviations;
  return outlierDeviations * Math.sign(residual) * Math.sqrt(2 * (Math.sqrt(1 + scaled * scaled) - 1));
}

function rowWeights(rows: readonly SpeedRow[], settings: FitSettings): readonly number[] {
  const counts = new Map<string, number>();
  for (const { cardGroup } of rows) counts.set(cardGroup, (counts.get(cardGroup) ?? 0) + 1);
  return rows.map((row) => {
    const count = counts.get(row.cardGroup) ?? 1;
    const ofGroup = Math.min(1, Math.sqrt(settings.fullWeightRowCount / count));
    const ofSource = row.case.conditions?.isLocalScore === true ? settings.localScoreWeight : 1;
    return Math.sqrt(ofGroup * ofSource);
  });
}

import { fitCoefficients, logSpeedOf } from './fit.ts';
import type { SpeedRow } from './speed-rows.ts';

/** A row and by how much a fit that never saw its card was off: the logarithm of predicted over measured. */
export interface Judged {
  readonly row: SpeedRow;
  readonly logError: number;
}

/** Leaves out one card group after another, fits the rest, and predicts what was left out. `onCard` tells the progress. */
export function crossValidate(rows: readonly SpeedRow[], onCard?: (cardGroup: string) => void): readonly Judged[] {
  const full = fitCoefficients(rows);
  return [...new Set(rows.map(({ cardGroup }) => cardGroup))].flatMap((cardGroup) => {
    onCard?.(cardGroup);
    const coefficients = fitCoefficients(
      rows.filter((row) => row.cardGroup !== cardGroup),
      full,
    );
    return rows
      .filter((row) => row.cardGroup === cardGroup)
      .map((row) => ({ row, logError: logSpeedOf(asAsked(row), coefficients) - Math.log(row.tokensPerSecond) }));
  });
}

/** The median of |predicted / measured − 1|; NaN of none. */
export function medianAbsoluteError(judged: readonly Judged[]): number {
  return quantileOf(
    judged.map(({ logError }) => Math.abs(Math.expm1(logError))),
    0.5,
  );
}

/** The value below which a share of the values lies, between two of them by linear interpolation; NaN of none. */
export function quantileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const place = (sorted.length - 1) * share;
  const [below = Number.NaN, above = below] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below + (above - below) * (place - Math.floor(place));
}

/** A row as a user would ask it: nobody says of a card whose speed is asked that its host is a narrow one. */
function asAsked(row: SpeedRow): SpeedRow {
  const { isNarrowHost: _, ...conditions } = row.case.conditions ?? {};
  return { ...row, case: { ...row.case, conditions } };
}

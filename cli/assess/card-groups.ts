import type { Interval, Verdict } from '@rerig/domain/economics';
import type { Grade, Severity } from '@rerig/domain/grading';
import { type CardLine, howText, isStaleOption, verdictOf, worstSeverity } from './card-lines.ts';
import { roundedSum, sumOfIntervals } from './sums.ts';

/** Cards of one model with one verdict that do the same, as one line of a large farm's table. */
export interface CardGroup {
  readonly modelName: string;
  readonly verdict: Verdict | 'withheld';
  /** What they do; empty without a verdict. */
  readonly how: string;
  readonly lines: readonly CardLine[];
  readonly rigCount: number;
  /** The grades among them, best first; null stands for one that is not known. */
  readonly grades: readonly (Grade | null)[];
  /** Sums over the cards, as their best options have them. */
  readonly incomeUsdPerDay: Interval;
  readonly costUsdPerDay: Interval;
  readonly netUsdPerDay: Interval;
  readonly onceUsd: Interval;
  readonly valueUsd: Interval;
  readonly gainUsdPerDay: number;
  readonly powerWatts: number;
  /** The gravest finding among them. */
  readonly severity: Severity | undefined;
  readonly isStale: boolean;
  /** The verdict of one of them at least is of low confidence. */
  readonly isUnsure: boolean;
}

/** Lines by model, verdict and what they do; the most money a day first. Each line is in one group. */
export function cardGroups(lines: readonly CardLine[]): readonly CardGroup[] {
  return [...Map.groupBy(lines, groupKey).values()]
    .map(groupOf)
    .toSorted((one, other) => rank(other) - rank(one) || other.valueUsd.mid - one.valueUsd.mid);
}

function groupKey(line: CardLine): string {
  const { best } = line.valued.valuation;
  return [line.modelName, verdictOf(line.valued), best === null ? '' : howText(best)].join('\n');
}

function rank({ verdict, gainUsdPerDay }: CardGroup): number {
  return verdict === 'withheld' ? Number.NEGATIVE_INFINITY : gainUsdPerDay;
}

function groupOf(lines: readonly CardLine[]): CardGroup {
  const [first] = lines;
  const bests = lines.flatMap(({ valued }) => valued.valuation.best ?? []);
  const grades = new Set(lines.map(({ valued }) => valued.assessed.grade));
  const found = lines.map(({ valued }) => worstSeverity(valued.assessed));
  return {
    modelName: first?.modelName ?? '',
    verdict: first === undefined ? 'withheld' : verdictOf(first.valued),
    how: bests[0] === undefined ? '' : howText(bests[0]),
    lines,
    rigCount: new Set(lines.map(({ rigId }) => rigId)).size,
    grades: [...grades].toSorted((one, other) => ((one ?? 'Z') < (other ?? 'Z') ? -1 : 1)),
    incomeUsdPerDay: sumOfIntervals(bests.map(({ incomeUsdPerDay }) => incomeUsdPerDay)),
    costUsdPerDay: sumOfIntervals(bests.map(({ costUsdPerDay }) => costUsdPerDay)),
    netUsdPerDay: sumOfIntervals(bests.map(({ netUsdPerDay }) => netUsdPerDay)),
    onceUsd: sumOfIntervals(bests.map(({ onceUsd }) => onceUsd)),
    valueUsd: sumOfIntervals(bests.map(({ valueUsd }) => valueUsd)),
    gainUsdPerDay: roundedSum(bests.map(({ gainUsdPerDay }) => gainUsdPerDay.mid)),
    powerWatts: bests.reduce((sum, { powerWatts }) => sum + powerWatts, 0),
    severity: (['blocking', 'warning', 'info'] as const).find((severity) => found.includes(severity)),
    isStale: bests.some(isStaleOption),
    isUnsure: lines.some(({ valued: { valuation } }) => valuation.verdict !== null && valuation.confidence === 'low'),
  };
}

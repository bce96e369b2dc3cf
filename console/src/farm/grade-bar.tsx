import { GRADE_KEYS, type GradeKey, gradeLetter } from './card-words.ts';
import type { FarmTotals } from './farm-totals.ts';
import { GradeLetter } from './grade-badge.tsx';

const FILLS: Readonly<Record<GradeKey, string>> = {
  A: 'fill-grade-a',
  B: 'fill-grade-b',
  C: 'fill-grade-c',
  D: 'fill-grade-d',
  E: 'fill-grade-e',
  unknown: 'fill-grade-unknown',
};

const GAP_PERCENT = 0.6;

interface Segment {
  readonly key: GradeKey;
  readonly startPercent: number;
  readonly lengthPercent: number;
}

/** The farm's cards by grade: one bar, each grade as long as its share, and the counts below it. */
export function GradeBar({ totals }: { readonly totals: FarmTotals }) {
  const present = GRADE_KEYS.filter((key) => (totals.countByGrade.get(key) ?? 0) > 0);
  const words = present.map((key) => `${totals.countByGrade.get(key)} of ${wordsOf(key)}`).join(', ');
  return (
    <div>
      <svg role="img" aria-label={`Cards by grade: ${words}`} className="h-2.5 w-full overflow-hidden rounded-full">
        {segmentsOf(totals).map(({ key, startPercent, lengthPercent }) => (
          <rect
            key={key}
            x={`${startPercent}%`}
            width={`${Math.max(0.4, lengthPercent - GAP_PERCENT)}%`}
            height="100%"
            className={FILLS[key]}
          />
        ))}
      </svg>
      <ul className="mt-2.5 flex flex-wrap gap-x-3.5 gap-y-1.5">
        {present.map((key) => (
          <li key={key} className="inline-flex items-center gap-1.5">
            <GradeLetter grade={key} />
            <span className="font-medium">{totals.countByGrade.get(key)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function segmentsOf(totals: FarmTotals): readonly Segment[] {
  const segments: Segment[] = [];
  let startPercent = 0;
  for (const key of GRADE_KEYS) {
    const count = totals.countByGrade.get(key) ?? 0;
    if (count === 0) continue;
    const lengthPercent = (100 * count) / totals.cardCount;
    segments.push({ key, startPercent, lengthPercent });
    startPercent += lengthPercent;
  }
  return segments;
}

function wordsOf(key: GradeKey): string {
  return key === 'unknown' ? 'unknown grade' : `grade ${gradeLetter(key)}`;
}

import type { CardView } from '@rerig/api/exchange';
import { evidenceWords, type GradeKey, gradeKeyOf, gradeLetter } from './card-words.ts';

const BACKGROUNDS: Readonly<Record<GradeKey, string>> = {
  A: 'bg-grade-a',
  B: 'bg-grade-b',
  C: 'bg-grade-c',
  D: 'bg-grade-d',
  E: 'bg-grade-e',
  unknown: 'bg-grade-unknown',
};

/** A grade as a letter on its colour; `?` where there is none. */
export function GradeLetter({ grade }: { readonly grade: GradeKey }) {
  return (
    <span
      className={`inline-flex size-5.5 shrink-0 items-center justify-center rounded-[5px] font-bold text-on-grade text-xs ${BACKGROUNDS[grade]}`}
    >
      <span className="sr-only">{grade === 'unknown' ? 'grade not known ' : 'grade '}</span>
      {gradeLetter(grade)}
    </span>
  );
}

/** A card's grade, and beside it how it is known. */
export function CardGrade({ card }: { readonly card: CardView }) {
  const evidence = evidenceWords(card);
  return (
    <span className="inline-flex items-center gap-2">
      <GradeLetter grade={gradeKeyOf(card)} />
      <span className="text-soft text-xs leading-tight">{evidence === '' ? 'not graded' : evidence}</span>
    </span>
  );
}

import type { AssessedCard, AssessedRig, Totals } from './assessed.ts';
import type { Finding } from './finding.ts';

/** Sums that are being made. */
type Sums = {
  -readonly [Key in keyof Totals]: Totals[Key] extends number
    ? number
    : { -readonly [Inner in keyof Totals[Key]]: number };
};

/** The sums over some rigs' cards and findings, and a farm's own findings; adding rigs one by one gives the same sums. */
export function totalsOf(
  rigs: readonly Pick<AssessedRig, 'cards' | 'findings'>[],
  farmFindings: readonly Finding[] = [],
): Totals {
  const sums: Sums = {
    rigCount: rigs.length,
    cardCount: 0,
    cardCountByGrade: { A: 0, B: 0, C: 0, D: 0, E: 0, ungraded: 0 },
    vramBytes: 0,
    powerWatts: 0,
    powerReportingCardCount: 0,
    findingCountBySeverity: { info: 0, warning: 0, blocking: 0 },
  };
  countFindings(sums, farmFindings);
  for (const { cards, findings } of rigs) {
    countFindings(sums, findings);
    for (const card of cards) addCard(sums, card);
  }
  return sums;
}

function countFindings(sums: Sums, findings: readonly Finding[]): void {
  for (const { severity } of findings) sums.findingCountBySeverity[severity] += 1;
}

function addCard(sums: Sums, { card, grade, vram, findings }: AssessedCard): void {
  sums.cardCount += 1;
  sums.cardCountByGrade[grade ?? 'ungraded'] += 1;
  if (card.kind === 'gpu') sums.vramBytes += vram?.bytes ?? 0;
  const powerWatts = card.reading?.powerWatts;
  if (powerWatts !== undefined) {
    sums.powerWatts += powerWatts;
    sums.powerReportingCardCount += 1;
  }
  countFindings(sums, findings);
}

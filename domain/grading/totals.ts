import type { AssessedRig, Totals } from './assessed.ts';
import type { Finding } from './finding.ts';

/** The sums over some rigs' cards and findings, and a farm's own findings; adding rigs one by one gives the same sums. */
export function totalsOf(
  rigs: readonly Pick<AssessedRig, 'cards' | 'findings'>[],
  farmFindings: readonly Finding[] = [],
): Totals {
  const cards = rigs.flatMap((rig) => rig.cards);
  const findings = [...farmFindings, ...rigs.flatMap((rig) => rig.findings), ...cards.flatMap((card) => card.findings)];
  const powers = cards.flatMap(({ card }) => card.reading?.powerWatts ?? []);
  const gradeCount = (grade: AssessedRig['cards'][number]['grade']) =>
    cards.filter((card) => card.grade === grade).length;
  const severityCount = (severity: (typeof findings)[number]['severity']) =>
    findings.filter((finding) => finding.severity === severity).length;
  return {
    rigCount: rigs.length,
    cardCount: cards.length,
    cardCountByGrade: {
      A: gradeCount('A'),
      B: gradeCount('B'),
      C: gradeCount('C'),
      D: gradeCount('D'),
      E: gradeCount('E'),
      ungraded: gradeCount(null),
    },
    vramBytes: cards.reduce((sum, { card, vram }) => sum + (card.kind === 'gpu' ? (vram?.bytes ?? 0) : 0), 0),
    powerWatts: powers.reduce((sum, powerWatts) => sum + powerWatts, 0),
    powerReportingCardCount: powers.length,
    findingCountBySeverity: {
      info: severityCount('info'),
      warning: severityCount('warning'),
      blocking: severityCount('blocking'),
    },
  };
}

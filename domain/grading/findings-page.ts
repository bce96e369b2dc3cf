import { type FindingCode, findingCodes } from './finding-codes.ts';
import type { FindingMeaning } from './finding-meaning.ts';
import { mendCosts } from './mend-cost.ts';
import { xidMeanings } from './xid-findings.ts';

const INTRODUCTION = `# Findings

What \`rerig assess\` may say of a card, a rig or a farm. Each finding has a code, a severity, what was seen, why it
matters, what mends it, and where it holds back work what the mend unlocks.

- **blocking**: no AI work until it is mended;
- **warning**: it costs speed, money or hardware;
- **info**: worth knowing.

Where two severities stand, the first is the usual one. Costs are parts in US dollars and a person's time, for the one
card or rig: estimates of ours of November 2026 where a finding names no other source; a price book may override them
by the kind of mend.
`;

const CODES: readonly (readonly [string, FindingMeaning['about']])[] = [
  ['## Of a card', 'card'],
  ['## Of a rig', 'rig'],
  ['## Of a farm', 'farm'],
];

/** The page of all findings, as it stands in docs/findings.md: a test keeps both the same. */
export function findingsPage(): string {
  const sections = CODES.map(([heading, about]) => `${heading}\n\n${codeTable(about)}`);
  return `${[INTRODUCTION, ...sections, `## XIDs of NVIDIA's driver\n\n${xidTable()}`].join('\n')}`;
}

function codeTable(about: FindingMeaning['about']): string {
  const rows = parseEntries(Object.entries(findingCodes))
    .filter(([, meaning]) => meaning.about === about)
    .map(([code, meaning]) => codeRow(code, meaning));
  return table(['code', 'what it is', 'severity', 'found when', 'mend', 'kind of mend', 'parts, time'], rows);
}

function parseEntries(entries: readonly (readonly [string, FindingMeaning])[]) {
  return entries as readonly (readonly [FindingCode, FindingMeaning])[];
}

function codeRow(code: FindingCode, { title, severities, when, mend, mendKind }: FindingMeaning): readonly string[] {
  return [`\`${code}\``, title, severities.join(', '), when, mend, mendKind, costText(mendKind)];
}

function costText(mendKind: FindingMeaning['mendKind']): string {
  if (mendKind === 'none') return '';
  const { lowUsd, highUsd, labourMinutes } = mendCosts[mendKind];
  const parts = highUsd === 0 ? 'no parts' : `${lowUsd} to ${highUsd} USD`;
  return `${parts}, ${labourMinutes} min`;
}

function xidTable(): string {
  const rows = Object.entries(xidMeanings).map(([code, { severity, what, why, mend }]) => [
    code,
    severity,
    what,
    why,
    mend,
  ]);
  return table(['XID', 'severity', 'what', 'why', 'mend'], rows);
}

/** A table whose columns are as wide as their widest cell, as the formatter has them. */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((_, column) => Math.max(3, ...[heads, ...rows].map((cells) => cellLength(cells, column))));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  return `${[line(heads), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')}\n`;
}

function cellLength(cells: readonly string[], column: number): number {
  return cells[column]?.length ?? 0;
}

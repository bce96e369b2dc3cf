import type { FarmReport } from './farm-report.ts';
import { type FindingGroup, findingGroups } from './finding-groups.ts';
import { counted, type Page } from './page.ts';

/** How many are shown, where not all are asked for; blocking ones always are. */
const MOST_SHOWN = 8;

/** What is wrong or limiting, each kind once, the gravest first. What is only for information stands under `--all`. */
export function renderFindings({ valued }: FarmReport, page: Page, isAll: boolean): readonly string[] {
  const groups = findingGroups(valued);
  const shown = isAll ? groups : groups.filter(({ severity }, index) => isShown(severity, index));
  if (groups.length === 0) return [];
  const hidden = groups.length - shown.length;
  return [
    page.heading('Findings', 'each kind once'),
    ...shown.flatMap((group) => findingLines(group, page)),
    ...(hidden === 0 ? [] : [page.colors.dim(`  … and ${counted(hidden, 'kind')} more: --all shows them`)]),
  ];
}

function isShown(severity: FindingGroup['severity'], index: number): boolean {
  return severity === 'blocking' || (severity === 'warning' && index < MOST_SHOWN);
}

/** `$0.12 a day`, `$33.58 once`, `$0.12 a day and $33.58 once`. */
export function gainWords({ gainUsdPerDay, gainUsdOnce }: FindingGroup, money: (usd: number) => string): string {
  const words = [
    ...(gainUsdPerDay === 0 ? [] : [`${money(gainUsdPerDay)} a day`]),
    ...(gainUsdOnce === 0 ? [] : [`${money(gainUsdOnce)} once`]),
  ];
  return words.join(' and ');
}

function findingLines(group: FindingGroup, page: Page): readonly string[] {
  const { code, title, severity, example } = group;
  const mark = severity === 'info' ? page.colors.dim('i') : page.mark(severity);
  const head = page.lines(`${title} (${code}): ${whereText(group)}`, 2, 2);
  const [first = '', ...others] = head;
  return [
    `${mark}${page.severity(severity)(first.slice(1))}`,
    ...others,
    ...page.lines(`→ ${example.mend}`, 4, 2).map(page.colors.dim),
    ...(group.gainUsdPerDay + group.gainUsdOnce === 0
      ? []
      : page.lines(`+ ${gainText(group, page)}`, 4, 2).map(page.colors.dim)),
  ];
}

/** `12 cards in 4 rigs`, `the farm`. */
function whereText({ cardCount, rigCount }: FindingGroup): string {
  if (rigCount === 0) return 'the farm';
  return cardCount === 0 ? counted(rigCount, 'rig') : `${counted(cardCount, 'card')} in ${counted(rigCount, 'rig')}`;
}

function gainText(group: FindingGroup, page: Page): string {
  const { unlockedCardCount, costUsd } = group;
  return `${gainWords(group, (usd) => page.money(usd))} by ${counted(unlockedCardCount, 'card')}, ${costUsd === 0 ? 'no parts' : `for ${page.money(costUsd)} in parts`}`;
}

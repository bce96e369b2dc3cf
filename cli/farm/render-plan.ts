import { type FarmPlan, type FileChange, isNothingToDo } from '@rerig/agent/farm';
import { createTwoFilesPatch } from 'diff';
import pc from 'picocolors';
import { wrap } from '../terminal.ts';

/** How a plan is written. */
export interface PlanLook {
  readonly columnCount: number;
  readonly color: boolean;
}

/** What is to change, for a person: packages, accounts, each file as a unified diff, and what is to be started. Keys are never shown. */
export function renderPlan(plan: FarmPlan, { columnCount, color }: PlanLook): string {
  const colors = pc.createColors(color);
  const { settings, rigs } = plan.record;
  const cardCount = rigs.reduce((count, { cards }) => count + cards.length, 0);
  const joinedCount = rigs.filter(({ joined }) => joined !== null).length;
  const head = `${settings.clusterName}, head ${settings.head.hostName} (${settings.head.address}): ${rigs.length} rigs, ${cardCount} cards; ${joinedCount} rigs have joined`;
  if (isNothingToDo(plan)) return `${wrap(`${head}. Nothing is to change.`, columnCount).join('\n')}\n`;
  const lines = [
    ...wrap(head, columnCount).map(colors.bold),
    ...plan.changes.flatMap((change) => fileLines(change, colors)),
    ...listed('packages to install', plan.missingPackages, columnCount),
    ...listed('accounts to make', plan.missingUsers, columnCount),
    ...listed('to be started', plan.stoppedParts, columnCount),
  ];
  return `${lines.join('\n')}\n`;
}

function fileLines({ file, kind, before }: FileChange, colors: ReturnType<typeof pc.createColors>): readonly string[] {
  if (kind === 'rights') return [`${file.path}: its owner or mode is to change, to ${file.mode.toString(8)}`];
  if (file.content.kind !== 'text') return [`${file.path}: a new key, which is not shown`];
  const from = kind === 'new' ? '/dev/null' : file.path;
  const patch = createTwoFilesPatch(from, file.path, before, file.content.text, '', '', { context: 3 });
  return patch
    .trimEnd()
    .split('\n')
    .filter((line) => !/^(=+|Index: .*)$/.test(line))
    .map((line) => paint(line.trimEnd(), colors));
}

function paint(line: string, colors: ReturnType<typeof pc.createColors>): string {
  if (/^(---|\+\+\+)/.test(line)) return colors.bold(line);
  if (line.startsWith('+')) return colors.green(line);
  return line.startsWith('-') ? colors.red(line) : line;
}

function listed(title: string, words: readonly string[], columnCount: number): readonly string[] {
  return words.length === 0 ? [] : wrap(`${title}: ${words.join(' ')}`, columnCount);
}

import type { WorkloadView } from '@rerig/api/agent';
import { printable, shortened } from '../printable.ts';
import { GAP_COLUMNS, textTable } from '../text-table.ts';

/** The most columns of an id and of cards: what is longer is cut, and whole with --json. */
const ID_COLUMNS_MAX = 26;
const CARDS_COLUMNS_MAX = 22;
const COMMAND_COLUMNS_MIN = 8;

/** A table of workloads, the newest last, for a terminal of so many columns. Ends in a new line. */
export function renderWorkloads(
  workloads: readonly WorkloadView[],
  names: ReadonlyMap<string, string>,
  style: { readonly columnCount: number; readonly nowMs: number },
): string {
  if (workloads.length === 0) return 'Nothing runs. Start a job with: rerig run -- COMMAND\n';
  const rows = workloads
    .toSorted((one, other) => compareText(one.submittedAt ?? '', other.submittedAt ?? ''))
    .map((workload) => [
      shortened(workload.workloadId, ID_COLUMNS_MAX),
      stateText(workload),
      sinceText(style.nowMs - Date.parse(workload.stateSince)),
      shortened(cardsText(workload, names), CARDS_COLUMNS_MAX),
    ]);
  const columns = ['ID', 'STATE', 'SINCE', 'CARDS'].map((head, index) => ({
    head,
    columnCount: Math.max(head.length, ...rows.map((row) => row[index]?.length ?? 0)),
  }));
  const used = columns.reduce((sum, each) => sum + each.columnCount + GAP_COLUMNS, 0);
  const left = Math.max(COMMAND_COLUMNS_MIN, style.columnCount - used);
  const byTime = workloads.toSorted((one, other) => compareText(one.submittedAt ?? '', other.submittedAt ?? ''));
  const whole = rows.map((row, index) => [...row, shortened(commandText(byTime[index]), left)]);
  return `${textTable([...columns, { head: 'COMMAND' }], whole, style).join('\n')}\n`;
}

/** A state with what a person wants to know of it: how it ended, how often it was begun again. */
function stateText({ state, exitCode, restartCount }: WorkloadView): string {
  if ((state === 'failed' || state === 'stopped') && exitCode !== undefined) return `${state} ${exitCode}`;
  return restartCount > 0 && state === 'running' ? `${state} #${restartCount + 1}` : state;
}

/** `2× RTX 3060 12GB`, `RTX 3060 12GB, RX 580 8GB`. */
export function cardsText({ cardIds }: WorkloadView, names: ReadonlyMap<string, string>): string {
  if (cardIds.length === 0) return '-';
  const counts = Map.groupBy(cardIds, (cardId) => names.get(cardId) ?? cardId);
  return [...counts].map(([name, ids]) => (ids.length === 1 ? name : `${ids.length}× ${name}`)).join(', ');
}

function commandText(workload: WorkloadView | undefined): string {
  if (workload?.command !== undefined) return workload.command.map(shellWord).join(' ');
  return workload?.model === undefined ? '-' : `serves ${workload.model}`;
}

/** As it would be typed. */
function shellWord(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${printable(word).replaceAll("'", String.raw`'\''`)}'`;
}

const SINCE_UNITS: readonly (readonly [ms: number, unit: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
];

/** A time that has passed, in its largest unit: `42s`, `7m`, `3h`, `12d`. */
export function sinceText(passedMs: number): string {
  const [ms, unit] = SINCE_UNITS.find(([each]) => passedMs >= each) ?? [1000, 's'];
  return `${Math.max(0, Math.floor(passedMs / ms))}${unit}`;
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

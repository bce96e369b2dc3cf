import type { Interval, Verdict } from '@rerig/domain/economics';
import type { Grade } from '@rerig/domain/grading';
import { shortened } from '../printable.ts';
import { GAP_COLUMNS, textTable } from '../text-table.ts';
import { type CardGroup, cardGroups } from './card-groups.ts';
import { type CardLine, howText, isStaleOption, verdictOf, worstSeverity } from './card-lines.ts';
import type { FarmReport } from './farm-report.ts';
import type { Page } from './page.ts';

/** More cards than these are shown by model and verdict, where not all are asked for. */
const MOST_LISTED = 24;

/** The cards by money: one by one on a small farm or where all are asked for, else by model and verdict. */
export function renderCards({ lines }: FarmReport, page: Page, isAll: boolean): readonly string[] {
  if (lines.length === 0) return [];
  const isGrouped = !isAll && lines.length > MOST_LISTED;
  const rows = isGrouped
    ? cardGroups(lines).map((group) => groupRow(group, page))
    : lines.map((line) => lineRow(line, page));
  const note = isGrouped ? 'by model and verdict; most gain first; --all lists each' : 'most gain first';
  const heads = [isGrouped ? 'n' : 'card', 'model', 'gr', 'verdict', 'how', 'net a day', 'once'];
  const table = cardTable(heads, rows, isGrouped, page);
  return [page.heading('Cards', note), ...table, ...page.lines(legend(lines)).map(page.colors.dim)];
}

/** A row without colours, and how its cells are painted: widths are those of what is seen. */
interface Row {
  readonly cells: readonly [string, string, string, string, string, string, string];
  readonly isLoss: boolean;
  readonly verdict: Verdict | 'withheld';
  readonly grade: Grade | null;
}

const [MODEL, HOW] = [1, 4] as const;

/** Of the room for both, what a model's name gets where both want more. */
const MODEL_SHARE = 0.55;

/** Models and what they do share what the other columns leave. */
function cardTable(heads: readonly string[], rows: readonly Row[], isGrouped: boolean, page: Page): readonly string[] {
  const widths = heads.map((head, index) =>
    Math.max(head.length, ...rows.map(({ cells }) => (cells[index] ?? '').length)),
  );
  const isFlexible = (index: number) => index === MODEL || index === HOW;
  const taken = widths.reduce((sum, width, index) => sum + (isFlexible(index) ? 0 : width), 0);
  const room = page.width - taken - GAP_COLUMNS * (heads.length - 1);
  const [modelWanted, howWanted] = [widths[MODEL] ?? 0, widths[HOW] ?? 0];
  const model = Math.min(modelWanted, Math.max(room - howWanted, Math.floor(room * MODEL_SHARE)));
  const how = Math.min(howWanted, room - model);
  const columns = heads.map((head, index) => ({
    head,
    columnCount: index === MODEL ? model : index === HOW ? how : (widths[index] ?? 0),
    align: index > HOW || (index === 0 && isGrouped) ? ('right' as const) : ('left' as const),
  }));
  return textTable(
    columns,
    rows.map((row) => painted(row, [model, how], page)),
    page.tableStyle,
  );
}

function painted(
  { cells, isLoss, verdict, grade }: Row,
  [model, how]: readonly [number, number],
  page: Page,
): string[] {
  const [first, name, grades, verdictText, howText, day, once] = cells;
  return [
    page.colors.dim(first),
    shortened(name, model),
    grade === 'E' || grade === null ? page.colors.red(grades) : grades,
    verdictPaint(verdict, page)(verdictText),
    shortened(howText, how),
    isLoss ? page.colors.red(day) : day,
    once,
  ];
}

function verdictPaint(verdict: Verdict | 'withheld', page: Page): (text: string) => string {
  switch (verdict) {
    case 'train':
    case 'serve':
    case 'batch':
      return page.colors.green;
    case 'mine':
      return page.colors.cyan;
    case 'repair':
      return page.colors.yellow;
    case 'sleep':
    case 'sell':
    case 'recycle':
      return (text) => text;
    case 'withheld':
      return page.colors.dim;
  }
}

const LONGEST_ID = 18;

function lineRow({ valued, modelName }: CardLine, page: Page): Row {
  const { assessed, valuation } = valued;
  const { best } = valuation;
  const isUnsure = best !== null && valuation.confidence === 'low';
  return {
    cells: [
      shortId(assessed.card.cardId),
      modelName,
      `${assessed.grade ?? '?'}${markText(worstSeverity(assessed))}`,
      `${verdictOf(valued)}${isUnsure ? '?' : ''}`,
      best === null ? '' : howText(best),
      ...moneyCells(best?.netUsdPerDay, best?.onceUsd, best !== null && isStaleOption(best), page),
    ],
    isLoss: (best?.netUsdPerDay.mid ?? 0) < 0,
    verdict: verdictOf(valued),
    grade: assessed.grade,
  };
}

function groupRow(group: CardGroup, page: Page): Row {
  const { lines, modelName, grades, verdict, how, severity, netUsdPerDay, onceUsd, isStale, isUnsure } = group;
  return {
    cells: [
      lines.length.toLocaleString('en'),
      modelName,
      `${grades.map((grade) => grade ?? '?').join('')}${markText(severity)}`,
      `${verdict}${isUnsure ? '?' : ''}`,
      how,
      ...moneyCells(netUsdPerDay, onceUsd, isStale, page),
    ],
    isLoss: netUsdPerDay.mid < 0,
    verdict,
    grade: grades[0] ?? null,
  };
}

function moneyCells(
  net: Interval | undefined,
  once: Interval | undefined,
  isStale: boolean,
  page: Page,
): readonly [string, string] {
  const cell = (amount: Interval | undefined) =>
    amount === undefined || amount.mid === 0 ? '–' : `${page.money(amount.mid)}${isStale ? '*' : ' '}`;
  return [cell(net), cell(once)];
}

function markText(severity: ReturnType<typeof worstSeverity>): string {
  if (severity === 'blocking') return ' ✖';
  return severity === 'warning' ? ' !' : '';
}

/** `a-very-long-rig…/02:00.0`: the bus is what tells cards of a rig apart. */
function shortId(cardId: string): string {
  const shown = shortened(cardId, Number.POSITIVE_INFINITY);
  if (shown.length <= LONGEST_ID) return shown;
  const bus = shown.slice(shown.lastIndexOf('/')).slice(-9);
  return `${shown.slice(0, LONGEST_ID - bus.length - 1)}…${bus}`;
}

function legend(lines: readonly CardLine[]): string {
  const valuations = lines.map(({ valued }) => valued.valuation);
  const severities = new Set(lines.map(({ valued }) => worstSeverity(valued.assessed)));
  return [
    ...(severities.has('blocking') ? ['✖ nothing runs until mended'] : []),
    ...(severities.has('warning') ? ['! has findings'] : []),
    ...(valuations.some(({ verdict, confidence }) => verdict !== null && confidence === 'low')
      ? ['? the next best may well be as good']
      : []),
    ...(valuations.some(({ best }) => best !== null && isStaleOption(best)) ? ['* rests on a stale figure'] : []),
  ].join(' · ');
}

import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';

/** A column of a table in a terminal. */
export interface Column {
  readonly head: string;
  /** Absent: as wide as its widest cell. */
  readonly columnCount?: number;
  readonly align?: 'left' | 'right';
}

/** How a table stands on its page. */
export interface TableStyle {
  /** Columns of the page: where the table would be wider, its last column is made narrower and goes on below. */
  readonly columnCount: number;
  readonly head?: (text: string) => string;
}

/** Two blanks between columns, and no lines: nothing is lost where a terminal has no box drawing. */
const BORDERLESS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
} as const;

/** Blanks between two columns. */
export const GAP_COLUMNS = 2;

const LEAST_LAST_COLUMNS = 6;

/** A table as lines without trailing blanks; a cell that is too long for its column goes on below. */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { columnCount, head = (text) => text }: TableStyle,
): readonly string[] {
  const hasHead = columns.some((column) => column.head !== '');
  const table = new Table({
    head: hasHead ? columns.map((column) => head(column.head)) : [],
    chars: BORDERLESS,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
    colWidths: [...fittedWidths(columns, rows, columnCount)],
    colAligns: columns.map(({ align }) => align ?? 'left'),
    wordWrap: true,
    wrapOnWordBoundary: true,
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

function fittedWidths(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  pageColumns: number,
): readonly number[] {
  const widths = columns.map(
    ({ head, columnCount }, index) =>
      columnCount ?? rows.reduce((most, cells) => Math.max(most, seenLength(cells[index] ?? '')), head.length),
  );
  const total = widths.reduce((sum, width) => sum + width, 0) + GAP_COLUMNS * (widths.length - 1);
  const last = widths.length - 1;
  const excess = Math.max(0, total - pageColumns);
  return widths.map((width, index) =>
    index === last ? Math.max(Math.min(width, LEAST_LAST_COLUMNS), width - excess) : width,
  );
}

function seenLength(cell: string): number {
  return stripVTControlCharacters(cell).length;
}

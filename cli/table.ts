import Table from 'cli-table3';

const HEADLESS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;

/** A plain table: a heading, then rows; columns after the first are aligned right. Written without lines or colour. */
export function renderTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: [...heading],
    chars: HEADLESS,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
    colAligns: heading.map((_, index) => (index === 0 ? 'left' : 'right')),
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

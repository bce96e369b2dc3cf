import { toldText } from './nvidia-card.ts';
import { columnsOf, fieldsOf, isOtherList } from './nvidia-csv-columns.ts';
import { isCardRow, isSingleValue } from './nvidia-csv-guess.ts';
import { linesOf } from './text-lines.ts';
import type { Writable } from './writable.ts';

/** A row of a section, with what it is kept under. */
export type CsvRow = readonly string[];

/** Rows of one run of nvidia-smi; `columns` is absent where nothing above them tells what they are. */
export interface CsvSection {
  readonly columns: readonly string[] | undefined;
  /** The newest row of each card: a log that goes on for days has the same cards again and again. */
  readonly rows: Map<string, CsvRow>;
  /** Lines that name a card and have not as many fields as they should. */
  readonly cutLines: string[];
  /** Rows that came again with nothing that tells whether of the same card or of another rig's. */
  readonly unclearRepeatCount: number;
  /** Of rows without identity: when this round of the cards began, and how many it has. */
  readonly roundTime: string;
  readonly roundRowCount: number;
}

/** So many lines of talk, fences and blanks may stand between a command and its output. */
const MOST_LINES_BETWEEN = 6;

interface ReadingLines {
  readonly sections: Writable<CsvSection>[];
  /** Columns that were asked for without a header, until their rows come. */
  readonly asked: { readonly columns: readonly string[]; readonly linesLeft: number } | undefined;
  readonly isInside: boolean;
  /** Within a list of programs or damaged pages, which names cards too. */
  readonly isInOtherList: boolean;
}

type Reading = Writable<ReadingLines>;

/** Finds every section in a text. */
export function readCsvSections(text: string): readonly CsvSection[] {
  const reading: Reading = { sections: [], asked: undefined, isInside: false, isInOtherList: false };
  for (const { line } of linesOf(text)) {
    if (line.includes('--query-gpu')) readCommand(line, reading);
    else if (isOtherList(line)) leaveForOtherList(reading);
    else if (line.trim() === '') {
      reading.isInOtherList = false;
      // Consoles of Windows put empty lines between a header and its rows.
      if (reading.isInside && reading.sections.at(-1)?.rows.size === 0) continue;
    }
    if (line.includes('--query') || reading.isInOtherList || readHeader(line, reading)) continue;
    readRow(line, reading);
  }
  return reading.sections;
}

function leaveForOtherList(reading: Reading): void {
  reading.isInOtherList = true;
  reading.isInside = false;
  reading.asked = undefined;
}

function readCommand(line: string, reading: Reading): void {
  const [, asked] = /--query-gpu[= ]["']?([\w.,]{2,8000})/.exec(line) ?? [];
  reading.isInside = false;
  reading.isInOtherList = false;
  reading.asked =
    asked !== undefined && line.includes('noheader')
      ? { columns: asked.toLowerCase().split(','), linesLeft: MOST_LINES_BETWEEN }
      : undefined;
}

function readHeader(line: string, reading: Reading): boolean {
  const columns = columnsOf(line);
  if (columns === undefined) return false;
  reading.asked = undefined;
  reading.isInside = true;
  startSection(columns, reading);
  return true;
}

function startSection(columns: readonly string[] | undefined, { sections }: Reading): Writable<CsvSection> {
  const section: Writable<CsvSection> = {
    columns,
    rows: new Map(),
    cutLines: [],
    unclearRepeatCount: 0,
    roundTime: '',
    roundRowCount: 0,
  };
  sections.push(section);
  return section;
}

function readRow(line: string, reading: Reading): void {
  const fields = fieldsOf(line);
  const section = reading.isInside ? reading.sections.at(-1) : undefined;
  if (section !== undefined && fields.length === widthOf(section) && isRowOf(section, fields)) {
    addRow(fields, section, reading);
  } else if (reading.asked !== undefined && fields.length === reading.asked.columns.length && isFirstRow(fields)) {
    addRow(fields, startSection(reading.asked.columns, reading), reading);
    reading.isInside = true;
    reading.asked = undefined;
  } else if (line.includes(', ') && isCardRow(fields)) {
    if (section?.columns !== undefined && section.rows.size > 0) section.cutLines.push(line);
    else addRow(fields, startSection(undefined, reading), reading);
    reading.isInside = true;
  } else {
    reading.isInside = section !== undefined && line.includes('Unable to determine');
    const { asked } = reading;
    if (asked !== undefined)
      reading.asked = asked.linesLeft > 1 ? { ...asked, linesLeft: asked.linesLeft - 1 } : undefined;
  }
}

function widthOf({ columns, rows }: CsvSection): number {
  return columns?.length ?? rows.values().next().value?.length ?? 0;
}

/** A row of a known header may say anything, but for a header of one column; others must look like a card. */
function isRowOf({ columns }: CsvSection, fields: CsvRow): boolean {
  if (columns === undefined) return isCardRow(fields);
  const [first = ''] = fields;
  return columns.length > 1 || isSingleValue(first);
}

function isFirstRow(fields: CsvRow): boolean {
  const [first = ''] = fields;
  return fields.length > 1 ? fields.every((field) => field !== '') : isSingleValue(first);
}

/** The most rows of one section that nothing tells apart. */
const MOST_ROWS = 4096;

function addRow(fields: CsvRow, section: Writable<CsvSection>, reading: Reading): void {
  const { columns } = section;
  const key = keyOf(fields, columns) ?? roundKey(fields, section);
  const known = section.rows.get(key.text);
  if (known !== undefined && isOtherCard(known, fields, columns)) {
    addRow(fields, startSection(columns, reading), reading);
    return;
  }
  if (known !== undefined && !key.isSure && fieldOf(fields, columns, 'timestamp') === undefined)
    section.unclearRepeatCount += 1;
  if (known !== undefined || section.rows.size < MOST_ROWS) section.rows.set(key.text, fields);
  else section.cutLines.push(fields.join(', ').slice(0, 200));
}

interface RowKey {
  readonly text: string;
  /** Whether no card of another rig has it. */
  readonly isSure: boolean;
}

function keyOf(fields: CsvRow, columns: readonly string[] | undefined): RowKey | undefined {
  if (columns === undefined) {
    const own = fields.find((field) => /^GPU-.*[1-9a-fA-F]|^[0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:/.test(field));
    return own === undefined ? undefined : { text: own, isSure: true };
  }
  const bus = fieldOf(fields, columns, 'pci.bus_id') ?? fieldOf(fields, columns, 'gpu_bus_id');
  const uuid = fieldOf(fields, columns, 'uuid') ?? fieldOf(fields, columns, 'gpu_uuid');
  const isUuidTold = uuid !== undefined && /^GPU-.*[1-9a-f]/i.test(uuid);
  if (bus !== undefined) return { text: bus, isSure: isUuidTold };
  if (isUuidTold) return { text: uuid, isSure: true };
  const index = fieldOf(fields, columns, 'index');
  return index === undefined ? undefined : { text: `index ${index}`, isSure: false };
}

/** Rows without identity: the place in their round, which begins anew when `count` rows came or the clock moved on. */
function roundKey(fields: CsvRow, section: Writable<CsvSection>): RowKey {
  const time = fieldOf(fields, section.columns, 'timestamp') ?? '';
  const count = Number(fieldOf(fields, section.columns, 'count') ?? Number.POSITIVE_INFINITY);
  if (section.roundRowCount >= count || (time !== '' && isLater(time, section.roundTime))) section.roundRowCount = 0;
  if (section.roundRowCount === 0) section.roundTime = time;
  section.roundRowCount += 1;
  return { text: `row ${section.roundRowCount}`, isSure: false };
}

const ROUND_MS = 400;

/** Whether `2022/06/24 10:26:34.977` is later than what a round of rows takes. */
function isLater(time: string, than: string): boolean {
  if (time.slice(0, 16) !== than.slice(0, 16)) return true;
  return Number(time.slice(17)) * 1000 - Number(than.slice(17)) * 1000 > ROUND_MS;
}

function fieldOf(fields: CsvRow, columns: readonly string[] | undefined, column: string): string | undefined {
  const index = columns?.indexOf(column) ?? -1;
  return index < 0 ? undefined : toldText(fields[index]);
}

function isOtherCard(known: CsvRow, fields: CsvRow, columns: readonly string[] | undefined): boolean {
  return ['uuid', 'gpu_uuid', 'name', 'gpu_name'].some((column) => {
    const [one, other] = [fieldOf(known, columns, column), fieldOf(fields, columns, column)];
    return one !== undefined && other !== undefined && one !== other;
  });
}

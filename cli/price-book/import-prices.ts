import { readFile, stat } from 'node:fs/promises';
import type { PriceBook } from '@rerig/domain/economics';
import type { Fault } from '@rerig/domain/fault';
import { formatBytes, MIB } from '@rerig/domain/quantity';
import { CsvError, parse } from 'csv-parse/sync';
import { figuresOfRows, type ImportRead, type ImportRow } from './import-rows.ts';
import { priceFileFault } from './price-faults.ts';

/** The largest list that is read. */
const LARGEST_BYTES = 20 * MIB;

/** Reads a list of prices, CSV or JSON by its content; a fault where it is neither. */
export async function importPrices(path: string, book: PriceBook, today: string): Promise<ImportRead | Fault> {
  const text = await readText(path);
  if (typeof text !== 'string') return text;
  const rows = rowsOf(text);
  if (typeof rows === 'string') return unreadable(path, rows);
  if (rows.length === 0) return unreadable(path, 'It has no line.');
  return figuresOfRows(rows, { book, today, listName: path });
}

async function readText(path: string): Promise<string | Fault> {
  try {
    const { size: sizeBytes } = await stat(path);
    if (sizeBytes > LARGEST_BYTES) {
      return unreadable(path, `It has ${formatBytes(sizeBytes)}, and at most ${formatBytes(LARGEST_BYTES)} are read.`);
    }
    return await readFile(path, 'utf8');
  } catch (error) {
    return unreadable(path, `${error instanceof Error ? error.message : String(error)}.`);
  }
}

function unreadable(path: string, why: string): Fault {
  return priceFileFault('import-unreadable', {
    what: `${path} cannot be read as a list of prices.`,
    why,
    mend: 'Give CSV with the columns kind,subject,value,unit,date,venue,confidence,source,note, or the same in JSON.',
  });
}

/** Its lines, or why there are none. */
function rowsOf(text: string): readonly ImportRow[] | string {
  const trimmed = text.replace(/^\uFEFF/, '').trimStart();
  return trimmed.startsWith('{') || trimmed.startsWith('[') ? jsonRows(trimmed) : csvRows(text);
}

function jsonRows(text: string): readonly ImportRow[] | string {
  const value = parseJson(text);
  const list = listOf(value);
  if (list === undefined) return 'It is JSON without a list of figures.';
  return list.map((item, index) => ({
    place: `Figure ${index + 1}`,
    fields: fieldsOf(item),
  }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON after all: the caller says that no list was found.
    return undefined;
  }
}

/** A list as such, or as `figures` of a document, at most two levels down: what "rerig prices show --json" writes. */
function listOf(value: unknown, depth = 0): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null || depth > 1) return undefined;
  const entries = new Map<string, unknown>(Object.entries(value));
  return listOf(entries.get('figures') ?? entries.get('prices'), depth + 1);
}

function csvRows(text: string): readonly ImportRow[] | string {
  try {
    const records: unknown = parse(text, {
      bom: true,
      columns: true,
      info: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      relax_quotes: true,
    });
    return rowsOfRecords(records);
  } catch (error) {
    if (error instanceof CsvError) return `${error.message}.`;
    throw error;
  }
}

function rowsOfRecords(records: unknown): readonly ImportRow[] | string {
  if (!Array.isArray(records)) return 'It is no CSV.';
  const rows = records.map((record: unknown) => rowOf(record));
  const isList = rows.some(({ fields }) => fields.has('kind') && fields.has('value'));
  return isList || rows.length === 0 ? rows : 'Its first line names no columns "kind" and "value".';
}

function rowOf(record: unknown): ImportRow {
  const parts = fieldsOf(record);
  const [fields, info] = [parts.get('record'), parts.get('info')];
  const lineNumber = typeof info === 'object' && info !== null && 'lines' in info ? String(info.lines) : '?';
  return { place: `Line ${lineNumber}`, fields: fieldsOf(fields) };
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
}

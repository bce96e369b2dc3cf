import { isFault } from '../fault.ts';
import { type CsvRecord, delimiterOf, readCsvRecords } from './csv.ts';
import type { Host } from './farm.ts';
import { type InventoryFault, inventoryFault } from './faults.ts';
import type { TextFormat } from './format.ts';
import { columnOf, csvColumns } from './rerig-csv-columns.ts';
import { parseRow, type Row } from './rerig-csv-row.ts';
import { rigOfName } from './rig-key.ts';
import type { FormatRead, RigSighting, SightedCard } from './sighting.ts';

/** Our own list of a farm: `rig,card,count,…`, as `rerigCsvTemplate` explains it. */
export const rerigCsv: TextFormat = {
  kind: 'text',
  name: 'rerig-csv',
  title: 'Rerig farm list',
  read(text, source) {
    const list = listOf(text);
    return list === undefined ? undefined : readList(list, source);
  },
};

interface List {
  readonly headings: readonly string[];
  readonly records: readonly CsvRecord[];
  readonly hasDecimalComma: boolean;
}

/** The most lines that are read of one list. */
const MOST_LINES = 200_000;

/** The most cards that a list may have, all counts together. */
const MOST_CARDS = 200_000;

/** Cards in no rig are shown in groups of so many, as a rig is. */
const CARDS_A_GROUP = 100;

/** Undefined where no line is a header of ours: it has a card and what only a list of a farm has. */
function listOf(text: string): List | undefined {
  const start = startOfHeader(text);
  if (start === undefined) return undefined;
  const before = text.slice(0, start);
  const body = text.slice(start);
  const delimiter = /(?:^|\n)sep=([;,\t])\s*$/i.exec(before)?.[1] ?? delimiterOf(body);
  const [header] = readCsvRecords(body, delimiter, 1);
  const names = new Set(header?.fields.map(columnOf));
  if (header === undefined || !names.has('card')) return undefined;
  if (!names.has('rig') && !names.has('count') && !names.has('vram_gb')) return undefined;
  const firstLine = before.split('\n').length;
  const records = readCsvRecords(body, delimiter, MOST_LINES)
    .slice(1)
    .map((record) => ({ ...record, line: record.line + firstLine - 1 }));
  return { headings: header.fields, records, hasDecimalComma: delimiter !== ',' };
}

/** Past comments, empty lines and the `sep=;` that a spreadsheet writes first. */
function startOfHeader(text: string): number | undefined {
  const skipped = /[ \t]*(?:#[^\r\n]*|sep=.)?[ \t]*(?:\r\n|\r|\n|$)/y;
  let at = 0;
  while (at < text.length) {
    skipped.lastIndex = at;
    if (!skipped.test(text)) return at;
    at = skipped.lastIndex;
  }
  return undefined;
}

function readList({ headings, records, hasDecimalComma }: List, source: string): FormatRead {
  const columns = headings.map(columnOf);
  const faults: InventoryFault[] = headingFaults(headings, columns, source);
  const rigs = new Map<string, Growing>();
  const stock: SightedCard[] = [];
  let cardCount = 0;
  for (const record of records) {
    if (record.fields[0]?.trimStart().startsWith('#')) continue;
    const row = parseRow(record, columns, hasDecimalComma, source);
    if (isFault(row)) {
      faults.push(row);
      continue;
    }
    faults.push(...row.remarks);
    cardCount += row.cards.length * row.rigCount;
    if (cardCount > MOST_CARDS) {
      faults.push(tooManyCards(source, record.line));
      break;
    }
    if (row.rigName === undefined) for (const card of row.cards) stock.push(card);
    else for (const name of rigNamesOf(row.rigName, row.rigCount)) addRow(name, row, rigs);
  }
  if (records.length >= MOST_LINES - 1) faults.push(tooManyLines(source));
  if (rigs.size === 0 && stock.length === 0 && faults.length === 0) faults.push(noRows(source));
  const groups = groupsOf(stock).map((cards, place) => [`unassigned ${place + 1}`, { host: {}, cards }] as const);
  const sightings = [...rigs, ...groups].map(
    ([name, { host, cards }]): RigSighting => ({ format: 'rerig-csv', source, ...rigOfName(name), host, cards }),
  );
  return { sightings, faults };
}

/** A rig while its lines are read. */
interface Growing {
  readonly host: Host;
  readonly cards: SightedCard[];
}

function rigNamesOf(rigName: string, rigCount: number): readonly string[] {
  if (rigCount === 1) return [rigName];
  return Array.from({ length: rigCount }, (_, place) => `${rigName}-${String(place + 1).padStart(2, '0')}`);
}

function addRow(rigName: string, row: Row, rigs: Map<string, Growing>): void {
  const before = rigs.get(rigName);
  const cards = before?.cards ?? [];
  for (const card of row.cards) cards.push({ ...card, position: cards.length });
  rigs.set(rigName, { host: { ...before?.host, ...row.host }, cards });
}

function groupsOf(stock: readonly SightedCard[]): readonly (readonly SightedCard[])[] {
  const count = Math.ceil(stock.length / CARDS_A_GROUP);
  return Array.from({ length: count }, (_, group) =>
    stock
      .slice(group * CARDS_A_GROUP, (group + 1) * CARDS_A_GROUP)
      .map((card, position): SightedCard => ({ ...card, position })),
  );
}

function headingFaults(
  headings: readonly string[],
  columns: readonly (string | undefined)[],
  source: string,
): InventoryFault[] {
  const unknown = headings.filter((heading, place) => columns[place] === undefined && heading.trim() !== '');
  const known = columns.filter((name) => name !== undefined);
  const double = known.filter((name, place) => known.indexOf(name) !== place);
  const faults: InventoryFault[] = [];
  if (unknown.length > 0) {
    const listed = unknown.slice(0, 10).map((heading) => JSON.stringify(heading.trim().slice(0, 40)));
    faults.push(
      inventoryFault('inventory-unknown-column', {
        what: `${source} has columns that are not read: ${listed.join(', ')}${unknown.length > 10 ? ', …' : ''}.`,
        why: `The columns are ${csvColumns.map(({ name }) => name).join(', ')}.`,
        mend: 'Rename those that mean one of these; "rerig intake --template" prints what each means.',
      }),
    );
  }
  if (double.length > 0) {
    faults.push(
      inventoryFault('inventory-unknown-column', {
        what: `${source} has the column ${double[0]} twice.`,
        why: 'Nothing tells which of them is right; the first was taken.',
        mend: 'Take one of them out.',
      }),
    );
  }
  return faults;
}

function tooManyCards(source: string, line: number): InventoryFault {
  return inventoryFault('inventory-too-many', {
    what: `${source} counts more than ${MOST_CARDS} cards, from line ${line} on.`,
    why: 'So many are read of one list; this line and the rest were left out.',
    mend: 'Look whether a count is wrong, or give the farm in several lists.',
  });
}

function tooManyLines(source: string): InventoryFault {
  return inventoryFault('inventory-too-many', {
    what: `${source} has more than ${MOST_LINES} lines.`,
    why: 'So many are read of one list; the rest was left out.',
    mend: 'Give the farm in several lists.',
  });
}

function noRows(source: string): InventoryFault {
  return inventoryFault('inventory-no-card', {
    what: `${source} lists no card.`,
    why: 'It is a farm list with a header and no line below it.',
    mend: 'Write one line for each kind of card in a rig.',
  });
}

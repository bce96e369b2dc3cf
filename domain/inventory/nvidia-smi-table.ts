import { busIdOf } from './bus-id.ts';
import type { Host } from './farm.ts';
import { type InventoryFault, inventoryFault } from './faults.ts';
import { known } from './fields.ts';
import type { TextFormat } from './format.ts';
import { lostCard } from './lost-card.ts';
import { type NvidiaFact, nvidiaCard } from './nvidia-card.ts';
import { rigOfFile } from './rig-key.ts';
import type { RigSighting, SightedCard } from './sighting.ts';
import { linesOf } from './text-lines.ts';
import type { Writable } from './writable.ts';

/**
 * The table of plain `nvidia-smi`, of any release, once or several times, anywhere in a text: in a log, a report or
 * indented in a page. Names that are cut (`GeForce RTX 2080 ...`) stay cut.
 */
export const nvidiaSmiTable: TextFormat = {
  kind: 'text',
  name: 'nvidia-smi-table',
  title: 'nvidia-smi table',
  read(text, source) {
    const isEmpty = text.includes(NO_CARDS);
    if (!HEADER.test(text) && !text.includes(UNREACHABLE) && !text.includes(DRIVERLESS) && !isEmpty) return undefined;
    const reading: Reading = { tables: [], faults: [], source };
    for (const { line } of linesOf(text)) readLine(line, reading);
    const { tables, faults } = reading;
    for (const { facts } of tables.flatMap(({ rows }) => rows)) {
      if (/^(ERR!|Unknown Error)$/.test(facts.get('name') ?? ''))
        faults.push(lostCard(source, `on bus ${busIdOf(facts.get('bus'))}`));
    }
    if (isEmpty && tables.length === 0) tables.push({ host: {}, rows: [] });
    return { sightings: tables.map((table) => sightingOf(table, source)), faults };
  },
};

const HEADER = /\|\s{0,3}NVIDIA-SMI\s+[\d.]+\s/;
const NO_CARDS = 'No devices were found';
const DRIVERLESS = 'NVIDIA-SMI has failed because';
const UNREACHABLE = 'Unable to determine the device handle for';

/** A table as far as it was read. */
interface SmiTable {
  readonly sentAt?: string;
  readonly host: Host;
  readonly rows: SmiRow[];
}

interface SmiRow {
  readonly index: string;
  readonly facts: Map<NvidiaFact, string>;
}

interface ReadingLines {
  readonly tables: SmiTable[];
  readonly faults: InventoryFault[];
  readonly source: string;
  /** A date on a line of its own, which stands above the table. */
  readonly date?: string;
}

type Reading = Writable<ReadingLines>;

const DATE = /^\W{0,6}([A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d{2}:\d{2}:\d{2} (?:[A-Z]{2,5} )?\d{4})\s*$/;

function readLine(line: string, reading: Reading): void {
  const start = line.indexOf('|');
  if (start < 0) {
    readOutside(line, reading);
    return;
  }
  const table = reading.tables.at(-1);
  if (line.includes('NVIDIA-SMI') && HEADER.test(line)) {
    reading.tables.push(known({ sentAt: reading.date, host: hostOf(line), rows: [] }));
    delete reading.date;
  } else if (table !== undefined) readRow(line.slice(start).split('|').slice(1, 5), table);
}

function readOutside(line: string, reading: Reading): void {
  if (line.includes(UNREACHABLE)) {
    const [, where] = /device handle for ?(GPU ?\d{0,3}:? ?[\dA-Fa-f:.]{0,16})/.exec(line) ?? [];
    reading.faults.push(lostCard(reading.source, where?.replace(/[: ]+$/, '') ?? 'that it does not name'));
    return;
  }
  if (line.includes(DRIVERLESS)) reading.faults.push(driverless(reading.source));
  const date = DATE.exec(line)?.[1];
  if (date !== undefined) reading.date = date;
}

function hostOf(line: string): Host {
  const driver = /(?:Driver|KMD) Version: {0,3}([\d.]+)/.exec(line)?.[1];
  const cuda = /CUDA (?:UMD )?Version: {0,3}(\d+\.\d+)/.exec(line)?.[1];
  return known({ nvidiaDriverVersion: driver, cudaVersion: cuda });
}

/**
 * A card has two lines: its name and bus, then its readings; a third tells of MIG. Lines of programs and of MIG's
 * partitions have no bus. After the name stands whether persistence is on; on Windows, the driver's model.
 */
function readRow([first = '', second = '', third = '']: readonly string[], table: SmiTable): void {
  const bus = /^\s*([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-7])\s/.exec(`${second} `)?.[1];
  if (bus !== undefined) {
    const named = first.slice(0, 100).replace(/\s+(On|Off|N\/A|ERR!|WDDM|TCC|MCDM)\s*$/, '');
    const [, index = '', name = ''] = /^\s*(\d{1,3})(?:\s+(\S.*?))?\s*$/.exec(named) ?? [];
    const facts = new Map<NvidiaFact, string>([
      ['bus', bus],
      ['name', name],
      ['eccUncorrected', third.trim()],
      ['ecc', /^\d+$/.test(third.trim()) ? 'Enabled' : ''],
    ]);
    table.rows.push({ index, facts });
    return;
  }
  const row = table.rows.at(-1);
  const used = /^\s*(?:\d{1,3}%\s{1,5})?(\d{1,9}\s?Mi?B)\s*\/\s*(\d{1,9}\s?Mi?B)\s*$/.exec(second);
  if (row === undefined || used === null || row.facts.has('vramTotal')) return;
  readSensors(first, row.facts);
  row.facts.set('vramUsed', used[1] ?? '').set('vramTotal', used[2] ?? '');
  const utilization = /^\s*(\d{1,3})%/.exec(third)?.[1];
  if (utilization !== undefined) row.facts.set('utilization', utilization);
}

/** ` 33%   54C    P0             31W /  184W `, any of which may be N/A or ERR!. */
function readSensors(cell: string, facts: Map<NvidiaFact, string>): void {
  const [, fan] = /^\s*(\d{1,3})%/.exec(cell) ?? [];
  const [, celsius] = /\s(\d{1,3})C\s/.exec(cell) ?? [];
  const [, watts, limit] = /\s(\d{1,5}W|N\/A|ERR!|Unknown Error)\s*\/\s*(\d{1,5}W|N\/A|ERR!)/.exec(cell) ?? [];
  for (const [fact, text] of [
    ['fan', fan],
    ['celsius', celsius],
    ['watts', watts],
    ['limit', limit],
  ] as const) {
    if (text !== undefined) facts.set(fact, text);
  }
}

function sightingOf({ sentAt, host, rows }: SmiTable, source: string): RigSighting {
  const cards = rows.map(({ index, facts }, position): SightedCard => {
    facts.set('index', index);
    return nvidiaCard({ facts, throttles: [] }, position, sentAt);
  });
  return known({
    format: 'nvidia-smi-table' as const,
    source,
    ...rigOfFile(source),
    sentAt,
    host,
    cards,
    isWholeList: true,
  });
}

function driverless(source: string): InventoryFault {
  return inventoryFault('inventory-driver-missing', {
    what: `${source} says that nvidia-smi cannot reach NVIDIA’s driver.`,
    why: 'The driver is not loaded or does not fit the kernel, so that none of its cards is listed.',
    mend: 'Install the driver that fits the cards and the kernel, restart the rig, and save the output again.',
  });
}

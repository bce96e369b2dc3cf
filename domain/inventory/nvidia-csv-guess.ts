import { GIB } from '../quantity.ts';
import { memoryBytesOf } from './fields.ts';

/** What a line of nvidia-smi's CSV without a header is made of: the columns that cannot be mistaken. */
export interface GuessedColumns {
  /** As `--query-gpu` calls them; empty where a column could be several. */
  readonly columns: readonly string[];
  readonly isWhole: boolean;
}

const BRAND = /\b(NVIDIA|GeForce|Quadro|Tesla|TITAN|RTX \d|GTX \d|CMP \d|P10[2469]-)/;

type Kind = 'name' | 'uuid' | 'bus' | 'driver' | 'memory' | 'vbios' | 'time' | 'number' | 'other';

const kinds: readonly (readonly [Kind, RegExp])[] = [
  ['uuid', /^GPU-[0-9a-fA-F-]{8,40}$/],
  ['bus', /^[0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-7]$/],
  ['time', /^\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2}(\.\d+)?$/],
  ['vbios', /^[0-9A-F]{2}(\.[0-9A-F]{2}){4}$/],
  ['driver', /^\d{3}\.\d{2,3}(\.\d{2})?$/],
  ['memory', /^\d{1,8} ?MiB$/],
  ['number', /^\d{1,4}$/],
];

function kindOf(field: string): Kind {
  const kind = kinds.find(([, pattern]) => pattern.test(field))?.[0];
  if (kind !== undefined) return kind;
  return field.length < 80 && BRAND.test(field) ? 'name' : 'other';
}

/** Whether a line may be a card of nvidia-smi's CSV: it names one, and has something that only nvidia-smi prints. */
export function isCardRow(fields: readonly string[]): boolean {
  if (fields.length < 2 || fields.length > 60) return false;
  const found = fields.map(kindOf);
  const hasIdentity = found.includes('uuid') || found.includes('bus');
  if (found.filter((kind) => kind === 'name').length !== 1)
    return hasIdentity && found.every((kind) => kind !== 'other');
  if (hasIdentity || found.includes('memory') || found.includes('driver') || found[0] === 'number') return true;
  return fields.filter((field) => WITH_UNIT.test(field)).length > 1;
}

/** A figure as nvidia-smi prints it with its unit. */
const WITH_UNIT = /^\d{1,5}(?:\.\d{1,2})? (?:W|%|MHz)$/;

/** Whether a line of one field is a value that only nvidia-smi prints: a card's name, a UUID, a bus. */
export function isSingleValue(field: string): boolean {
  return !['number', 'other', 'driver', 'time'].includes(kindOf(field));
}

/**
 * Tells columns by their values in all rows: a name, a UUID, a bus, a driver's version cannot be mistaken; the first of
 * numbers that count 0, 1, 2 … is the index; of amounts of memory the one that is never smaller than another is the
 * total, where it is 1 GiB and more. Whether a percentage is of the fan or the load, nothing tells.
 */
export function guessColumns(rows: readonly (readonly string[])[]): GuessedColumns {
  const [first = []] = rows;
  const columnKinds = first.map((_, column) => commonKind(rows.map((row) => row[column] ?? '')));
  // Without units a power may look like a driver's version.
  if (first.filter((field) => /^\d{1,5}(\.\d{1,3})?$/.test(field)).length > 1)
    columnKinds.forEach((kind, column) => {
      if (kind === 'driver' && /^\d+\.\d+$/.test(first[column] ?? '')) columnKinds[column] = 'other';
    });
  const memories = columnKinds.flatMap((kind, column) => (kind === 'memory' ? [column] : []));
  const total = totalColumn(memories, rows);
  const columns = columnKinds.map((kind, column) => {
    if (kind === 'number') return isIndex(rows, column) ? 'index' : '';
    if (kind === 'memory') return column === total ? 'memory.total' : '';
    return namesByKind[kind];
  });
  const isWhole = columns.every((column) => column !== '');
  // Beside columns that nobody knows, an amount of memory may be a program's.
  return { columns: isWhole ? columns : columns.map((column) => (column === 'memory.total' ? '' : column)), isWhole };
}

const namesByKind: Readonly<Record<Exclude<Kind, 'number' | 'memory'>, string>> = {
  name: 'name',
  uuid: 'uuid',
  bus: 'pci.bus_id',
  driver: 'driver_version',
  vbios: 'vbios_version',
  time: 'timestamp',
  other: '',
};

function commonKind(fields: readonly string[]): Kind {
  const [first = 'other', ...others] = fields.map(kindOf);
  return others.every((kind) => kind === first) ? first : 'other';
}

function isIndex(rows: readonly (readonly string[])[], column: number): boolean {
  return column <= 1 && rows.every((row, index) => Number(row[column]) === index);
}

function totalColumn(memories: readonly number[], rows: readonly (readonly string[])[]): number | undefined {
  return memories.find((column) =>
    rows.every((row) => {
      const bytes = memoryBytesOf(row[column]) ?? 0;
      return bytes >= GIB && memories.every((other) => (memoryBytesOf(row[other]) ?? 0) <= bytes);
    }),
  );
}

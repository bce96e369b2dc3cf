import type { PcieLink } from '../cards.ts';
import { type Bytes, GIB, MIB } from '../quantity.ts';
import { busIdOf } from './bus-id.ts';
import { vectorExtensionOf } from './cpu.ts';
import type { CsvRecord } from './csv.ts';
import { disksOf } from './disk.ts';
import type { Cpu, Disk, Host, Reading } from './farm.ts';
import { type InventoryFault, inventoryFault } from './faults.ts';
import { known, numberOf, textOf } from './fields.ts';
import { minerBusOf } from './miners/bus.ts';
import { cardNameOf } from './miners/card-name.ts';
import type { SightedCard } from './sighting.ts';

/** One line of our farm list. */
export interface Row {
  /** Undefined for cards in no rig. */
  readonly rigName: string | undefined;
  /** How many rigs are like this one. */
  readonly rigCount: number;
  readonly host: Host;
  /** As many as `count` says, each the same but for its bus; none where the line tells of the rig alone. */
  readonly cards: readonly SightedCard[];
  /** What of the line could not be taken, while the rest was. */
  readonly remarks: readonly InventoryFault[];
}

/** The most cards of one rig, rigs of one line, and cards of one line that are in no rig. */
const MOST_COUNT = 256;
const MOST_RIGS = 20_000;
const MOST_STOCK = 100_000;

/** A line's fields by column, and what is found wrong with them. */
interface Line {
  readonly fields: ReadonlyMap<string, string>;
  readonly hasDecimalComma: boolean;
  /** `farm.csv, line 3`. */
  readonly source: string;
  readonly problems: string[];
  readonly remarks: string[];
}

/** Reads one line; a fault with its number where a field of it cannot be what its column says. */
export function parseRow(
  record: CsvRecord,
  columns: readonly (string | undefined)[],
  hasDecimalComma: boolean,
  source: string,
): Row | InventoryFault {
  if (record.isBroken) return wrongLine(record, source, ['its quotes do not match']);
  const extra = record.fields.slice(columns.length).filter((field) => field.trim() !== '');
  if (extra.length > 0) {
    return wrongLine(record, source, [`it has ${record.fields.length} fields, and the header ${columns.length}`]);
  }
  const fields = new Map<string, string>();
  columns.forEach((name, place) => {
    const field = textOf(record.fields[place]);
    if (name !== undefined && field !== undefined && !fields.has(name)) fields.set(name, field);
  });
  const line: Line = { fields, hasDecimalComma, source: `${source}, line ${record.line}`, problems: [], remarks: [] };
  const row = rowOf(line);
  if (line.problems.length > 0) return wrongLine(record, source, line.problems);
  return { ...row, remarks: line.remarks.map((remark) => partOfLine(record, source, remark)) };
}

function wrongLine({ line, fields }: CsvRecord, source: string, problems: readonly string[]): InventoryFault {
  const shown = JSON.stringify(fields.join(' | ').slice(0, 60));
  return inventoryFault('inventory-wrong-line', {
    what: `Line ${line} of ${source} was left out: ${shown}.`,
    why: `In it ${problems.slice(0, 3).join('; ')}.`,
    mend: 'Put that line right; the others were read.',
  });
}

function partOfLine({ line }: CsvRecord, source: string, remark: string): InventoryFault {
  return inventoryFault('inventory-wrong-line', {
    what: `A part of line ${line} of ${source} was left out.`,
    why: `In it ${remark}.`,
    mend: 'Write it in full; the rest of the line was read.',
  });
}

function rowOf(line: Line): Omit<Row, 'remarks'> {
  const rigName = line.fields.get('rig');
  const hasCard = line.fields.has('card');
  const host = hostOf(line);
  const rigCount = wholeOf(line, 'rigs', MOST_RIGS) ?? 1;
  if (!hasCard && (rigName === undefined || Object.keys(host).length === 0)) line.problems.push('there is no card');
  if (rigName === undefined && Object.keys(host).length > 0)
    line.remarks.push('a rig is described, and "rig" names none');
  if (rigName === undefined && rigCount > 1) line.problems.push('"rigs" counts rigs, and "rig" names none');
  return {
    rigName,
    rigCount,
    host,
    cards: hasCard ? cardsOf(line, rigName === undefined ? MOST_STOCK : MOST_COUNT) : [],
  };
}

function cardsOf(line: Line, most: number): readonly SightedCard[] {
  const buses = busesOf(line);
  const count = wholeOf(line, 'count', most) ?? Math.max(1, buses.length);
  if (buses.length > 0 && buses.length !== count) {
    line.problems.push(`"bus" has ${buses.length} buses for ${count} cards`);
  }
  if (count > 1 && (line.fields.has('uuid') || line.fields.has('serial'))) {
    line.problems.push('a UUID or serial number is of one card, and "count" is more');
  }
  const card = cardOf(line);
  return Array.from({ length: line.problems.length > 0 ? 0 : count }, (_, place) => {
    const busId = buses[place];
    return busId === undefined ? card : { ...card, busId };
  });
}

function cardOf(line: Line): SightedCard {
  const { fields } = line;
  const named = cardNameOf(fields.get('card'));
  const reading = readingOf(line);
  return known({
    position: 0,
    kind: 'gpu' as const,
    name: named?.name ?? fields.get('card'),
    vendor: named?.vendor,
    boardMaker: fields.get('maker') ?? named?.boardMaker,
    memoryMaker: fields.get('memory_maker'),
    vramBytes: gibOf(line, 'vram_gb', 1024) ?? named?.vramBytes,
    vbios: fields.get('vbios'),
    uuid: fields.get('uuid'),
    serial: fields.get('serial'),
    pciId: idOf(line, 'pci_id'),
    subsystemId: idOf(line, 'subsystem_id'),
    pcieLink: linkOf(line),
    reading: Object.keys(reading).length === 0 ? undefined : reading,
  });
}

function readingOf(line: Line): Reading {
  const megahashes = amountOf(line, 'hashrate_mh', 0, 1e9);
  return known({
    temperatureCelsius: amountOf(line, 'temp_c', -40, 130),
    memoryTemperatureCelsius: amountOf(line, 'mem_temp_c', -40, 130),
    fanPercent: amountOf(line, 'fan_percent', 0, 100),
    powerWatts: amountOf(line, 'power_w', 0, 2500),
    powerLimitWatts: amountOf(line, 'power_limit_w', 0, 2500),
    hashesPerSecond: megahashes === undefined ? undefined : Math.round(megahashes * 1e6),
    algorithm: megahashes === undefined ? undefined : line.fields.get('algorithm')?.toLowerCase(),
  });
}

function hostOf(line: Line): Host {
  const { fields, source } = line;
  const ramBytes = gibOf(line, 'ram_gb', 32_768);
  const product = fields.get('board');
  const megabits = amountOf(line, 'uplink_mbit', 0, 1e6);
  return known({
    cpu: cpuOf(line),
    ram: ramBytes === undefined ? undefined : { bytes: ramBytes, basis: 'reported' as const, source },
    board: product === undefined ? undefined : { product },
    disks: diskOf(line),
    nvidiaDriverVersion: fields.get('nvidia_driver'),
    amdDriverVersion: fields.get('amd_driver'),
    uplinkBytesPerSecond: megabits === undefined ? undefined : (megabits * 1e6) / 8,
  });
}

function cpuOf(line: Line): Cpu | undefined {
  const modelName = line.fields.get('cpu');
  const coreCount = wholeOf(line, 'cpu_cores', 1024);
  if (modelName === undefined) {
    if (coreCount === undefined) return undefined;
    return { modelName: 'a processor that is not named', coreCount, vectorExtension: 'unknown' };
  }
  return known({ modelName, coreCount, vectorExtension: vectorExtensionOf(modelName) });
}

function diskOf(line: Line): readonly Disk[] | undefined {
  const gigabytes = amountOf(line, 'disk_gb', 0, 1e6);
  const disks = disksOf(line.fields.get('disk') ?? (gigabytes === undefined ? undefined : 'a disk that is not named'));
  if (gigabytes === undefined || disks === undefined) return disks;
  return disks.map((disk, place) => (place === 0 ? { ...disk, bytes: Math.round(gigabytes * 1e9) } : disk));
}

/** A whole number from 1 on; undefined where the field is empty or wrong, which is then among the problems. */
function wholeOf(line: Line, column: string, most: number): number | undefined {
  const number = amountOf(line, column, 1, most);
  if (number === undefined || Number.isInteger(number)) return number;
  line.problems.push(`"${column}" is ${number}, and no whole number`);
  return undefined;
}

function amountOf(line: Line, column: string, least: number, most: number): number | undefined {
  const field = line.fields.get(column);
  if (field === undefined) return undefined;
  const number = numberOf(line.hasDecimalComma ? field.replace(',', '.') : field);
  if (number !== undefined && number >= least && number <= most) return number;
  const seen = JSON.stringify(field.slice(0, 30));
  line.problems.push(
    number === undefined
      ? `"${column}" is ${seen}, and no number`
      : `"${column}" is ${seen}, and not ${least} to ${most}`,
  );
  return undefined;
}

/** Cards and rigs are sold in GB that are 2³⁰ bytes. */
function gibOf(line: Line, column: string, most: number): Bytes | undefined {
  const amount = amountOf(line, column, 0.25, most);
  return amount === undefined ? undefined : Math.round((amount * GIB) / MIB) * MIB;
}

function busesOf(line: Line): readonly string[] {
  const field = line.fields.get('bus');
  if (field === undefined) return [];
  const buses = field.split(/[\s,;]+/).filter((bus) => bus !== '');
  const ids = buses.flatMap((bus) => busIdOf(bus) ?? minerBusOf(bus) ?? []);
  if (ids.length === buses.length && new Set(ids).size === ids.length) return ids;
  line.problems.push(`"bus" is ${JSON.stringify(field.slice(0, 40))}, and not such as 03:00.0, each once`);
  return [];
}

function idOf(line: Line, column: string): string | undefined {
  const field = line.fields.get(column)?.toLowerCase().replace(/0x/g, '');
  if (field === undefined || /^[0-9a-f]{4}:[0-9a-f]{4}$/.test(field)) return field;
  line.problems.push(`"${column}" is ${JSON.stringify(field.slice(0, 30))}, and not such as 10de:2484`);
  return undefined;
}

/** `gen2 x1`, `PCIe 3.0 x16`, `3.0x16`, `x1 gen1`. */
function linkOf(line: Line): PcieLink | undefined {
  const field = line.fields.get('pcie')?.toLowerCase();
  if (field === undefined) return undefined;
  const generation = Number(/(?:gen|pcie|pci-e|^|\s)\s?([1-6])(?:\.0)?(?=\D|$)/.exec(field)?.[1]);
  const laneCount = Number(/x\s?(\d{1,2})\b/.exec(field)?.[1] ?? /\b(\d{1,2})x\b/.exec(field)?.[1]);
  const hasLanes = [1, 2, 4, 8, 12, 16, 32].includes(laneCount);
  if (generation >= 1 && hasLanes) return { generation, laneCount };
  if (hasLanes) {
    line.remarks.push(`"pcie" is ${JSON.stringify(field.slice(0, 30))} without a generation, such as gen2 x1`);
    return undefined;
  }
  line.problems.push(`"pcie" is ${JSON.stringify(field.slice(0, 30))}, and not such as gen2 x1`);
  return undefined;
}

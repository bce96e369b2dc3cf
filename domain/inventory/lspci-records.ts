import { busIdOf } from './bus-id.ts';
import { linesOf } from './text-lines.ts';
import type { Writable } from './writable.ts';

/** What lspci says of one display adapter, in any of its forms. */
export interface LspciRecord {
  readonly busId: string;
  /** The vendor's name and the adapter's as printed, without ids: `NVIDIA Corporation GP106 [P106-100]`. */
  readonly label?: string;
  readonly pciId?: string;
  readonly subsystemId?: string;
  readonly subsystemLabel?: string;
  readonly pciRevision?: string;
  readonly kernelDriver?: string;
  /** As `LnkCap` and `LnkSta` of `-vv` have them. */
  readonly linkMostText?: string;
  readonly linkText?: string;
  /** Of a bridge, the bus on its far side: `0b`. */
  readonly farBus?: string;
  /** The largest prefetchable region: `256M`, `8G`. */
  readonly regionTexts?: readonly string[];
  readonly isDisplay: boolean;
}

/** `01:00.0 VGA compatible controller [0300]: …`, `0000:01:00.0 0302: 10de:1c07 (rev a1)`, or quoted fields of `-mm`. */
const HEAD = /^\W{0,4}((?:[0-9a-fA-F]{4,8}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7])\s+(\S.*)$/;
const DISPLAY_CLASS =
  /^(?:(?:VGA|XGA) compatible controller|3D controller|Display controller|Processing accelerators)\b/;
const DISPLAY_CODE = /^(03\d\d|1200)$/;
/** Any class of lspci, by which a line is told from other lines that begin with a bus. */
const ANY_CLASS =
  /^[A-Z3][\w/ ,.&-]{1,50}?(?: controller| bridge| interface| device| accelerators?| adapter| peripheral| memory| mux| bus)\b[^:]{0,40}:\s|^[A-Z3][\w/ ,.&-]{2,50} \[[0-9a-f]{4}\]:\s|^[0-9a-f]{4}: [0-9a-f]{4}:[0-9a-f]{4}\b/;

interface ReadingLines {
  readonly records: LspciRecord[];
  /** Of `-vmm`: the lines since the last empty one. */
  readonly fields: Map<string, string>;
  readonly current: Writable<LspciRecord> | undefined;
}

type Reading = Writable<ReadingLines>;

/** Every adapter that lspci lists in a text, those that draw nothing too: they tell that lspci was run. */
export function readLspci(text: string): readonly LspciRecord[] {
  const reading: Reading = { records: [], fields: new Map(), current: undefined };
  for (const { line } of linesOf(text)) {
    if (line.trim() === '') endFields(reading);
    else if (!readField(line, reading) && !readHead(line, reading)) readDetail(line, reading);
  }
  endFields(reading);
  return reading.records;
}

/** A line of `-vmm`: `Slot:\t01:00.0`. The old `-vm` calls the slot `Device`, before the device's own line. */
function readField(line: string, reading: Reading): boolean {
  const [, name, value] =
    /^(Slot|Class|Vendor|Device|SVendor|SDevice|Rev|Driver|Module|NUMANode|ProgIf|IOMMUGroup):\s+(\S.*?)\s*$/.exec(
      line,
    ) ?? [];
  if (name === undefined || value === undefined) return false;
  if (name === 'Slot' && reading.fields.has('Slot')) endFields(reading);
  const key = name === 'Device' && !reading.fields.has('Slot') && busIdOf(value) !== undefined ? 'Slot' : name;
  if (!reading.fields.has(key)) reading.fields.set(key, value);
  reading.current = undefined;
  return true;
}

function endFields(reading: Reading): void {
  const { fields } = reading;
  reading.current = undefined;
  const busId = busIdOf(fields.get('Slot'));
  const className = fields.get('Class');
  if (busId !== undefined && className !== undefined) reading.records.push(recordOfFields(busId, className, fields));
  if (fields.size > 0) reading.fields = new Map();
}

function recordOfFields(busId: string, className: string, fields: ReadonlyMap<string, string>): LspciRecord {
  const [vendor, name] = [partOf(fields.get('Vendor')), partOf(fields.get('Device'))];
  const [boardVendor, board] = [partOf(fields.get('SVendor')), partOf(fields.get('SDevice'))];
  return withTold(
    { busId, isDisplay: DISPLAY_CLASS.test(className) || DISPLAY_CODE.test(className) },
    {
      label: [vendor.label, name.label].filter((part) => part !== undefined).join(' ') || undefined,
      pciId: pairOf(vendor.id, name.id),
      subsystemId: pairOf(boardVendor.id, board.id),
      subsystemLabel: boardVendor.label,
      pciRevision: fields.get('Rev'),
      kernelDriver: fields.get('Driver'),
    },
  );
}

function withTold(
  record: LspciRecord,
  told: { readonly [Key in keyof LspciRecord]?: LspciRecord[Key] | undefined },
): LspciRecord {
  return Object.assign(record, Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)));
}

function pairOf(vendorId: string | undefined, id: string | undefined): string | undefined {
  return vendorId === undefined || id === undefined ? undefined : `${vendorId}:${id}`;
}

/** `NVIDIA Corporation [10de]`, `NVIDIA Corporation` or `10de`. */
function partOf(text: string | undefined): { readonly label?: string; readonly id?: string } {
  if (text === undefined) return {};
  if (/^[0-9a-f]{4}$/.test(text)) return { id: text };
  const [, label, id] = /^(.*?)\s*\[([0-9a-f]{4})\]$/.exec(text) ?? [];
  if (id === undefined) return { label: text };
  return label === undefined || label === '' ? { id } : { label, id };
}

function readHead(line: string, reading: Reading): boolean {
  const [, slot, rest = ''] = HEAD.exec(line.slice(0, 600)) ?? [];
  const busId = busIdOf(slot);
  if (busId === undefined) return false;
  const record = rest.startsWith('"') ? quotedRecord(busId, rest) : plainRecord(busId, rest);
  reading.current = record;
  if (record === undefined) return false;
  reading.records.push(record);
  return true;
}

function plainRecord(busId: string, rest: string): LspciRecord | undefined {
  if (!ANY_CLASS.test(rest)) return undefined;
  const colon = rest.indexOf(': ');
  const className = rest.slice(0, colon);
  const described = rest.slice(colon + 2);
  const revision = /\(rev ([0-9a-f]{2})\)/.exec(described)?.[1];
  const bare = described.replace(/\s*\((rev|prog-if) [^)]{0,60}\)/g, '').trim();
  const pciId = /(?:^|\[)([0-9a-f]{4}:[0-9a-f]{4})\]?$/.exec(bare)?.[1];
  const label = bare.replace(/\s*\[?[0-9a-f]{4}:[0-9a-f]{4}\]?$/, '');
  const isDisplay = DISPLAY_CLASS.test(className) || DISPLAY_CODE.test(className);
  return withTold({ busId, isDisplay }, { label: label === '' ? undefined : label, pciId, pciRevision: revision });
}

/** `"VGA compatible controller [0300]" "NVIDIA Corporation [10de]" "GA104 [2484]" -ra1 "Gigabyte … [1458]" "… [404c]"`. */
function quotedRecord(busId: string, rest: string): LspciRecord {
  const quoted = [...rest.matchAll(/"([^"]{0,200})"/g)].map(([, text = '']) => text);
  const [className = '', vendor = '', name = '', boardVendor = '', board = ''] = quoted;
  const fields = new Map(Object.entries({ Vendor: vendor, Device: name, SVendor: boardVendor, SDevice: board }));
  const revision = / -r([0-9a-f]{2})\b/.exec(rest)?.[1];
  return recordOfFields(busId, className, revision === undefined ? fields : fields.set('Rev', revision));
}

/** A line set in below an adapter. */
function readDetail(line: string, { current }: Reading): void {
  if (current === undefined || !/^\W{0,4}\s/.test(line)) return;
  const text = line.trim().slice(0, 300);
  const [, subsystem] = /^Subsystem: (.*)$/.exec(text) ?? [];
  if (subsystem !== undefined) {
    const id = /(?:^|\[)([0-9a-f]{4}:[0-9a-f]{4})\]?$/.exec(subsystem)?.[1];
    if (id !== undefined) current.subsystemId = id;
    current.subsystemLabel = subsystem;
  }
  const driver = /^Kernel driver in use: ([\w-]{1,40})/.exec(text)?.[1];
  if (driver !== undefined) current.kernelDriver = driver;
  const farBus = /^Bus: primary=[0-9a-f]{2}, secondary=([0-9a-f]{2}),/.exec(text)?.[1];
  if (farBus !== undefined) current.farBus = farBus;
  if (text.startsWith('LnkCap:')) current.linkMostText = text;
  if (text.startsWith('LnkSta:')) current.linkText = text;
  const region = /^(?:Region \d: )?Memory at .*[( ]prefetchable\).*\[size=(\d{1,5}[KMG])\]/.exec(text)?.[1];
  if (region !== undefined) current.regionTexts = [...(current.regionTexts ?? []), region].slice(0, 8);
}

import { MIB } from '../quantity.ts';
import { vectorExtensionOf } from './cpu.ts';
import { displayKindOf } from './display-kind.ts';
import type { Host, Measurement } from './farm.ts';
import { type InventoryFault, inventoryFault } from './faults.ts';
import { known, positiveOf, textOf } from './fields.ts';
import type { TextFormat } from './format.ts';
import { cardNameOf, vendorOf } from './miners/card-name.ts';
import { rigOfFile } from './rig-key.ts';
import type { SightedCard } from './sighting.ts';
import { sourceText } from './source-text.ts';

/**
 * ProjectPhysX's OpenCL-Benchmark: one or more reports, each of one card, with what it computes, how fast it reads its
 * memory and how fast the link is. The report's own "(Gen2 x16)" is a guess from that speed as if there were 16 lanes
 * (its main.cpp), and so is not taken for the link. Of memory the coalesced read counts: it is what a model's weights
 * are read at.
 */
export const openClBenchmark: TextFormat = {
  kind: 'text',
  name: 'opencl-benchmark',
  title: 'OpenCL-Benchmark',
  read(text, source) {
    if (!text.includes('Device Name') || !text.includes('Device Vendor')) return undefined;
    const { reports, listed } = reportsOf(text);
    if (reports.length === 0) return undefined;
    const graphics = reports.filter((report) => !report.usesHostMemory);
    const faults = [...reports.filter((report) => report.usesHostMemory).map((report) => noCard(source, report))];
    faults.push(...graphics.filter(({ results }) => results.length === 0).map((report) => unmeasured(source, report)));
    const silent = withoutReport(listed, reports);
    if (silent.length > 0) faults.push(notRun(source, silent));
    const host = hostOf(reports);
    if (graphics.length === 0 && Object.keys(host).length === 0) return { sightings: [], faults };
    const cards = cardsOf(graphics, source);
    return { sightings: [{ format: 'opencl-benchmark', source, ...rigOfFile(source), host, cards }], faults };
  },
};

interface Report {
  readonly index: string;
  readonly name: string;
  readonly vendorName: string;
  readonly driver: string;
  /** In MiB, as the driver says. */
  readonly memoryMib: number | undefined;
  /** A processor, or graphics built into one. */
  readonly usesHostMemory: boolean;
  readonly results: readonly Result[];
}

type Result =
  | { readonly kind: 'compute'; readonly unit: string; readonly teraPerSecond: number }
  | { readonly kind: 'read'; readonly gigabytesPerSecond: number }
  | {
      readonly kind: 'link';
      readonly direction: 'to-card' | 'from-card' | 'both';
      readonly gigabytesPerSecond: number;
    };

/** The longest line that is looked at; the report's own have 79 characters. */
const LONGEST_LINE_CHARACTERS = 300;

/** More reports than a farm has cards are no file of reports. */
const MOST_REPORTS = 4096;

/** What stands between one card's name and the next. */
interface Section {
  readonly index: string;
  readonly name: string;
  readonly lines: string[];
}

interface Reports {
  readonly reports: readonly Report[];
  /** Devices of the list above the first report, names by number. */
  readonly listed: ReadonlyMap<string, string>;
}

/** Lines end in a carriage return too: progress is printed over. */
function reportsOf(text: string): Reports {
  const sections: Section[] = [];
  const listed = new Map<string, string>();
  let index = '';
  for (const line of text.split(/[\r\n]/)) {
    if (line.length > LONGEST_LINE_CHARACTERS || !line.includes('|')) continue;
    const [, number, listedName] = /^\s*\|\s?Device ID\s+(\d{1,3})\s*\|\s(.*?)\s*\|?\s*$/.exec(line) ?? [];
    if (number !== undefined && listedName !== undefined && listed.size < MOST_REPORTS) listed.set(number, listedName);
    const [field, written] = fieldOf(line);
    if (field === 'Device ID') index = written;
    else if (field !== 'Device Name') sections.at(-1)?.lines.push(line);
    else if (sections.length < MOST_REPORTS) sections.push({ index, name: written, lines: [] });
  }
  return { reports: sections.map(reportOf), listed };
}

/** Cards that are listed and were not benchmarked; a card is listed once for each driver that runs it. */
function withoutReport(listed: ReadonlyMap<string, string>, reports: readonly Report[]): readonly string[] {
  const reported = new Set(reports.map(({ index }) => index));
  return [...listed].filter(([index, name]) => !reported.has(index) && !isOfRig(name)).map(([, name]) => name);
}

/** `| Device Name    | NVIDIA P106-100      |` → what it is and what it says. */
function fieldOf(line: string): readonly [field: string, written: string] {
  const [, field = '', written = ''] = /^\s*\|\s?(\w[\w,]*(?: \w+)?)\s*\|\s(.*?)\s*\|?\s*$/.exec(line) ?? [];
  return [field, written];
}

function reportOf({ index, name, lines }: Section): Report {
  const fields = new Map(lines.map(fieldOf));
  const [, mib, kind] = /^(\d{1,8}) MB ?(V?RAM)?/.exec(fields.get('Memory, Cache') ?? '') ?? [];
  return {
    index,
    name,
    vendorName: fields.get('Device Vendor') ?? '',
    driver: fields.get('Device Driver') ?? '',
    memoryMib: positiveOf(mib),
    usesHostMemory: kind === 'RAM' || (kind === undefined && isOfRig(name)),
    results: lines.flatMap((line) => resultOf(line) ?? []),
  };
}

function resultOf(line: string): Result | undefined {
  const [, unit, tera] =
    /\|\s*(FP64|FP32|FP16|INT64|INT32|INT16|INT8)\s+compute\s+(\d{1,6}\.\d{1,6})\s+T/.exec(line) ?? [];
  const teraPerSecond = positiveOf(tera);
  if (unit !== undefined && teraPerSecond !== undefined) return { kind: 'compute', unit, teraPerSecond };
  const gigabytesPerSecond = positiveOf(/(\d{1,6}(?:\.\d{1,3})?)\s+GB\/s/.exec(line)?.[1]);
  if (gigabytesPerSecond === undefined) return undefined;
  if (/Memory Bandwidth \(\s*coalesced read\s/.test(line)) return { kind: 'read', gigabytesPerSecond };
  const [, way] = /PCIe\s+Bandwidth \(\s*(send|receive|bidirectional)/.exec(line) ?? [];
  const direction = way === 'send' ? 'to-card' : way === 'receive' ? 'from-card' : 'both';
  return way === undefined ? undefined : { kind: 'link', direction, gigabytesPerSecond };
}

/** Reports of one number and name are runs of one card; a number that another card has is not believed. */
function cardsOf(reports: readonly Report[], source: string): readonly SightedCard[] {
  const runs = new Map<string, Report[]>();
  for (const report of reports) {
    const key = `${report.index}|${report.name}`;
    const list = runs.get(key);
    if (list === undefined) runs.set(key, [report]);
    else list.push(report);
  }
  const indexes = [...runs.values()].map(([first]) => positionOf(first?.index));
  const areOwn = indexes.every((index) => index !== undefined) && new Set(indexes).size === runs.size;
  return [...runs.values()].map((list, place) => cardOf(list, areOwn ? (indexes[place] ?? place) : place, source));
}

function positionOf(index: string | undefined): number | undefined {
  return index !== undefined && /^\d{1,3}$/.test(index) ? Number(index) : undefined;
}

function cardOf(runs: readonly Report[], position: number, source: string): SightedCard {
  const last = runs.at(-1);
  const named = cardNameOf(last?.name);
  const memoryMib = last?.memoryMib;
  const measurements = runs.flatMap(({ results }, run) => {
    const which = runs.length === 1 ? '' : `, run ${run + 1} of ${runs.length}`;
    return results.map((result) => measurementOf(result, `OpenCL-Benchmark, ${sourceText(source)}${which}`));
  });
  return known({
    position,
    kind: 'gpu' as const,
    name: named?.name ?? textOf(last?.name),
    vendor: vendorOf(last?.vendorName ?? '') ?? vendorOfMaker(last?.vendorName) ?? named?.vendor,
    vramBytes: memoryMib === undefined ? undefined : memoryMib * MIB,
    measurements: measurements.length === 0 ? undefined : measurements,
  });
}

function vendorOfMaker(vendorName: string | undefined) {
  return /advanced micro devices/i.test(vendorName ?? '') ? ('amd' as const) : undefined;
}

function measurementOf(result: Result, source: string): Measurement {
  if (result.kind === 'read') {
    return { kind: 'memory-bandwidth', bytesPerSecond: Math.round(result.gigabytesPerSecond * 1e9), source };
  }
  if (result.kind === 'link') {
    const bytesPerSecond = Math.round(result.gigabytesPerSecond * 1e9);
    return { kind: 'link-bandwidth', direction: result.direction, bytesPerSecond, source };
  }
  const precision = parsePrecision(result.unit);
  return { kind: 'compute', precision, teraOperationsPerSecond: result.teraPerSecond, source };
}

type Precision = Extract<Measurement, { readonly kind: 'compute' }>['precision'];

function parsePrecision(unit: string): Precision {
  return unit.toLowerCase() as Precision;
}

/** A driver is told by its card: `535.288.01 (Linux)`. */
function hostOf(reports: readonly Report[]): Host {
  const nvidia = reports.find(({ vendorName }) => /nvidia/i.test(vendorName));
  const amd = reports.find(({ vendorName }) => /advanced micro|\bamd\b/i.test(vendorName));
  const processor = reports.find(({ usesHostMemory, name }) => usesHostMemory && isProcessor(name));
  const graphics = reports.find(({ usesHostMemory, name }) => usesHostMemory && !isProcessor(name));
  const modelName = processor?.name;
  return known({
    cpu: modelName === undefined ? undefined : { modelName, vectorExtension: vectorExtensionOf(modelName) },
    nvidiaDriverVersion: driverOf(nvidia),
    amdDriverVersion: driverOf(amd),
    integratedGraphicsName: graphics?.name,
  });
}

function isProcessor(name: string): boolean {
  return /\b(cpu|core|xeon|ryzen|epyc|threadripper|celeron|pentium|athlon|processor|cortex|pthread|neoverse)\b/i.test(
    name,
  );
}

/** Reports before 2024 do not say whose memory it is. */
function isOfRig(name: string): boolean {
  return isProcessor(name) || displayKindOf(undefined, name).kind !== 'card';
}

function driverOf(report: Report | undefined): string | undefined {
  return textOf(report?.driver.replace(/\s*\((Linux|Windows|macOS|Android)\)\s*$/i, ''));
}

function noCard(source: string, { name }: Report): InventoryFault {
  return inventoryFault('inventory-no-card', {
    what: `${name} in ${source} is no card.`,
    why: 'It uses the rig’s own memory: a processor, or graphics built into one.',
    mend: 'Nothing is to be mended.',
  });
}

function unmeasured(source: string, { name }: Report): InventoryFault {
  return inventoryFault('inventory-section-incomplete', {
    what: `The report of ${name} in ${source} has no results.`,
    why: 'It ends before the first measurement; the card was kept without any.',
    mend: 'Run OpenCL-Benchmark again and save all that it prints.',
  });
}

function notRun(source: string, names: readonly string[]): InventoryFault {
  return inventoryFault('inventory-section-incomplete', {
    what: `${source} lists ${names.slice(0, 4).join(', ')}${names.length > 4 ? ` and ${names.length - 4} more` : ''} without a report.`,
    why: 'OpenCL lists a card once for each driver that runs it, and so this may be one that has a report, or another.',
    mend: 'Where it is another card, run OpenCL-Benchmark on it too, or read nvidia-smi’s or lspci’s output beside it.',
  });
}

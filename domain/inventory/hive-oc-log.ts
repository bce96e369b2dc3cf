import { busIdOf, busIdOfNumber } from './bus-id.ts';
import type { PowerLimit, Reading } from './farm.ts';
import { type InventoryFault, inventoryFault } from './faults.ts';
import { known, memoryBytesOf, numberOf, positiveOf, textOf } from './fields.ts';
import type { TextFormat } from './format.ts';
import { rigOfFile } from './rig-key.ts';
import type { SightedCard } from './sighting.ts';

/**
 * What HiveOS's `nvidia-oc` prints when it applies an overclock: each card with bus, name, VRAM and power limits
 * (least, shipped, most), then the power limit, clocks, offsets and fan that were set. Colours are stripped.
 */
export const hiveOcLog: TextFormat = {
  kind: 'text',
  name: 'hiveos-oc-log',
  title: 'HiveOS nvidia-oc log',
  read(text, source) {
    if (!/\bGPU\b/.test(text) || !/Detected \d+ NVIDIA|NVIDIA OC|GPU BUS ID/.test(text)) return undefined;
    const log = readLog(text);
    const isLog = log.cards.length > 0 || log.detectedCount !== undefined || log.buses.length > 0;
    if (!isLog) return undefined;
    const cards = log.cards.length > 0 ? log.cards : log.buses.map(cardOfBus);
    const faults = [...countFaults(source, log.detectedCount, cards.length)];
    if (cards.length === 0) return { sightings: [], faults };
    const sighting = { format: 'hiveos-oc-log' as const, source, ...rigOfFile(source), host: {}, cards };
    return { sightings: [log.writtenAt === undefined ? sighting : { ...sighting, sentAt: log.writtenAt }], faults };
  },
};

interface Log {
  readonly cards: readonly SightedCard[];
  /** Of the table that it begins with. */
  readonly buses: readonly string[];
  readonly detectedCount: number | undefined;
  readonly writtenAt: string | undefined;
}

/** `ESC[0;36m` and its like. */
function withoutColours(line: string): string {
  return line.replace(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]{0,20}[A-Za-z]`, 'g'), '');
}

/** The longest line that is looked at: what is longer is none of this log's. */
const LONGEST_LINE_CHARACTERS = 500;

function readLog(text: string): Log {
  const cards: SightedCard[] = [];
  let buses: readonly string[] = [];
  let detectedCount: number | undefined;
  let writtenAt: string | undefined;
  for (const raw of text.split('\n')) {
    if (raw.length > LONGEST_LINE_CHARACTERS) continue;
    const line = withoutColours(raw).trim();
    const card = cardOfHeading(line, cards.length);
    const before = cards.at(-1);
    if (card !== undefined) cards.push(card);
    else if (before !== undefined) cards[cards.length - 1] = withSetting(before, line);
    detectedCount ??= numberOf(/^Detected (\d{1,4}) NVIDIA/i.exec(line)?.[1]);
    writtenAt ??= dateOf(line);
    if (/^GPU BUS ID\s*:/.test(line)) buses = busesOf(line);
  }
  return { cards, buses, detectedCount, writtenAt };
}

function busesOf(line: string): readonly string[] {
  return line
    .slice(line.indexOf(':') + 1)
    .split(/\s+/)
    .flatMap((bus) => (/^[0-9a-f]{2}$/i.test(bus) ? (busIdOfNumber(Number.parseInt(bus, 16)) ?? []) : []));
}

function cardOfBus(busId: string, position: number): SightedCard {
  return { position, kind: 'gpu', busId, vendor: 'nvidia' };
}

/** `=== GPU 0, 02:00.0 GeForce GTX 1660 SUPER 5944 MB, PL: 70 W, 125 W, 150 W === 12:37:16`. */
function cardOfHeading(line: string, position: number): SightedCard | undefined {
  const [, number, bus, rest = ''] =
    /^=+ GPU (\d{1,3}), ((?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) (.{1,200})$/i.exec(line) ?? [];
  const busId = busIdOf(bus);
  if (busId === undefined) return undefined;
  const [title = '', limits = ''] = rest.split(/,\s*PL:/);
  const [, name = title, vram] = /^(.*?)\s+(\d{3,7} Mi?B)\b/.exec(title) ?? [];
  return known({
    position: numberOf(number) ?? position,
    kind: 'gpu' as const,
    busId,
    name: textOf(name),
    vendor: 'nvidia' as const,
    vramBytes: memoryBytesOf(vram),
    powerLimitWatts: powerLimitOf(limits),
  });
}

function powerLimitOf(text: string): PowerLimit | undefined {
  const [least, shipped, most] = text.match(/\d{1,5}(?:\.\d{1,3})?(?= W)/g) ?? [];
  const limit = known({ least: positiveOf(least), shipped: positiveOf(shipped), most: positiveOf(most) });
  return Object.keys(limit).length === 0 ? undefined : limit;
}

/** Memory offsets are of the transfer rate, as the driver and HiveOS's pages count them: twice those of the clock. */
function withSetting(card: SightedCard, line: string): SightedCard {
  const limit = positiveOf(POWER_LIMIT.exec(line)?.[1]);
  if (limit !== undefined) return withReading(card, { powerLimitWatts: limit });
  const lockedMhz = positiveOf(/^SET GPU CLOCKS: (\d{1,5}) MHz/.exec(line)?.[1]);
  if (lockedMhz !== undefined) return withReading(card, { lockedCoreClockMhz: lockedMhz, coreClockMhz: lockedMhz });
  const [, attribute, value] =
    /^Attribute '(\w{1,60})(?:\[\d{1,2}\])?' (?:\([^)]{1,80}\) )?(?:was already set to|assigned value) (-?\d{1,6})/.exec(
      line,
    ) ?? [];
  const setting = numberOf(value);
  if (setting === undefined) return card;
  if (/^GPUGraphicsClockOffset/.test(attribute ?? '')) return withReading(card, { coreClockOffsetMhz: setting });
  if (/^GPUMemoryTransferRateOffset/.test(attribute ?? '')) return withReading(card, { memoryClockOffsetMhz: setting });
  return attribute === 'GPUTargetFanSpeed' ? withReading(card, { fanPercent: setting }) : card;
}

/** HiveOS's own words, or nvidia-smi's, which older releases pass on. */
const POWER_LIMIT =
  /^(?:SET POWER LIMIT: |PLIMIT was already set to |Power limit for GPU [\w:.]{1,20} was (?:already )?set to )(\d{1,5}(?:\.\d{1,3})?)(?: W|\.|$)/;

function withReading(card: SightedCard, reading: Reading): SightedCard {
  return { ...card, reading: { ...card.reading, ...reading } };
}

/** `Fri May 13 12:37:16 CST 2022`, as `date` writes it. */
function dateOf(line: string): string | undefined {
  return /^[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d{2}:\d{2}:\d{2} (?:\S{1,8} )?\d{4}$/.exec(line)?.[0];
}

function countFaults(
  source: string,
  detectedCount: number | undefined,
  listedCount: number,
): readonly InventoryFault[] {
  if (detectedCount === undefined || detectedCount <= listedCount) {
    return listedCount > 0 ? [] : [noCard(source)];
  }
  return [
    inventoryFault('inventory-section-incomplete', {
      what: `${source} detected ${detectedCount} NVIDIA cards and lists ${listedCount}.`,
      why: 'The log ends before each card had its turn, or lines of it are missing.',
      mend: 'Save the whole log again, from "Detected" to the last card.',
    }),
  ];
}

function noCard(source: string): InventoryFault {
  return inventoryFault('inventory-no-card', {
    what: `${source} lists no card.`,
    why: 'It is a log of HiveOS’s nvidia-oc that found no NVIDIA card.',
    mend: 'Where the rig has cards, give what nvidia-smi or lspci print there.',
  });
}

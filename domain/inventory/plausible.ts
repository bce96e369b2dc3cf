import type { PcieLink } from '../cards.ts';
import { formatBytes, GIB, MIB } from '../quantity.ts';
import type { Reading } from './farm.ts';
import { type InventoryFault, inventoryFault } from './faults.ts';
import type { RigSighting, SightedCard, SlotReadings } from './sighting.ts';

/** A figure that tools report, and between what it is believed. */
interface Bounds {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly unit: string;
  /** What is past the bounds by little, and means the bound: a fan at 105 % runs at full speed. */
  readonly clampsTo?: number;
}

const celsius = { least: -40, most: 130, unit: ' °C' } as const;
const clock = { least: 0, most: 20_000, unit: ' MHz' } as const;
const offset = { least: -5000, most: 10_000, unit: ' MHz' } as const;
const percent = { least: 0, most: 100, unit: ' %' } as const;
/** No board, server boards of 2026 included, is rated above 1.5 kW. */
const watts = { least: 0, most: 2500, unit: ' W' } as const;
const count = { least: 0, most: Number.MAX_SAFE_INTEGER, unit: '' } as const;
/** The largest card of 2026 has 288 GiB; the smallest that any farm reports, 256 MiB. */
const vram = { least: 16 * MIB, most: 1024 * GIB, unit: ' bytes' } as const;

/** Chips shut down at 90 to 120 °C; 255, 511 and 65535 are what a sensor that cannot be read gives. */
const readingBounds: Readonly<Partial<Record<keyof Reading, Bounds>>> = {
  temperatureCelsius: { name: 'temperature', ...celsius },
  memoryTemperatureCelsius: { name: 'memory temperature', ...celsius },
  hotSpotCelsius: { name: 'hot spot', ...celsius },
  fanPercent: { name: 'fan', ...percent, clampsTo: 150 },
  powerWatts: { name: 'power', ...watts },
  powerLimitWatts: { name: 'power limit', ...watts },
  coreClockMhz: { name: 'core clock', ...clock },
  memoryClockMhz: { name: 'memory clock', ...clock },
  lockedCoreClockMhz: { name: 'locked core clock', ...clock },
  coreClockOffsetMhz: { name: 'core clock offset', ...offset },
  memoryClockOffsetMhz: { name: 'memory clock offset', ...offset },
  utilizationPercent: { name: 'utilisation', ...percent },
  usedVramBytes: { name: 'used VRAM', ...vram, least: 0 },
  eccCorrectedCount: { name: 'corrected ECC errors', ...count },
  eccUncorrectedCount: { name: 'uncorrected ECC errors', ...count },
  retiredPageCount: { name: 'retired pages', ...count },
  pcieReplayCount: { name: 'PCIe replays', ...count },
  invalidShareCount: { name: 'invalid shares', ...count },
  hashesPerSecond: { name: 'hash rate', least: 0, most: 1e15, unit: ' H/s' },
};

const boundsByField: ReadonlyMap<string, Bounds> = new Map(Object.entries(readingBounds));

/**
 * A sighting without what cannot be true, such as a temperature of 511 °C or VRAM of 3 PB, and a fault for each card
 * that had some: dropped, never silently.
 */
export function plausibleSighting(sighting: RigSighting): {
  readonly sighting: RigSighting;
  readonly faults: readonly InventoryFault[];
} {
  const faults: InventoryFault[] = [];
  const cards = sighting.cards.map((card) => {
    const dropped: string[] = [];
    const kept = plausibleCard(card, dropped);
    if (dropped.length > 0) faults.push(implausible(sighting, cardText(card), dropped));
    return kept;
  });
  const lists = sighting.slotReadings?.map((list) => plausibleSlots(list, sighting, faults));
  const isSame = faults.length === 0 && cards.every((card, index) => card === sighting.cards[index]);
  const ram = sighting.host.ram;
  const hasTooMuchRam = ram !== undefined && !isWithin(ram.bytes, MIB, 32 * 1024 * GIB);
  if (hasTooMuchRam) faults.push(implausible(sighting, 'the rig', [`RAM ${formatBytes(ram.bytes)}`]));
  if (isSame && !hasTooMuchRam) return { sighting, faults };
  const { ram: _, ...host } = sighting.host;
  const checked = { ...sighting, cards, host: hasTooMuchRam ? host : sighting.host };
  return { sighting: lists === undefined ? checked : { ...checked, slotReadings: lists }, faults };
}

function plausibleCard(card: SightedCard, dropped: string[]): SightedCard {
  const reading = card.reading === undefined ? undefined : plausibleReading(card.reading, dropped);
  const hasVram = card.vramBytes === undefined || isWithin(card.vramBytes, vram.least, vram.most);
  const hasLink = isPlausibleLink(card.pcieLink) && isPlausibleLink(card.pcieLinkMost);
  if (!hasVram) dropped.push(`VRAM ${formatBytes(card.vramBytes ?? 0)}`);
  if (!hasLink) dropped.push('a PCIe link that no slot has');
  if (reading === card.reading && hasVram && hasLink) return card;
  const { vramBytes, pcieLink, pcieLinkMost, reading: _, ...rest } = card;
  return {
    ...rest,
    ...(hasVram && vramBytes !== undefined ? { vramBytes } : {}),
    ...(hasLink && pcieLink !== undefined ? { pcieLink } : {}),
    ...(hasLink && pcieLinkMost !== undefined ? { pcieLinkMost } : {}),
    ...(reading === undefined ? {} : { reading }),
  };
}

function isPlausibleLink(link: PcieLink | undefined): boolean {
  return link === undefined || (isWithin(link.generation, 1, 8) && isWithin(link.laneCount, 1, 32));
}

function plausibleReading(reading: Reading, dropped: string[]): Reading | undefined {
  let changed: Record<string, unknown> | undefined;
  for (const field in reading) {
    const bounds = boundsByField.get(field);
    const value = reading[parseField(field)];
    if (bounds === undefined || typeof value !== 'number' || isWithin(value, bounds.least, bounds.most)) continue;
    changed ??= { ...reading };
    if (bounds.clampsTo !== undefined && value > bounds.most && value <= bounds.clampsTo) changed[field] = bounds.most;
    else {
      delete changed[field];
      dropped.push(`${bounds.name} ${value}${bounds.unit}`);
    }
  }
  if (changed === undefined) return reading;
  return Object.keys(changed).length === 0 ? undefined : changed;
}

function parseField(key: string): keyof Reading {
  return key as keyof Reading;
}

function plausibleSlots(list: SlotReadings, sighting: RigSighting, faults: InventoryFault[]): SlotReadings {
  const bounds = readingBounds[list.field];
  if (bounds === undefined) return list;
  const wrong = list.values.filter((value) => value !== undefined && !isWithin(value, bounds.least, bounds.most));
  if (wrong.length === 0) return list;
  const told = wrong.slice(0, 5).map((value) => `${bounds.name} ${value}${bounds.unit}`);
  faults.push(implausible(sighting, 'its cards', told));
  return {
    field: list.field,
    values: list.values.map((value) =>
      value === undefined || isWithin(value, bounds.least, bounds.most) ? value : undefined,
    ),
  };
}

function isWithin(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

/** A card as a fault names it: by bus, else by its place and name. */
export function cardText({ busId, position, name }: SightedCard): string {
  const place = busId === undefined ? `card ${position}` : `the card on bus ${busId}`;
  return name === undefined ? place : `${place} (${name})`;
}

function implausible(sighting: RigSighting, whose: string, dropped: readonly string[]): InventoryFault {
  return inventoryFault('inventory-implausible', {
    what: `${sighting.source} says of ${whose} in ${sighting.rigName} what cannot be: ${dropped.join(', ')}.`,
    why: 'No card or rig has that; sensors that cannot be read give such figures. They were left out, the rest was kept.',
    mend: 'Read the card again after a restart of the rig; a card that keeps saying so has a bad sensor or VBIOS.',
  });
}

import { boardMakerOf } from './board-maker.ts';
import { busIdOf } from './bus-id.ts';
import { displayKindOf } from './display-kind.ts';
import type { Host, PowerLimit, Reading } from './farm.ts';
import {
  countOf,
  isJsonObject,
  type JsonObject,
  known,
  listOf,
  memoryBytesOf,
  numberOf,
  positiveOf,
  textOf,
} from './fields.ts';
import type { JsonFormat } from './format.ts';
import { linkOfSpeed } from './pcie-link.ts';
import { rigOfFile } from './rig-key.ts';
import type { SightedCard } from './sighting.ts';

/**
 * `amd-smi list`, `static`, `metric` and others with `--json`: a list of cards, or one under `gpu_data` from ROCm 7 on.
 * A figure is `{ value, unit }`, or "N/A". Only `list` and `static` tell the bus; `metric` counts as they do.
 */
export const amdSmi: JsonFormat = {
  kind: 'json',
  name: 'amd-smi-json',
  title: 'amd-smi JSON',
  read(value, source) {
    const list = listOf(isJsonObject(value) ? value.gpu_data : value);
    const entries = list.filter(isEntry);
    if (entries.length === 0 || entries.length !== list.length) return undefined;
    const integrated = entries.find((entry) => !isCard(entry));
    const sighting = {
      format: 'amd-smi-json' as const,
      source,
      ...rigOfFile(source),
      host: hostOf(entries, integrated === undefined ? undefined : nameOf(integrated)),
      cards: entries.filter(isCard).map(cardOf),
    };
    return { sightings: [sighting], faults: [] };
  },
};

const SECTIONS = [
  ...['bdf', 'asic', 'bus', 'vbios', 'ifwi', 'limit', 'driver', 'board', 'vram', 'usage', 'power', 'clock'],
  ...['temperature', 'pcie', 'ecc', 'fan', 'mem_usage', 'process_list', 'process_info', 'fw_list', 'kfd_id'],
];

function isEntry(value: unknown): value is JsonObject {
  return isJsonObject(value) && countOf(value.gpu) !== undefined && SECTIONS.some((section) => section in value);
}

function sectionOf(entry: JsonObject, name: string): JsonObject {
  const section = entry[name];
  return isJsonObject(section) ? section : {};
}

/** A figure without its unit, a text as it is; undefined for "N/A". */
function valueAt(section: JsonObject, name: string): unknown {
  const value = section[name];
  const bare = isJsonObject(value) ? value.value : value;
  return typeof bare === 'string' && /^(n\/a|none|unknown)$/i.test(bare.trim()) ? undefined : bare;
}

function textAt(section: JsonObject, name: string): string | undefined {
  return textOf(valueAt(section, name));
}

function positiveAt(section: JsonObject, name: string): number | undefined {
  return positiveOf(valueAt(section, name));
}

/** `{ "value": 8176, "unit": "MB" }`, the unit MB where none is told. */
function bytesAt(section: JsonObject, name: string): number | undefined {
  const value = section[name];
  const figure = numberOf(valueAt(section, name));
  if (figure === undefined) return undefined;
  const unit = isJsonObject(value) ? (textOf(value.unit) ?? 'MB') : 'MB';
  return figure === 0 ? 0 : memoryBytesOf(`${figure} ${unit}`);
}

function isCard(entry: JsonObject): boolean {
  return displayKindOf(pciIdOf(sectionOf(entry, 'asic')), nameOf(entry)).kind === 'card';
}

function nameOf(entry: JsonObject): string | undefined {
  const [market, product] = [
    textAt(sectionOf(entry, 'asic'), 'market_name'),
    textAt(sectionOf(entry, 'board'), 'product_name'),
  ];
  return [market, product].find((text) => text !== undefined && !/^0x[0-9a-f]+$/i.test(text));
}

function hexAt(section: JsonObject, name: string): string | undefined {
  const [, digits] = /^0x([0-9a-f]{1,4})$/i.exec(textAt(section, name) ?? '') ?? [];
  return digits?.toLowerCase();
}

function pciIdOf(asic: JsonObject): string | undefined {
  const id = hexAt(asic, 'device_id');
  return id === undefined
    ? undefined
    : `${(hexAt(asic, 'vendor_id') ?? '1002').padStart(4, '0')}:${id.padStart(4, '0')}`;
}

function hostOf(entries: readonly JsonObject[], integratedGraphicsName: string | undefined): Host {
  const drivers = entries.map(
    (entry) => textAt(sectionOf(entry, 'driver'), 'version') ?? textAt(sectionOf(entry, 'driver'), 'driver_version'),
  );
  return known({ amdDriverVersion: drivers.find((driver) => driver !== undefined), integratedGraphicsName });
}

function cardOf(entry: JsonObject, position: number): SightedCard {
  const [asic, bus, vram] = [sectionOf(entry, 'asic'), sectionOf(entry, 'bus'), sectionOf(entry, 'vram')];
  const [usage, vbios] = [sectionOf(entry, 'mem_usage'), sectionOf(entry, 'vbios')];
  const [subvendor, subsystem] = [hexAt(asic, 'subvendor_id'), hexAt(asic, 'subsystem_id')];
  const subvendorId = subvendor?.padStart(4, '0');
  return known({
    position: countOf(entry.gpu) ?? position,
    kind: 'gpu' as const,
    busId: busIdOf(entry.bdf) ?? busIdOf(bus.bdf),
    name: nameOf(entry),
    vendor: 'amd' as const,
    boardMaker: boardMakerOf(subvendorId),
    pciId: pciIdOf(asic),
    subsystemId:
      subvendorId === undefined || subsystem === undefined ? undefined : `${subvendorId}:${subsystem.padStart(4, '0')}`,
    pciRevision: hexAt(asic, 'rev_id')?.padStart(2, '0'),
    serial: serialOf(textAt(sectionOf(entry, 'board'), 'product_serial')),
    bar1Bytes: bytesAt(usage, 'total_visible_vram') || undefined,
    vramBytes: (bytesAt(vram, 'size') ?? bytesAt(vram, 'vram_size_mb') ?? bytesAt(usage, 'total_vram')) || undefined,
    memoryMaker: textAt(vram, 'vendor') ?? textAt(vram, 'vram_vendor'),
    vbios: textAt(vbios, 'part_number') ?? textAt(sectionOf(entry, 'ifwi'), 'part_number') ?? textAt(vbios, 'version'),
    uuid: textAt(entry, 'uuid')?.toLowerCase(),
    powerLimitWatts: limitOf(sectionOf(entry, 'limit')),
    pcieLink: linkOfSpeed(positiveAt(sectionOf(entry, 'pcie'), 'speed'), positiveAt(sectionOf(entry, 'pcie'), 'width')),
    pcieLinkMost: linkOfSpeed(positiveAt(bus, 'max_pcie_speed'), positiveAt(bus, 'max_pcie_width')),
    reading: readingOf(entry),
  });
}

function serialOf(text: string | undefined): string | undefined {
  return text === undefined || /^[0x]*$/.test(text) ? undefined : text;
}

function limitOf(limit: JsonObject): PowerLimit | undefined {
  const watts = known({ least: positiveAt(limit, 'min_power'), most: positiveAt(limit, 'max_power') });
  return Object.keys(watts).length === 0 ? undefined : watts;
}

function readingOf(entry: JsonObject): Reading | undefined {
  const [temperature, power, clock] = [
    sectionOf(entry, 'temperature'),
    sectionOf(entry, 'power'),
    sectionOf(entry, 'clock'),
  ];
  const [ecc, usage] = [sectionOf(entry, 'ecc'), sectionOf(entry, 'usage')];
  const reading: Reading = known({
    temperatureCelsius: positiveAt(temperature, 'edge') ?? positiveAt(temperature, 'hotspot'),
    hotSpotCelsius: positiveAt(temperature, 'hotspot'),
    memoryTemperatureCelsius: positiveAt(temperature, 'mem'),
    fanPercent: numberOf(valueAt(sectionOf(entry, 'fan'), 'usage')),
    powerWatts:
      positiveAt(power, 'socket_power') ??
      positiveAt(power, 'average_socket_power') ??
      positiveAt(power, 'current_power'),
    powerLimitWatts:
      positiveAt(sectionOf(entry, 'limit'), 'socket_power') ?? positiveAt(sectionOf(entry, 'limit'), 'power'),
    coreClockMhz: positiveAt(sectionOf(clock, 'gfx_0'), 'clk') ?? positiveAt(sectionOf(clock, 'gfx'), 'clk'),
    memoryClockMhz: positiveAt(sectionOf(clock, 'mem_0'), 'clk') ?? positiveAt(sectionOf(clock, 'mem'), 'clk'),
    utilizationPercent: numberOf(valueAt(usage, 'gfx_activity')) ?? numberOf(valueAt(usage, 'gfx_usage')),
    usedVramBytes: bytesAt(sectionOf(entry, 'mem_usage'), 'used_vram'),
    eccCorrectedCount: countOf(valueAt(ecc, 'total_correctable_count') ?? valueAt(ecc, 'total_correctable')),
    eccUncorrectedCount: countOf(valueAt(ecc, 'total_uncorrectable_count') ?? valueAt(ecc, 'total_uncorrectable')),
    pcieReplayCount: countOf(valueAt(sectionOf(entry, 'pcie'), 'replay_count')),
  });
  return Object.keys(reading).length === 0 ? undefined : reading;
}

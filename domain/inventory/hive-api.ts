import { MIB } from '../quantity.ts';
import { busIdOf, busIdOfNumber } from './bus-id.ts';
import { vectorExtensionOf } from './cpu.ts';
import { disksOf } from './disk.ts';
import type { Board, Cpu, Host, PowerLimit, Ram, Reading } from './farm.ts';
import { type InventoryFault, inventoryFault } from './faults.ts';
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
import { rigOfHive } from './hive-message.ts';
import { withOverclock } from './hive-overclock.ts';
import { vendorOf } from './miners/card-name.ts';
import { timeOfUnixSeconds } from './miners/miner-card.ts';
import { rigOfFile, rigOfName } from './rig-key.ts';
import type { RigSighting, SightedCard, Slot } from './sighting.ts';
import { sourceText } from './source-text.ts';

/**
 * Rigs as HiveOS's API v2 gives them: one (`/farms/{id}/workers/{id}`), or a page of them under `data`. A rig's `id` is
 * the `rig_id` of its agent's messages, so both make one rig. Source: HiveOS API v2, schemas Worker, GpuInfo and
 * GpuStats. ASICs are no cards. Passwords, addresses, wallets and flight sheets are not kept.
 */
export const hiveApi: JsonFormat = {
  kind: 'json',
  name: 'hiveos-api',
  title: 'HiveOS API',
  read(value, source) {
    if (!isJsonObject(value)) return undefined;
    if (isRig(value)) return readRigs([value], source);
    const rows = listOf(value.data);
    const rigs = rows.filter(isJsonObject).filter(isRig);
    const isPage = Array.isArray(value.data) && (rigs.length > 0 || isEmptyPage(value));
    return isPage ? readRigs(rigs, source, rows.length - rigs.length) : undefined;
  },
};

function isRig(value: JsonObject): boolean {
  const isTold = Array.isArray(value.gpu_info) || Array.isArray(value.gpu_stats) || isJsonObject(value.hardware_info);
  return isTold || (value.farm_id !== undefined && value.platform !== undefined && 'units_count' in value);
}

function isEmptyPage(value: JsonObject): boolean {
  return listOf(value.data).length === 0 && (isJsonObject(value.pagination) || Array.isArray(value.tags));
}

/** HiveOS's platforms: 1 is a rig with graphics cards, 2 an ASIC. */
const ASIC_PLATFORM = 2;

function readRigs(rigs: readonly JsonObject[], source: string, otherCount = 0) {
  const faults: InventoryFault[] = [];
  if (otherCount > 0) faults.push(otherRows(source, otherCount));
  const sightings = rigs.flatMap((rig): readonly RigSighting[] => {
    if (numberOf(rig.platform) === ASIC_PLATFORM || isJsonObject(rig.asic_info)) {
      faults.push(noCards(source, rig, 'It is an ASIC, which has no graphics cards.'));
      return [];
    }
    const sighting = sightingOf(rig, source);
    if (sighting.cards.length === 0) faults.push(noCards(source, rig, 'Its "gpu_info" and "gpu_stats" are empty.'));
    return [sighting];
  });
  if (rigs.length === 0 && otherCount === 0) faults.push(emptyPage(source));
  return { sightings, faults };
}

function sightingOf(rig: JsonObject, source: string): RigSighting {
  const hiveRigId = textOf(rig.id)?.slice(0, 40);
  const name = textOf(rig.name);
  const unnamed = name === undefined ? rigOfFile(source) : rigOfName(name);
  const identity = hiveRigId === undefined ? unnamed : rigOfHive(hiveRigId);
  const stats = isJsonObject(rig.stats) ? rig.stats : {};
  const sentAt = timeOfUnixSeconds(stats.stats_time);
  const entries = listOf(rig.gpu_info).filter(isJsonObject);
  const integrated = entries.find((entry) => !isCard(entry));
  return known({
    format: 'hiveos-api' as const,
    source,
    rigKey: identity.rigKey,
    rigName: name?.slice(0, 60) ?? identity.rigName,
    sentAt,
    host: hostOf(rig, source, sentAt, textOf(integrated?.model)),
    cards: withOverclock(cardsOf(rig, entries, sentAt), rig.overclock),
    isWholeList: entries.length > 0 ? true : undefined,
    slots:
      entries.length > 0
        ? entries.map((entry): Slot => known({ busId: busOf(entry), isCard: isCard(entry) }))
        : undefined,
  });
}

/** `internal` and `cpu` are graphics built into the processor. */
function isCard({ brand }: JsonObject): boolean {
  return !/^(internal|cpu)$/i.test(textOf(brand) ?? '');
}

function busOf(entry: JsonObject): string | undefined {
  return busIdOf(entry.bus_id) ?? (textOf(entry.bus_id) === undefined ? busIdOfNumber(entry.bus_number) : undefined);
}

function cardsOf(rig: JsonObject, entries: readonly JsonObject[], sentAt: string | undefined): readonly SightedCard[] {
  const readings = readingsByBus(rig, sentAt);
  const listed = entries.flatMap((entry, position) => (isCard(entry) ? [cardOf(entry, position, readings)] : []));
  const buses = new Set(entries.map(busOf));
  const others = [...readings].filter(([busId]) => !buses.has(busId));
  const unlisted = others.map(
    ([busId, reading], place): SightedCard => ({ position: entries.length + place, kind: 'gpu', busId, reading }),
  );
  return [...listed, ...unlisted];
}

function cardOf(entry: JsonObject, position: number, readings: ReadonlyMap<string, Reading>): SightedCard {
  const details = isJsonObject(entry.details) ? entry.details : {};
  const busId = busOf(entry);
  return known({
    position,
    kind: 'gpu' as const,
    busId,
    name: textOf(entry.model) ?? textOf(entry.short_name),
    vendor: vendorOf(textOf(entry.brand) ?? ''),
    boardMaker: textOf(details.subvendor) ?? textOf(details.oem),
    vramBytes: memoryBytesOf(details.mem) ?? memoryBytesOf(`${textOf(details.mem_gb) ?? ''} GB`),
    memoryMaker: textOf(details.mem_type) ?? textOf(details.mem_oem),
    vbios: textOf(details.vbios),
    powerLimitWatts: powerLimitOf(entry.power_limit),
    reading: busId === undefined ? undefined : readings.get(busId),
  });
}

function powerLimitOf(value: unknown): PowerLimit | undefined {
  if (!isJsonObject(value)) return undefined;
  const limit = known({ least: positiveOf(value.min), shipped: positiveOf(value.def), most: positiveOf(value.max) });
  return Object.keys(limit).length === 0 ? undefined : limit;
}

/** Sensors of `gpu_stats` by bus, with what each of `miners_stats` adds: hash rates in kH/s and invalid shares. */
function readingsByBus(rig: JsonObject, sentAt: string | undefined): ReadonlyMap<string, Reading> {
  const readings = new Map<string, Reading>();
  for (const entry of listOf(rig.gpu_stats).filter(isJsonObject)) {
    const busId = busOf(entry) ?? busIdOfNumber(entry.bus_num);
    if (busId !== undefined) readings.set(busId, readingOf(entry, sentAt));
  }
  const mined = isJsonObject(rig.miners_stats) ? listOf(rig.miners_stats.hashrates).filter(isJsonObject) : [];
  for (const miner of mined) {
    for (const [place, bus] of listOf(miner.bus_numbers).entries()) {
      const busId = busIdOfNumber(bus);
      if (bus === null || busId === undefined) continue;
      readings.set(busId, { ...minedReading(miner, place, sentAt), ...readings.get(busId) });
    }
  }
  return readings;
}

function readingOf(entry: JsonObject, sentAt: string | undefined): Reading {
  return known({
    temperatureCelsius: positiveOf(entry.temp),
    memoryTemperatureCelsius: positiveOf(entry.memtemp),
    fanPercent: numberOf(entry.fan),
    powerWatts: positiveOf(entry.power),
    coreClockMhz: positiveOf(entry.coreclk),
    memoryClockMhz: positiveOf(entry.memclk),
    observedAt: sentAt,
  });
}

function minedReading(miner: JsonObject, place: number, sentAt: string | undefined): Reading {
  const kilohashes = positiveOf(listOf(miner.hashes)[place]);
  return known({
    temperatureCelsius: positiveOf(listOf(miner.temps)[place]),
    fanPercent: numberOf(listOf(miner.fans)[place]),
    hashesPerSecond: kilohashes === undefined ? undefined : kilohashes * 1000,
    algorithm: kilohashes === undefined ? undefined : textOf(miner.algo),
    invalidShareCount: countOf(listOf(miner.invalid_shares)[place]),
    observedAt: sentAt,
  });
}

function hostOf(rig: JsonObject, source: string, sentAt: string | undefined, integrated: string | undefined): Host {
  const hardware = isJsonObject(rig.hardware_info) ? rig.hardware_info : {};
  const versions = isJsonObject(rig.versions) ? rig.versions : {};
  const disk = isJsonObject(hardware.disk) ? hardware.disk : {};
  return known({
    cpu: cpuOf(hardware.cpu),
    ram: ramOf(rig.hardware_stats, sourceText(source, sentAt)),
    board: boardOf(hardware.motherboard),
    disks: disksOf(disk.model),
    freeDiskBytes: isJsonObject(rig.hardware_stats) ? memoryBytesOf(rig.hardware_stats.df) : undefined,
    nvidiaDriverVersion: textOf(versions.nvidia_driver),
    amdDriverVersion: textOf(versions.amd_driver),
    kernel: textOf(versions.kernel),
    integratedGraphicsName: integrated,
  });
}

function cpuOf(value: unknown): Cpu | undefined {
  if (!isJsonObject(value)) return undefined;
  const modelName = textOf(value.model);
  if (modelName === undefined) return undefined;
  return known({
    modelName,
    coreCount: countOf(value.cores),
    hasAes: typeof value.aes === 'boolean' ? value.aes : undefined,
    vectorExtension: vectorExtensionOf(modelName),
  });
}

/** `memory` is in MiB, as the agent's own. */
function ramOf(value: unknown, source: string): Ram | undefined {
  const memory = isJsonObject(value) && isJsonObject(value.memory) ? value.memory : {};
  const totalMib = positiveOf(memory.total);
  return totalMib === undefined ? undefined : { bytes: Math.round(totalMib * MIB), basis: 'reported', source };
}

function boardOf(value: unknown): Board | undefined {
  if (!isJsonObject(value)) return undefined;
  const product = textOf(value.model) ?? textOf(value.product);
  if (product === undefined) return undefined;
  return known({ manufacturer: textOf(value.manufacturer), product, bios: textOf(value.bios) });
}

function noCards(source: string, rig: JsonObject, why: string): InventoryFault {
  const name = textOf(rig.name) ?? textOf(rig.id) ?? 'A rig without a name';
  return inventoryFault('inventory-no-card', {
    what: `${name.slice(0, 60)} in ${source} lists no card.`,
    why,
    mend: 'Nothing is to be mended where that is so; else ask the API again while the rig is online.',
  });
}

function otherRows(source: string, count: number): InventoryFault {
  return inventoryFault('inventory-unknown-message', {
    what: `${count} of the entries in ${source} are no rigs.`,
    why: 'A rig of HiveOS’s API has "gpu_info", "gpu_stats" or "hardware_info".',
    mend: 'Save the answer to /farms/{id}/workers, without editing it.',
  });
}

function emptyPage(source: string): InventoryFault {
  return inventoryFault('inventory-no-card', {
    what: `${source} lists no rig.`,
    why: 'It is a page of HiveOS’s API whose "data" is empty.',
    mend: 'Look whether the farm’s number is right and whether the token may read its rigs.',
  });
}

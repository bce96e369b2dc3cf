import type { Vendor } from '../../cards.ts';
import { MIB } from '../../quantity.ts';
import { boardMakerOf } from '../board-maker.ts';
import type { PowerLimit } from '../farm.ts';
import { isJsonObject, type JsonObject, known, listOf, numberOf, positiveOf, textOf } from '../fields.ts';
import type { JsonFormat } from '../format.ts';
import { minerBusOf } from './bus.ts';
import { type MinerCard, minerRead, withoutCards } from './miner-card.ts';

/**
 * NiceHash's Excavator: `device.list`, `devices.get` and `device.get` (name, bus in decimal, sensors) and
 * `worker.list` (rates in hashes a second by the card's number). `algorithm.list`, `info` and `subscribe.info` list no
 * card.
 */
export const excavator: JsonFormat = {
  kind: 'json',
  name: 'excavator',
  title: 'NiceHash Excavator',
  read(value, source) {
    if (!isJsonObject(value)) return undefined;
    const cards = cardsOf(value);
    if (cards !== undefined && cards.length > 0) return minerRead({ format: 'excavator', source, cards });
    const what = cards === undefined ? otherAnswerOf(value) : 'an answer of Excavator with no card in it';
    if (what === undefined) return undefined;
    return withoutCards(source, what, 'Save the answers to devices.get and worker.list too.');
  },
};

/** Undefined for what lists no cards by nature. */
function cardsOf(value: JsonObject): readonly MinerCard[] | undefined {
  const isAnswer = 'error' in value && 'id' in value;
  if (Array.isArray(value.devices)) {
    const entries = listOf(value.devices).filter(isJsonObject);
    if (entries.length === 0) return isAnswer ? [] : undefined;
    return entries.every(isEntry) ? entries.map(cardOf) : undefined;
  }
  if (Array.isArray(value.workers)) {
    const entries = listOf(value.workers).filter(isJsonObject);
    const isList = entries.every((entry) => 'device_id' in entry && 'worker_id' in entry);
    return isList && (isAnswer || entries.length > 0) ? cardsOfWork(entries) : undefined;
  }
  return isAnswer && isEntry(value) ? [cardOf(value)] : undefined;
}

function isEntry(entry: JsonObject): boolean {
  return (
    'device_id' in entry && 'name' in entry && ('gpgpu_type' in entry || 'details' in entry || 'gpu_temp' in entry)
  );
}

const vendors: ReadonlyMap<number, Vendor> = new Map([
  [1, 'nvidia'],
  [2, 'amd'],
]);

function cardOf(entry: JsonObject): MinerCard {
  const details = isJsonObject(entry.details) ? entry.details : {};
  const free = numberOf(entry.gpu_memory_free);
  const used = numberOf(entry.gpu_memory_used);
  return {
    index: entry.device_id,
    name: entry.name,
    vendor: vendors.get(numberOf(entry.gpgpu_type) ?? 0),
    boardMaker: boardMakerOf(textOf(entry.subvendor)?.toLowerCase()),
    busId: minerBusOf(details.bus_id ?? details.bus),
    uuid: textOf(entry.uuid),
    vramBytes: free === undefined || used === undefined ? undefined : positiveOf(free + used),
    powerLimitWatts: powerLimitOf(entry),
    sensors: {
      celsius: entry.gpu_temp,
      memoryCelsius: entry.__vram_temp ?? entry.vram_temp,
      hotSpotCelsius: entry.__hotspot_temp ?? entry.hotspot_temp,
      fanPercent: entry.gpu_fan_speed,
      watts: entry.gpu_power_usage,
      limitWatts: entry.gpu_power_limit_current,
      coreMhz: entry.gpu_clock_core,
      memoryMhz: entry.gpu_clock_memory,
      loadPercent: entry.gpu_load,
      usedMib: used === undefined ? undefined : used / MIB,
      invalidShares: entry.hw_errors,
    },
  };
}

function powerLimitOf(entry: JsonObject): PowerLimit | undefined {
  const limit = known({
    least: positiveOf(entry.gpu_power_limit_min),
    most: positiveOf(entry.gpu_power_limit_max),
  });
  return Object.keys(limit).length === 0 ? undefined : limit;
}

/** What works on one card counts together; of two algorithms the first is the main one. */
function cardsOfWork(entries: readonly JsonObject[]): readonly MinerCard[] {
  const cards = new Map<string, { readonly hashesPerSecond: number | undefined; readonly algorithm: unknown }>();
  for (const entry of entries) {
    const index = textOf(entry.device_id) ?? '';
    const [first] = listOf(entry.algorithms).filter(isJsonObject);
    const before = cards.get(index);
    const rate = positiveOf(first?.speed);
    if (before === undefined) cards.set(index, { hashesPerSecond: rate, algorithm: first?.name });
    else if (rate !== undefined && before.algorithm === first?.name) {
      cards.set(index, { ...before, hashesPerSecond: (before.hashesPerSecond ?? 0) + rate });
    }
  }
  return [...cards].map(([index, rate]): MinerCard => ({ index, sensors: rate }));
}

/** Answers that Excavator gives besides; names and addresses in them are not repeated. */
function otherAnswerOf(value: JsonObject): string | undefined {
  if (!('error' in value) || !('id' in value)) return undefined;
  const [first] = listOf(value.algorithms);
  if (Array.isArray(value.algorithms) && (first === undefined || (isJsonObject(first) && 'speed' in first))) {
    return 'Excavator’s list of algorithms, with totals of the rig';
  }
  if ('build_platform' in value || 'cpu_load' in value) return 'what Excavator says of itself';
  return 'login' in value && 'address' in value ? 'what Excavator says of its pool' : undefined;
}

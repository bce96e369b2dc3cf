import { isJsonObject, type JsonObject, listOf, positiveOf, textOf } from '../fields.ts';
import type { JsonFormat } from '../format.ts';
import { minerBusOf } from './bus.ts';
import { hashesPerUnitOf } from './hash-rate.ts';
import { type MinerCard, minerRead, withoutCards } from './miner-card.ts';

/**
 * GMiner's `/stat`, old (`cuda_id`) and new (`miner`, `speed_unit`): rates in hashes, solutions or graphs a second
 * unless it names a unit, buses as PCI writes them, names with the board's maker and the driver's VRAM.
 */
export const gminer: JsonFormat = {
  kind: 'json',
  name: 'gminer',
  title: 'GMiner',
  read(value, source) {
    if (!isJsonObject(value)) return undefined;
    const entries = listOf(value.devices).filter(isJsonObject);
    const isNamed = /^gminer\b/i.test(textOf(value.miner) ?? '');
    if (!isNamed && !entries.some(isGminerEntry)) return undefined;
    if (entries.length === 0) {
      return withoutCards(source, 'an answer of GMiner without "devices"', 'Save the answer to /stat while it mines.');
    }
    const hashesPerUnit = hashesPerUnitOf(value.speed_unit) ?? 1;
    const cards = entries.map((entry) => cardOf(entry, hashesPerUnit, value.algorithm));
    return minerRead({ format: 'gminer', source, cards });
  },
};

function isGminerEntry(entry: JsonObject): boolean {
  return 'gpu_id' in entry && 'speed' in entry && ('bus_id' in entry || 'cuda_id' in entry || 'power_usage' in entry);
}

function cardOf(entry: JsonObject, hashesPerUnit: number, algorithm: unknown): MinerCard {
  const speed = positiveOf(entry.speed);
  return {
    index: entry.gpu_id,
    name: entry.name,
    busId: minerBusOf(entry.bus_id),
    sensors: {
      celsius: entry.temperature,
      memoryCelsius: entry.memory_temperature,
      fanPercent: entry.fan ?? entry.fan_speed,
      watts: entry.power_usage,
      coreMhz: entry.core_clock,
      memoryMhz: entry.memory_clock,
      invalidShares: entry.invalid_shares,
      hashesPerSecond: speed === undefined ? undefined : speed * hashesPerUnit,
      algorithm,
    },
  };
}

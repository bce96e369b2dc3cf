import { isJsonObject, type JsonObject, known, listOf, positiveOf, textOf } from '../fields.ts';
import type { JsonFormat } from '../format.ts';
import { minerBusOf } from './bus.ts';
import { type MinerCard, minerRead, timeOfUnixSeconds, withoutCards } from './miner-card.ts';

/**
 * T-Rex's `/summary`, API 1.0 to 4: hash rates in hashes a second, from 2.0 on with clocks, memory temperature, bus
 * (decimal) and driver. NVIDIA only; `vendor` is who made the board.
 */
export const trex: JsonFormat = {
  kind: 'json',
  name: 'trex',
  title: 'T-Rex',
  read(value, source) {
    if (!isJsonObject(value) || !isTrex(value)) return undefined;
    const entries = listOf(value.gpus).filter(isJsonObject);
    if (entries.length === 0) {
      return withoutCards(source, 'an answer of T-Rex without "gpus"', 'Save the answer to /summary while it mines.');
    }
    return minerRead({
      format: 'trex',
      source,
      sentAt: timeOfUnixSeconds(value.time) ?? timeOfUnixSeconds(value.ts),
      host: known({ nvidiaDriverVersion: textOf(value.driver) }),
      cards: entries.map((entry) => cardOf(entry, value.algorithm)),
    });
  },
};

function isTrex({ name, description, gpus, gpu_total }: JsonObject): boolean {
  if (/^t-?rex\b/i.test(textOf(name) ?? '') || /\bt-rex\b/i.test(textOf(description) ?? '')) return true;
  const [first] = listOf(gpus);
  return gpu_total !== undefined && isJsonObject(first) && 'gpu_id' in first && 'hashrate' in first;
}

function cardOf(entry: JsonObject, algorithm: unknown): MinerCard {
  const shares = isJsonObject(entry.shares) ? entry.shares : {};
  return {
    index: entry.device_id ?? entry.gpu_id,
    name: entry.name,
    vendor: 'nvidia',
    boardMaker: textOf(entry.vendor),
    busId: minerBusOf(entry.pci_bus),
    uuid: uuidOf(entry.uuid),
    sensors: {
      celsius: entry.temperature,
      memoryCelsius: entry.memory_temperature,
      fanPercent: entry.fan_speed,
      watts: entry.power,
      coreMhz: entry.cclock,
      memoryMhz: entry.mclock,
      invalidShares: shares.invalid_count,
      hashesPerSecond: positiveOf(entry.hashrate) ?? positiveOf(entry.hashrate_minute),
      algorithm,
    },
  };
}

/** `3c2916092403773bc07439debbf5332f` → `GPU-3c291609-2403-773b-c074-39debbf5332f`, as the driver writes it. */
function uuidOf(value: unknown): string | undefined {
  const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(textOf(value) ?? '');
  return parts === null ? textOf(value) : `GPU-${parts.slice(1).join('-')}`;
}

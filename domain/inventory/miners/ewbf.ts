import { isJsonObject, type JsonObject, listOf, positiveOf, textOf } from '../fields.ts';
import type { JsonFormat } from '../format.ts';
import { minerBusOf } from './bus.ts';
import { type MinerCard, minerRead } from './miner-card.ts';

/**
 * `getstat` of EWBF's miner and of those that speak as it does: miniZ (`busid`, `speed_sps`) and dstm's zm
 * (`gpu_pci_bus_id`, `sol_ps`). NVIDIA only; rates in solutions a second.
 */
export const ewbf: JsonFormat = {
  kind: 'json',
  name: 'ewbf',
  title: 'EWBF, miniZ or dstm',
  read(value, source) {
    if (!isJsonObject(value)) return undefined;
    const entries = listOf(value.result).filter(isJsonObject);
    if (entries.length === 0 || !entries.every(isEntry)) return undefined;
    return minerRead({ format: 'ewbf', source, cards: entries.map((entry) => cardOf(entry, value.algorithm)) });
  },
};

function isEntry(entry: JsonObject): boolean {
  return ('gpuid' in entry && 'speed_sps' in entry) || ('gpu_id' in entry && 'sol_ps' in entry);
}

function cardOf(entry: JsonObject, algorithm: unknown): MinerCard {
  return {
    index: entry.gpuid ?? entry.gpu_id,
    name: entry.name ?? entry.gpu_name,
    vendor: 'nvidia',
    busId: minerBusOf(entry.busid ?? entry.gpu_pci_bus_id),
    uuid: textOf(entry.gpu_uuid),
    sensors: {
      celsius: entry.temperature,
      fanPercent: entry.gpu_fan_speed ?? entry.fan_speed,
      watts: entry.gpu_power_usage ?? entry.power_usage,
      coreMhz: entry.gpu_clock_core,
      memoryMhz: entry.gpu_clock_memory,
      hashesPerSecond: positiveOf(entry.speed_sps) ?? positiveOf(entry.sol_ps),
      algorithm: algorithm ?? 'equihash',
    },
  };
}

import { isJsonObject, type JsonObject, listOf } from '../fields.ts';
import type { JsonFormat } from '../format.ts';
import { minerBusOf } from './bus.ts';
import { hashesOf } from './hash-rate.ts';
import { type MinerCard, minerRead, withoutCards } from './miner-card.ts';

/**
 * NBMiner's `/api/v1/status`: `hashrate_raw` in hashes a second, `hashrate` the same with a prefix (`217.1 M`), buses
 * decimal, and a name that may end in the driver's VRAM (`GeForce GTX 1080 Ti 11178 MB`).
 */
export const nbminer: JsonFormat = {
  kind: 'json',
  name: 'nbminer',
  title: 'NBMiner',
  read(value, source) {
    if (!isJsonObject(value) || !isJsonObject(value.miner)) return undefined;
    const { miner, stratum } = value;
    if (!Array.isArray(miner.devices) && miner.total_hashrate_raw === undefined) return undefined;
    const entries = listOf(miner.devices).filter(isJsonObject);
    if (entries.length === 0) {
      const mend = 'Save the answer to /api/v1/status while it mines.';
      return withoutCards(source, 'an answer of NBMiner without "devices"', mend);
    }
    const algorithm = isJsonObject(stratum) ? stratum.algorithm : undefined;
    return minerRead({ format: 'nbminer', source, cards: entries.map((entry) => cardOf(entry, algorithm)) });
  },
};

function cardOf(entry: JsonObject, algorithm: unknown): MinerCard {
  return {
    index: entry.id,
    name: entry.info,
    busId: minerBusOf(entry.pci_bus_id),
    sensors: {
      celsius: entry.temperature,
      memoryCelsius: entry.memTemperature ?? entry.mem_temperature,
      fanPercent: entry.fan,
      watts: entry.power,
      coreMhz: entry.core_clock,
      memoryMhz: entry.mem_clock,
      loadPercent: entry.core_utilization,
      invalidShares: entry.invalid_shares,
      hashesPerSecond: hashesOf(entry.hashrate_raw) ?? hashesOf(entry.hashrate),
      algorithm,
    },
  };
}

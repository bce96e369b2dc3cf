import { isJsonObject, type JsonObject, listOf, numberOf, positiveOf, textOf } from '../fields.ts';
import type { JsonFormat } from '../format.ts';
import { minerBusOf } from './bus.ts';
import { hashesPerUnitOf } from './hash-rate.ts';
import { type MinerCard, minerRead, timeOfUnixSeconds, withoutCards } from './miner-card.ts';

/**
 * lolMiner's API: `GPU0`, `GPU1`, … up to 0.5, `GPUs` with one algorithm up to 1.4, `Workers` with a list of
 * `Algorithms` from then on. Rates are in the unit that it names; before 1.0 it named none and meant solutions or graphs
 * a second. Buses are decimal.
 */
export const lolMiner: JsonFormat = {
  kind: 'json',
  name: 'lolminer',
  title: 'lolMiner',
  read(value, source) {
    if (!isJsonObject(value) || !/^lolminer\b/i.test(textOf(value.Software) ?? '')) return undefined;
    const cards =
      value.Workers !== undefined
        ? cardsOfNew(value)
        : value.GPUs !== undefined
          ? cardsOfOld(value)
          : cardsOfFirst(value);
    if (cards.length === 0) {
      const mend = 'Save the answer to /summary or / while it mines; with --apiport it answers on that port.';
      return withoutCards(source, 'an answer of lolMiner without "GPUs" or "Workers"', mend);
    }
    const session = isJsonObject(value.Session) ? value.Session : {};
    return minerRead({ format: 'lolminer', source, sentAt: timeOfUnixSeconds(session.Last_Update), cards });
  },
};

/** Rates over the last 5 and 60 seconds, as texts; a blank where there is none yet. */
function cardsOfFirst(value: JsonObject): readonly MinerCard[] {
  return Object.entries(value).flatMap(([key, entry]): readonly MinerCard[] => {
    const index = /^GPU ?(\d{1,3})$/i.exec(key)?.[1];
    if (index === undefined || !isJsonObject(entry)) return [];
    const hashesPerSecond = positiveOf(entry['Speed(5s)']) ?? positiveOf(entry['Speed(60s)']);
    return [{ index, name: entry.Name, sensors: { hashesPerSecond, algorithm: value.Algorithm } }];
  });
}

function cardsOfOld(value: JsonObject): readonly MinerCard[] {
  const mining = isJsonObject(value.Mining) ? value.Mining : {};
  const session = isJsonObject(value.Session) ? value.Session : {};
  const hashesPerUnit = hashesPerUnitOf(session.Performance_Unit) ?? unnamedUnitOf(mining.Algorithm);
  return listOf(value.GPUs)
    .filter(isJsonObject)
    .map((entry): MinerCard => {
      const performance = positiveOf(entry.Performance);
      return {
        index: entry.Index,
        name: entry.Name,
        busId: minerBusOf(entry.PCIE_Address),
        sensors: {
          celsius: entry['Temp (deg C)'] ?? entry['Temps (deg C)'] ?? entry.Core_Temp,
          hotSpotCelsius: entry['Juc Temp (deg C)'] ?? entry.Juc_Temp,
          memoryCelsius: entry['Mem Temp (deg C)'] ?? entry.Mem_Temp,
          fanPercent: entry['Fan Speed (%)'] ?? entry.Fan_Speed,
          watts: entry['Consumption (W)'] ?? entry.Power,
          coreMhz: entry.CCLK ?? entry['Core Clock (MHz)'],
          memoryMhz: entry.MCLK ?? entry['Mem Clock (MHz)'],
          invalidShares: entry.Session_HWErr,
          hashesPerSecond: performance === undefined ? undefined : performance * hashesPerUnit,
          algorithm: mining.Algorithm ?? mining.Coin,
        },
      };
    });
}

/** Before 1.10 there was no unit; what came after without one mined Ethash in megahashes. */
function unnamedUnitOf(algorithm: unknown): number {
  return /^et(hash|chash)/i.test(textOf(algorithm) ?? '') ? 1e6 : 1;
}

function cardsOfNew(value: JsonObject): readonly MinerCard[] {
  const algorithms = listOf(value.Algorithms).filter(isJsonObject);
  return listOf(value.Workers)
    .filter(isJsonObject)
    .map((entry, place): MinerCard => {
      const mined = algorithms.find((each) => positiveOf(listOf(each.Worker_Performance)[place]) !== undefined);
      return {
        index: entry.Index,
        name: entry.Name,
        busId: minerBusOf(entry.PCIE_Address),
        sensors: {
          celsius: entry.Core_Temp,
          hotSpotCelsius: entry.Juc_Temp,
          memoryCelsius: entry.Mem_Temp,
          fanPercent: entry.Fan_Speed,
          watts: entry.Power,
          coreMhz: entry.CCLK,
          memoryMhz: entry.MCLK,
          invalidShares: errorsOf(algorithms, place),
          hashesPerSecond: mined === undefined ? undefined : hashesOfCard(mined, place),
          algorithm: mined?.Algorithm,
        },
      };
    });
}

function hashesOfCard(algorithm: JsonObject, place: number): number | undefined {
  const performance = positiveOf(listOf(algorithm.Worker_Performance)[place]);
  const hashesPerUnit = positiveOf(algorithm.Performance_Factor) ?? hashesPerUnitOf(algorithm.Performance_Unit);
  return performance === undefined || hashesPerUnit === undefined ? undefined : performance * hashesPerUnit;
}

/** Of all that it mines at once; undefined where no algorithm counts them. */
function errorsOf(algorithms: readonly JsonObject[], place: number): number | undefined {
  const counts = algorithms
    .map((each) => numberOf(listOf(each.Worker_Errors)[place]))
    .filter((count) => count !== undefined);
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}

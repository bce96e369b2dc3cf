import { isJsonObject, type JsonObject, listOf, positiveOf } from '../fields.ts';
import type { JsonFormat } from '../format.ts';
import { minerBusOf } from './bus.ts';
import { type MinerCard, minerRead, withoutCards } from './miner-card.ts';

/**
 * Bminer's `/api/status` (`miners`), `/api/v1/status/solver` and `/api/v1/status/device` (`devices`): cards by number,
 * without names; rates in hashes, solutions or graphs a second. `/api/v1/status/stratum` tells of pools alone.
 */
export const bminer: JsonFormat = {
  kind: 'json',
  name: 'bminer',
  title: 'Bminer',
  read(value, source) {
    if (!isJsonObject(value) || isJsonObject(value.miner)) return undefined;
    const entries = entriesOf(value.miners) ?? entriesOf(value.devices);
    const isStratum = isJsonObject(value.stratums) || isPools(value.stratum);
    if (entries === undefined && !isStratum) return undefined;
    if (entries === undefined || entries.length === 0) {
      const what = isStratum ? 'what Bminer says of its pools' : 'an answer of Bminer with no card in it';
      return withoutCards(source, what, 'Save the answers to /api/status and /api/v1/status/solver too.');
    }
    const cards = entries.map(([index, entry]) => cardOf(index, entry, value.algorithm));
    return minerRead({ format: 'bminer', source, cards });
  },
};

function isPools(value: unknown): boolean {
  return isJsonObject(value) && 'accepted_shares' in value;
}

type Entry = readonly [index: string, entry: JsonObject];

/** Cards by number in the order of their numbers: as texts, 10 would come before 2. Undefined for what is no such list. */
function entriesOf(value: unknown): readonly Entry[] | undefined {
  if (!isJsonObject(value)) return undefined;
  const entries: Entry[] = [];
  for (const [index, entry] of Object.entries(value)) {
    if (!/^\d{1,3}$/.test(index) || !isJsonObject(entry) || !isCard(entry)) return undefined;
    entries.push([index, entry]);
  }
  return entries.toSorted(([one], [other]) => Number(one) - Number(other));
}

function isCard(entry: JsonObject): boolean {
  return (
    isJsonObject(entry.solver) ||
    Array.isArray(entry.solvers) ||
    isJsonObject(entry.device) ||
    'temperature' in entry ||
    'fan_speed' in entry
  );
}

function cardOf(index: string, entry: JsonObject, algorithm: unknown): MinerCard {
  const sensors = isJsonObject(entry.device) ? entry.device : entry;
  const clocks = isJsonObject(sensors.clocks) ? sensors.clocks : {};
  const load = isJsonObject(sensors.utilization) ? sensors.utilization : {};
  const pci = isJsonObject(sensors.pci) ? sensors.pci : {};
  return {
    index,
    name: entry.name ?? sensors.name,
    busId: minerBusOf(pci.bus_id),
    sensors: {
      celsius: sensors.temperature,
      fanPercent: sensors.fan_speed,
      watts: sensors.power,
      coreMhz: clocks.core,
      memoryMhz: clocks.memory,
      usedMib: sensors.global_memory_used,
      loadPercent: load.gpu,
      ...rateOf(entry, algorithm),
    },
  };
}

/** Of two algorithms mined at once the first is the main one. */
function rateOf(entry: JsonObject, algorithm: unknown) {
  const solver = isJsonObject(entry.solver) ? entry.solver : {};
  const [first] = listOf(entry.solvers).filter(isJsonObject);
  const speed = isJsonObject(first?.speed_info) ? first.speed_info : {};
  return {
    hashesPerSecond: positiveOf(speed.hash_rate) ?? positiveOf(speed.solution_rate) ?? positiveOf(solver.solution_rate),
    algorithm: first?.algorithm ?? solver.algorithm ?? algorithm,
  };
}

import { type Bytes, MIB } from '../quantity.ts';
import type { Reading } from './farm.ts';
import { isJsonObject, type JsonObject, known, listOf, numberOf, positiveOf, textOf } from './fields.ts';
import type { HiveSlot } from './hive-hello.ts';
import type { HiveMessage } from './hive-message.ts';

/** What a "stats" says: RAM, and readings in lists whose order the rig's "hello" tells. */
export interface HiveStats {
  readonly kind: 'stats';
  readonly hiveRigId: string;
  readonly source: string;
  readonly sentAt?: string;
  /** Total RAM, from the first of `mem`'s two numbers, in MiB. */
  readonly ramBytes?: Bytes;
  readonly params: JsonObject;
}

/** The most RAM that is believed of one rig: 16 TiB. */
const MOST_RAM_MIB = 16 * 1024 * 1024;

/** Reads a "stats" message. */
export function readStats({ params, hiveRigId, source }: HiveMessage): HiveStats {
  const totalMib = positiveOf(listOf(params.mem)[0]);
  const ramBytes = totalMib !== undefined && totalMib <= MOST_RAM_MIB ? Math.round(totalMib * MIB) : undefined;
  return known({ kind: 'stats' as const, hiveRigId, source, sentAt: textOf(params.updatetime), ramBytes, params });
}

/** A reading and the bus number of its card. */
export interface BusReading {
  /** The card's whole id on the bus where the rig's "hello" tells it, else `02:00.0` from the bus number. */
  readonly busId: string;
  readonly reading: Reading;
}

/**
 * Gives each reading its card. Three orders meet here: `temp`, `fan` and `power` follow the "hello" and so carry an
 * entry for integrated graphics; the miner's lists (`hs`, `mtemp`, its own `temp` and `fan`) follow `bus_numbers`,
 * which are decimal where a bus id is hexadecimal, and null for a processor that mines.
 */
export function busReadings(stats: HiveStats, slots: readonly HiveSlot[] | undefined): readonly BusReading[] {
  const { params, sentAt } = stats;
  const miner = isJsonObject(params.miner_stats) ? params.miner_stats : {};
  const minerBuses = listOf(miner.bus_numbers).map(busIdOfNumber);
  const buses = [...new Set([...(slots ?? []).flatMap(busOfCard), ...minerBuses.filter((bus) => bus !== undefined)])];
  const machineList = (field: string) => machineOrder(listOf(params[field]), slots, minerBuses);
  const temperatures = machineList('temp');
  const fans = machineList('fan');
  const powers = machineList('power');
  const minerIndex = new Map(minerBuses.map((bus, index) => [bus, index]));
  const minerValue = (field: string, busId: string) => listOf(miner[field])[minerIndex.get(busId) ?? -1];
  const hashesPerUnit = hashUnits.get(textOf(miner.hs_units)?.toLowerCase() ?? '');
  return buses.map((busId) => {
    const hashCount = positiveOf(minerValue('hs', busId));
    const reading = known({
      temperatureCelsius: positiveOf(temperatures.get(busId)) ?? positiveOf(minerValue('temp', busId)),
      memoryTemperatureCelsius: positiveOf(minerValue('mtemp', busId)),
      fanPercent: percentOf(fans.get(busId)) ?? percentOf(minerValue('fan', busId)),
      powerWatts: positiveOf(powers.get(busId)),
      hashesPerSecond: hashCount === undefined || hashesPerUnit === undefined ? undefined : hashCount * hashesPerUnit,
      algorithm: hashCount === undefined ? undefined : textOf(miner.algo),
      observedAt: sentAt,
    });
    return { busId, reading };
  });
}

const hashUnits: ReadonlyMap<string, number> = new Map(
  Object.entries({ hs: 1, khs: 1e3, mhs: 1e6, ghs: 1e9, ths: 1e12 }),
);

function busOfCard({ busId, isCard }: HiveSlot): readonly string[] {
  return isCard && busId !== undefined ? [busId] : [];
}

/** `10` → `0a:00.0`. */
function busIdOfNumber(value: unknown): string | undefined {
  const bus = numberOf(value);
  if (bus === undefined || !Number.isInteger(bus) || bus < 0 || bus > 255) return undefined;
  return `${bus.toString(16).padStart(2, '0')}:00.0`;
}

/** A list in the machine's order, by bus id; empty where its length fits neither order, as then nothing tells. */
function machineOrder(
  list: readonly unknown[],
  slots: readonly HiveSlot[] | undefined,
  minerBuses: readonly (string | undefined)[],
): ReadonlyMap<string, unknown> {
  const order = orderOfLength(list.length, slots, minerBuses);
  return new Map(order.flatMap((busId, index) => (busId === undefined ? [] : [[busId, list[index]] as const])));
}

function orderOfLength(
  length: number,
  slots: readonly HiveSlot[] | undefined,
  minerBuses: readonly (string | undefined)[],
): readonly (string | undefined)[] {
  if (slots !== undefined) {
    if (slots.length === length) return slots.map(({ busId, isCard }) => (isCard ? busId : undefined));
    const cards = slots.filter(({ isCard }) => isCard);
    if (cards.length === length) return cards.map(({ busId }) => busId);
    if (cards.length + 1 === length) return [undefined, ...cards.map(({ busId }) => busId)];
  }
  const cardBuses = minerBuses.filter((bus) => bus !== undefined);
  if (cardBuses.length === length) return cardBuses;
  return cardBuses.length > 0 && cardBuses.length + 1 === length ? [undefined, ...cardBuses] : [];
}

function percentOf(value: unknown): number | undefined {
  const percent = numberOf(value);
  return percent !== undefined && percent >= 0 && percent <= 100 ? percent : undefined;
}

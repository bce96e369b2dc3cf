import { busIdOf } from './bus-id.ts';
import type { Reading } from './farm.ts';
import { isJsonObject, type JsonObject, known, listOf, numberOf, positiveOf, textOf } from './fields.ts';
import type { JsonFormat } from './format.ts';
import { cardsOfHive, slotOf } from './hive-hello.ts';
import { vendorOf } from './miners/card-name.ts';
import { rigOfFile } from './rig-key.ts';
import type { SightedCard } from './sighting.ts';

/**
 * What HiveOS's `gpu-detect listjson` prints, which lies on a rig as /run/hive/gpu-detect.json: the list of GPUs that
 * its "hello" sends. Source: hive/sbin/gpu-detect.
 */
export const hiveDetect: JsonFormat = {
  kind: 'json',
  name: 'hiveos-detect',
  title: 'HiveOS gpu-detect',
  read(value, source) {
    const entries = listOf(value).filter(isJsonObject);
    if (entries.length === 0 || entries.length !== listOf(value).length || !entries.every(isDetected)) return undefined;
    const slots = entries.map(slotOf);
    const integrated = textOf(entries[slots.findIndex(({ isCard }) => !isCard)]?.name);
    const sighting = {
      format: 'hiveos-detect' as const,
      source,
      ...rigOfFile(source),
      host: known({ integratedGraphicsName: integrated }),
      cards: cardsOfHive(entries, slots),
      isWholeList: true,
      slots,
    };
    return { sightings: [sighting], faults: [] };
  },
};

function isDetected(entry: JsonObject): boolean {
  return busIdOf(entry.busid) !== undefined && textOf(entry.brand) !== undefined && 'name' in entry;
}

/**
 * What HiveOS's `gpu-stats` prints, which lies on a rig as /run/hive/gpu-stats.json: lists of readings in one order,
 * with the buses. Source: hive/sbin/gpu-stats.
 */
export const hiveGpuStats: JsonFormat = {
  kind: 'json',
  name: 'hiveos-gpu-stats',
  title: 'HiveOS gpu-stats',
  read(value, source) {
    if (!isJsonObject(value) || !Array.isArray(value.busids) || !Array.isArray(value.brand)) return undefined;
    const cards = listOf(value.busids).flatMap((bus, index) => cardAt(value, busIdOf(bus), index));
    return { sightings: [{ format: 'hiveos-gpu-stats', source, ...rigOfFile(source), host: {}, cards }], faults: [] };
  },
};

function cardAt(stats: JsonObject, busId: string | undefined, index: number): readonly SightedCard[] {
  const brand = textOf(listOf(stats.brand)[index])?.toLowerCase() ?? '';
  if (busId === undefined || brand === 'cpu') return [];
  const at = (name: string) => listOf(stats[name])[index];
  const temperatureCelsius = positiveOf(at('temp'));
  const reading: Reading = known({
    temperatureCelsius,
    memoryTemperatureCelsius: positiveOf(at('mtemp')),
    fanPercent: temperatureCelsius === undefined ? undefined : numberOf(at('fan')),
    powerWatts: positiveOf(at('power')),
    utilizationPercent: brand === 'nvidia' ? numberOf(at('load')) : undefined,
  });
  const told = Object.keys(reading).length === 0 ? undefined : reading;
  return [known({ position: index, kind: 'gpu' as const, busId, vendor: vendorOf(brand), reading: told })];
}

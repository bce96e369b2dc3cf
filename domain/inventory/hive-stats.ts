import { isFault } from '../fault.ts';
import { MIB } from '../quantity.ts';
import { busIdOfNumber } from './bus-id.ts';
import type { Host, Reading } from './farm.ts';
import { countOf, isJsonObject, type JsonObject, known, listOf, numberOf, positiveOf, textOf } from './fields.ts';
import type { JsonFormat } from './format.ts';
import { type HiveMessage, readHiveMessage } from './hive-message.ts';
import type { RigSighting, SightedCard, SlotReadings } from './sighting.ts';
import { sourceText } from './source-text.ts';

/**
 * RAM, and readings of cards. Two orders meet here: `temp`, `fan` and `power` follow the rig's own order of GPUs, which
 * the "hello" tells and which has an entry for integrated graphics; the miner's lists (`hs`, `mtemp`, its own `temp` and
 * `fan`) follow `bus_numbers`, which are decimal where a bus id is hexadecimal, and null for a processor that mines.
 */
export const hiveStats: JsonFormat = {
  kind: 'json',
  name: 'hiveos-stats',
  title: 'HiveOS agent "stats"',
  read(value, source) {
    const message = readHiveMessage(value, 'stats', source);
    if (message === undefined) return undefined;
    if (isFault(message)) return { sightings: [], faults: [message] };
    return { sightings: [sightingOf(message)], faults: [] };
  },
};

function sightingOf({ params, rigKey, rigName, source }: HiveMessage): RigSighting {
  const sentAt = textOf(params.updatetime);
  return known({
    format: 'hiveos-stats' as const,
    source,
    rigKey,
    rigName,
    sentAt,
    host: hostOf(params, sourceText(source, sentAt)),
    cards: minedCards(isJsonObject(params.miner_stats) ? params.miner_stats : {}, sentAt),
    slotReadings: [
      slotReadings('temperatureCelsius', params.temp, positiveOf),
      slotReadings('fanPercent', params.fan, numberOf),
      slotReadings('powerWatts', params.power, positiveOf),
    ].filter(({ values }) => values.length > 0),
  });
}

/** `mem` is total and available, in MiB. */
function hostOf(params: JsonObject, source: string): Host {
  const totalMib = positiveOf(listOf(params.mem)[0]);
  if (totalMib === undefined) return {};
  return { ram: { bytes: Math.round(totalMib * MIB), basis: 'reported', source } };
}

function slotReadings(
  field: SlotReadings['field'],
  list: unknown,
  figureOf: (value: unknown) => number | undefined,
): SlotReadings {
  return { field, values: listOf(list).map(figureOf) };
}

const hashUnits: ReadonlyMap<string, number> = new Map(
  Object.entries({ hs: 1, khs: 1e3, mhs: 1e6, ghs: 1e9, ths: 1e12 }),
);

/** A bus that is listed twice counts once: two miners on one card, the first of which is the main one. */
function minedCards(miner: JsonObject, sentAt: string | undefined): readonly SightedCard[] {
  const hashesPerUnit = hashUnits.get(textOf(miner.hs_units)?.toLowerCase() ?? '');
  const invalidShares = invalidSharesOf(miner.ar);
  const cards = new Map<string, SightedCard>();
  listOf(miner.bus_numbers).forEach((number, index) => {
    const busId = busIdOfNumber(number);
    if (busId === undefined || cards.has(busId)) return;
    const hashCount = positiveOf(listOf(miner.hs)[index]);
    const reading: Reading = known({
      temperatureCelsius: positiveOf(listOf(miner.temp)[index]),
      memoryTemperatureCelsius: positiveOf(listOf(miner.mtemp)[index]),
      fanPercent: numberOf(listOf(miner.fan)[index]),
      hashesPerSecond: hashCount === undefined || hashesPerUnit === undefined ? undefined : hashCount * hashesPerUnit,
      algorithm: hashCount === undefined ? undefined : textOf(miner.algo),
      invalidShareCount: countOf(invalidShares[index]),
      observedAt: sentAt,
    });
    cards.set(busId, { position: index, kind: 'gpu', busId, reading });
  });
  return [...cards.values()];
}

/** `ar` is accepted, rejected, invalid, and the invalid of each card: `["1853", "0", "7", "7;0;0;0;"]`. */
function invalidSharesOf(shares: unknown): readonly string[] {
  const perCard = listOf(shares)[3];
  return typeof perCard === 'string' ? perCard.slice(0, 4000).split(';') : [];
}

import { isFault } from '../fault.ts';
import { MIB } from '../quantity.ts';
import { busIdOfNumber } from './bus-id.ts';
import type { Host, Ram, Reading } from './farm.ts';
import {
  countOf,
  isJsonObject,
  type JsonObject,
  known,
  listOf,
  memoryBytesOf,
  numberOf,
  positiveOf,
  textOf,
} from './fields.ts';
import type { JsonFormat } from './format.ts';
import { type HiveMessage, readHiveMessage } from './hive-message.ts';
import { claymore } from './miners/claymore.ts';
import { rigOfFile } from './rig-key.ts';
import type { FormatRead, RigSighting, SightedCard, SlotReadings } from './sighting.ts';
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
    if (isServerAnswer(value)) return { sightings: [], faults: [] };
    if (message === undefined) return isMinerStats(value) ? minerStats(value, source) : undefined;
    if (isFault(message)) return { sightings: [], faults: [message] };
    return { sightings: sightingsOf(message), faults: [] };
  },
};

/** What HiveOS's server says to a message, as the agent's log has it after each: it tells nothing of a rig. */
function isServerAnswer(value: unknown): boolean {
  if (!isJsonObject(value) || !isJsonObject(value.result) || value.jsonrpc === undefined) return false;
  return typeof value.result.command === 'string' || typeof value.result.config === 'string';
}

/** What a miner's `h-stats.sh` prints, or the agent keeps of it in a file: `miner_stats` with no message around it. */
function isMinerStats(value: unknown): value is JsonObject {
  return isJsonObject(value) && Array.isArray(value.hs) && Array.isArray(value.bus_numbers);
}

function minerStats(value: JsonObject, source: string): FormatRead | undefined {
  const cards = cardsOfMiner(value, source, undefined);
  if (cards.length === 0) return undefined;
  return { sightings: [{ format: 'hiveos-stats', source, ...rigOfFile(source), host: {}, cards }], faults: [] };
}

/** What Claymore says without buses stands apart, as it is told by another order than the rig's own readings. */
function sightingsOf({ params, rigKey, rigName, source }: HiveMessage): readonly RigSighting[] {
  const sentAt = textOf(params.updatetime);
  const mined = minedCards(params, source, sentAt);
  const withoutBus = mined.filter(({ busId }) => busId === undefined);
  const rig = { format: 'hiveos-stats' as const, source, rigKey, rigName, sentAt };
  const sighting: RigSighting = known({
    ...rig,
    host: hostOf(params, sourceText(source, sentAt)),
    cards: mined.filter(({ busId }) => busId !== undefined),
    slotReadings: [
      slotReadings('temperatureCelsius', params.temp, positiveOf),
      slotReadings('fanPercent', params.fan, numberOf),
      slotReadings('powerWatts', params.power, positiveOf),
    ].filter(({ values }) => values.length > 0),
  });
  return withoutBus.length === 0
    ? [sighting]
    : [sighting, known({ ...rig, format: 'claymore' as const, host: {}, cards: withoutBus })];
}

/** `mem` is total and available, in MiB; `df` what is free on the system's disk, as `df -h` writes it: `2.1G`. */
function hostOf(params: JsonObject, source: string): Host {
  const totalMib = positiveOf(listOf(params.mem)[0]);
  const ram: Ram | undefined =
    totalMib === undefined ? undefined : { bytes: Math.round(totalMib * MIB), basis: 'reported', source };
  return known({ ram, freeDiskBytes: memoryBytesOf(params.df) });
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

/** The most miners of one rig. Source: HiveOS's agent, hive/bin/agent. */
const MOST_MINERS = 32;
const minerKeys = Array.from({ length: MOST_MINERS }, (_, index) => `miner_stats${index === 0 ? '' : index + 1}`);

/**
 * What every miner of the rig says: `miner_stats`, `miner_stats2` and so on, as rigs with cards of two makers run two.
 * A bus that is listed twice counts once: two miners on one card, the first of which is the main one.
 */
function minedCards(params: JsonObject, source: string, sentAt: string | undefined): readonly SightedCard[] {
  const cards = new Map<string, SightedCard>();
  const withoutBus: SightedCard[] = [];
  for (let number = 1; number <= MOST_MINERS; number += 1) {
    const stats = params[minerKeys[number - 1] ?? 'miner_stats'];
    if (stats === undefined) continue;
    for (const card of cardsOfMiner(stats, source, sentAt)) {
      if (card.busId === undefined) withoutBus.push({ ...card, position: withoutBus.length });
      else if (!cards.has(card.busId)) cards.set(card.busId, { ...card, position: cards.size });
    }
  }
  return [...cards.values(), ...withoutBus];
}

/** A miner that tells no buses may be one of the processor, whose threads are no cards; rates are in kH/s if not told. */
function cardsOfMiner(stats: unknown, source: string, sentAt: string | undefined): readonly SightedCard[] {
  if (Array.isArray(stats)) return cardsOfClaymore(stats, source, sentAt);
  const miner = isJsonObject(stats) ? stats : {};
  const hashesPerUnit = hashUnits.get(textOf(miner.hs_units)?.toLowerCase() ?? 'khs');
  const invalidShares = invalidSharesOf(miner.ar);
  return listOf(miner.bus_numbers).flatMap((number, index): readonly SightedCard[] => {
    const busId = busIdOfNumber(number);
    if (busId === undefined) return [];
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
    return [{ position: index, kind: 'gpu', busId, reading }];
  });
}

/** Agents until 2018 sent what Claymore's API gives as it is; it mines on cards alone, and told no buses until 12.0. */
function cardsOfClaymore(
  answer: readonly unknown[],
  source: string,
  sentAt: string | undefined,
): readonly SightedCard[] {
  const cards = claymore.read({ result: answer }, source)?.sightings[0]?.cards ?? [];
  return cards.map((card) => known({ ...card, reading: known({ ...card.reading, observedAt: sentAt }) }));
}

/** `ar` is accepted, rejected, invalid, and the invalid of each card: `["1853", "0", "7", "7;0;0;0;"]`. */
function invalidSharesOf(shares: unknown): readonly string[] {
  const perCard = listOf(shares)[3];
  return typeof perCard === 'string' ? perCard.slice(0, 4000).split(';') : [];
}

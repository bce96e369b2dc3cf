import type { Host } from '../farm.ts';
import { isJsonObject, type JsonObject, known, listOf, positiveOf, textOf } from '../fields.ts';
import { minerBusOf } from './bus.ts';
import { hashesOf } from './hash-rate.ts';
import type { MinerCard } from './miner-card.ts';

/** What an answer of ethminer in its own format says. */
export interface EthminerAnswer {
  readonly cards: readonly MinerCard[];
  readonly rigName?: unknown;
  readonly host?: Host;
}

/**
 * `miner_getstatdetail`: from 0.18 on `devices` with name, bus and sensors (°C, fan %, W) and rates in hexadecimal;
 * before, `gpus` with rates in hashes a second. Undefined for what is neither.
 */
export function cardsOfDetail(result: JsonObject): EthminerAnswer | undefined {
  const detailed = listOf(result.devices)
    .filter(isJsonObject)
    .filter(({ hardware }) => isJsonObject(hardware));
  const early = listOf(result.gpus)
    .filter(isJsonObject)
    .filter((entry) => 'hashrate' in entry && ('temp' in entry || 'ispaused' in entry));
  const host = isJsonObject(result.host) ? result.host : {};
  const rigName = host.name ?? result.hostname;
  if (detailed.length > 0) {
    const algorithm = algorithmOf(host.version);
    const cards = detailed.filter(isCard).map((entry) => cardOfDetail(entry, algorithm));
    return { cards, rigName, host: known({ hostName: textOf(host.name) }) };
  }
  if (early.length > 0) {
    const algorithm = algorithmOf(result.version);
    return { cards: early.map((entry) => cardOfEarly(entry, algorithm)), rigName };
  }
  return Array.isArray(result.devices) && isJsonObject(result.mining) ? { cards: [] } : undefined;
}

function isCard({ hardware }: JsonObject): boolean {
  return isJsonObject(hardware) && textOf(hardware.type)?.toUpperCase() !== 'CPU';
}

function cardOfDetail(entry: JsonObject, algorithm: string): MinerCard {
  const hardware = isJsonObject(entry.hardware) ? entry.hardware : {};
  const mining = isJsonObject(entry.mining) ? entry.mining : {};
  const [celsius, fanPercent, watts] = listOf(hardware.sensors);
  return {
    index: entry._index,
    name: hardware.name,
    busId: minerBusOf(hardware.pci),
    sensors: {
      celsius,
      fanPercent,
      watts,
      invalidShares: listOf(mining.shares)[2],
      hashesPerSecond: ofHexadecimal(mining.hashrate) ?? hashesOf(mining.hashrate),
      algorithm,
    },
  };
}

function cardOfEarly(entry: JsonObject, algorithm: string): MinerCard {
  const shares = isJsonObject(entry.shares) ? entry.shares : {};
  return {
    index: entry.index,
    sensors: {
      celsius: entry.temp,
      fanPercent: entry.fan,
      watts: entry.power,
      invalidShares: shares.invalid,
      hashesPerSecond: hashesOf(entry.hashrate),
      algorithm,
    },
  };
}

/** `miner_getstathr`: lists of readings in hashes a second, percent, watts and °C; undefined for what is none. */
export function cardsOfHashRates(result: JsonObject): EthminerAnswer | undefined {
  if (!Array.isArray(result.ethhashrates)) return undefined;
  const temperatures = listOf(result.temperatures);
  const fans = listOf(result.fanpercentages);
  const powers = listOf(result.powerusages);
  const algorithm = algorithmOf(result.version);
  const cards = listOf(result.ethhashrates).map(
    (rate, place): MinerCard => ({
      sensors: {
        celsius: temperatures[place],
        fanPercent: fans[place],
        watts: powers[place],
        hashesPerSecond: positiveOf(rate),
        algorithm,
      },
    }),
  );
  return { cards };
}

function algorithmOf(version: unknown): string {
  const name = textOf(version) ?? '';
  if (/^kawpow/i.test(name)) return 'kawpow';
  return /^(progpow|sero)/i.test(name) ? 'progpow' : 'ethash';
}

/** `0x0005f5e1` → 390,625. */
function ofHexadecimal(value: unknown): number | undefined {
  const digits = /^0x([0-9a-f]{1,13})$/i.exec(textOf(value)?.replace(/^0x0+(?=[0-9a-f])/i, '0x') ?? '')?.[1];
  return digits === undefined ? undefined : positiveOf(Number.parseInt(digits, 16));
}

import { isJsonObject, numberOf } from '../fields.ts';
import type { JsonFormat } from '../format.ts';
import type { FormatRead } from '../sighting.ts';
import { minerBusOf } from './bus.ts';
import { cardsOfDetail, cardsOfHashRates } from './ethminer.ts';
import { type MinerCard, minerRead, withoutCards } from './miner-card.ts';

/**
 * `miner_getstat1` and `miner_getstat2` of Claymore's miners and of all that speak as they do (PhoenixMiner, ethminer,
 * TT-Miner, kawpowminer): a list of texts with readings parted by `;` and no names, so cards are told by their place;
 * and ethminer's own `miner_getstathr` and `miner_getstatdetail`.
 */
export const claymore: JsonFormat = {
  kind: 'json',
  name: 'claymore',
  title: 'Claymore, PhoenixMiner, ethminer or TT-Miner',
  read(value, source) {
    const result = isJsonObject(value) ? value.result : value;
    if (isStatList(result)) return readStatList(result, source);
    if (!isJsonObject(value) || !isJsonObject(result)) return undefined;
    const detail = cardsOfDetail(result) ?? cardsOfHashRates(result);
    if (detail === undefined) return undefined;
    return detail.cards.length === 0 ? nothingListed(source) : minerRead({ format: 'claymore', source, ...detail });
  },
};

/** So many characters hold the readings of more cards than a rig has. */
const LONGEST_LIST_CHARACTERS = 10_000;

/** Version, minutes, totals, rates, second totals, second rates, temperatures and fans, pools, and what came later. */
function isStatList(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length >= 7 &&
    value.length <= 64 &&
    value.every((each) => typeof each === 'string' && each.length <= LONGEST_LIST_CHARACTERS) &&
    /^\d+$/.test(value[1]) &&
    /^[\d.]+(;[\d.]+){1,3}$/.test(value[2]) &&
    isList(value[3]) &&
    /^[-\d.]*(;[-\d.]*)*$/.test(value[6])
  );
}

function isList(text: string): boolean {
  return /^(|off|stopped|[\d.]+)(;(|off|stopped|[\d.]+))*;?$/.test(text);
}

function partsOf(text: string | undefined): readonly string[] {
  const parts = (text ?? '').split(';');
  return parts.at(-1) === '' ? parts.slice(0, -1) : parts;
}

function readStatList(stats: readonly string[], source: string): FormatRead {
  const rates = partsOf(stats[3]);
  const pairs = partsOf(stats[6]);
  const cardCount = Math.max(rates.length, Math.floor(pairs.length / 2));
  if (cardCount === 0) return nothingListed(source);
  const { algorithm, hashesPerUnit } = minedBy(stats[0] ?? '', rates);
  const invalid = listOfCards(stats[11], cardCount);
  const buses = busesOf(stats[15], cardCount);
  const cards = Array.from({ length: cardCount }, (_, place): MinerCard => {
    const rate = numberOf(rates[place]);
    return {
      busId: buses[place],
      sensors: {
        celsius: pairs[place * 2],
        fanPercent: pairs[place * 2 + 1],
        invalidShares: invalid[place],
        hashesPerSecond: rate === undefined ? undefined : rate * hashesPerUnit,
        algorithm,
      },
    };
  });
  return minerRead({ format: 'claymore', source, cards });
}

function nothingListed(source: string): FormatRead {
  const mend = 'Save the answer to miner_getstat2 or miner_getstatdetail while it mines.';
  return withoutCards(source, 'a miner’s statistics with no card in its lists', mend);
}

function listOfCards(text: string | undefined, cardCount: number): readonly string[] {
  const parts = partsOf(text);
  return parts.length === cardCount ? parts : [];
}

/** `miner_getstat2` ends in the cards' buses, decimal; a list in which two cards share one is none of buses. */
function busesOf(text: string | undefined, cardCount: number): readonly (string | undefined)[] {
  const buses = listOfCards(text, cardCount).map(minerBusOf);
  return new Set(buses.filter((bus) => bus !== undefined)).size === cardCount ? buses : [];
}

interface Mined {
  readonly algorithm?: string;
  readonly hashesPerUnit: number;
}

/** What a version names at its end, `11.8 - ETH`: by coin, what is mined and in what the rates are. */
const coins: ReadonlyMap<string, Mined> = new Map([
  ['ETH', { algorithm: 'ethash', hashesPerUnit: 1000 }],
  ['ETC', { algorithm: 'etchash', hashesPerUnit: 1000 }],
  ['NS', { algorithm: 'neoscrypt', hashesPerUnit: 1000 }],
  ['ZEC', { algorithm: 'equihash', hashesPerUnit: 1 }],
  ['XMR', { algorithm: 'cryptonight', hashesPerUnit: 1 }],
  ['ETN', { algorithm: 'cryptonight', hashesPerUnit: 1 }],
]);

/** Miners that name themselves instead. Source: HiveOS's h-stats.sh of each miner (minershive/hiveos-linux). */
const miners: readonly (readonly [RegExp, Mined])[] = [
  [/^kawpowminer/i, { algorithm: 'kawpow', hashesPerUnit: 1000 }],
  [/^(progpow|serominer)/i, { algorithm: 'progpow', hashesPerUnit: 1000 }],
  [/^ubqminer/i, { algorithm: 'ubqhash', hashesPerUnit: 1000 }],
  [/^(ethminer|ethcoreminer|etcminer|pm |phoenix|\d+\.\d+\.\d+)/i, { algorithm: 'ethash', hashesPerUnit: 1000 }],
  [/^zilminer/i, { algorithm: 'zilliqahash', hashesPerUnit: 1000 }],
];

function minedBy(version: string, rates: readonly string[]): Mined {
  const coin = /\s-\s([A-Z]{2,6})\b/.exec(version)?.[1];
  if (/^tt-?miner/i.test(version)) return { hashesPerUnit: unitOfTtMiner(version, rates) };
  const byCoin = coins.get(coin ?? '');
  if (byCoin !== undefined) return byCoin;
  return miners.find(([pattern]) => pattern.test(version))?.[1] ?? { hashesPerUnit: 1000 };
}

/** No card does less than this of what TT-Miner mined before it mined on processors too (Ethash, ProgPoW, MTP). */
const LEAST_HASHES_PER_SECOND = 200_000;

/** TT-Miner prints hashes a second; where that would be less than any card does, it printed thousands. */
function unitOfTtMiner(version: string, rates: readonly string[]): number {
  const year = Number(/^tt-?miner[/ ]v?(\d{1,4})/i.exec(version)?.[1] ?? 0);
  const best = Math.max(0, ...rates.slice(0, 256).map((rate) => numberOf(rate) ?? 0));
  return year < 2000 && best < LEAST_HASHES_PER_SECOND ? 1000 : 1;
}

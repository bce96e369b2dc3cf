import { isJsonObject, type JsonObject, listOf, textOf } from '../fields.ts';
import type { JsonFormat } from '../format.ts';
import { minerBusOf } from './bus.ts';
import { hashesOf } from './hash-rate.ts';
import { type MinerCard, minerRead, withoutCards } from './miner-card.ts';

/** nanominer's `/stats`: cards by name (`GPU 0`) under `Devices`, rates in hashes a second under `Algorithms`. */
export const nanominer: JsonFormat = {
  kind: 'json',
  name: 'nanominer',
  title: 'nanominer',
  read(value, source) {
    if (!isJsonObject(value) || !Array.isArray(value.Algorithms) || value.Software !== undefined) return undefined;
    const algorithms = entriesOf(value.Algorithms);
    if (!algorithms.some(([, each]) => isJsonObject(each.Total) || 'CurrentPool' in each)) return undefined;
    const rates = ratesByCard(algorithms);
    const listed = new Map(entriesOf(value.Devices).filter(([name, entry]) => isCardName(name) && isGraphics(entry)));
    const names = new Set([...listed.keys(), ...rates.keys()]);
    const cards = [...names].map((name) => cardOf(name, listed.get(name) ?? {}, rates.get(name)));
    const mend = 'Where the rig has cards, save the answer to /stats while they mine.';
    return cards.length === 0
      ? withoutCards(source, 'an answer of nanominer that mines on the processor alone', mend)
      : minerRead({ format: 'nanominer', source, cards });
  },
};

/** What stands under names in objects of a list. */
function entriesOf(value: unknown): readonly (readonly [string, JsonObject])[] {
  return listOf(value)
    .filter(isJsonObject)
    .flatMap((each) => Object.entries(each))
    .flatMap(([name, entry]) => (isJsonObject(entry) ? [[name, entry] as const] : []));
}

function isCardName(name: string): boolean {
  return /^GPU ?\d{1,3}$/i.test(name);
}

function isGraphics({ Platform }: JsonObject): boolean {
  return textOf(Platform)?.toUpperCase() !== 'CPU';
}

interface Rate {
  readonly hashesPerSecond: number | undefined;
  readonly algorithm: string;
}

function ratesByCard(algorithms: readonly (readonly [string, JsonObject])[]): ReadonlyMap<string, Rate> {
  const rates = new Map<string, Rate>();
  for (const [algorithm, entry] of algorithms) {
    for (const [name, each] of Object.entries(entry)) {
      if (!isCardName(name) || !isJsonObject(each) || rates.get(name)?.hashesPerSecond !== undefined) continue;
      rates.set(name, { hashesPerSecond: hashesOf(each.Hashrate), algorithm });
    }
  }
  return rates;
}

function cardOf(name: string, entry: JsonObject, rate: Rate | undefined): MinerCard {
  return {
    index: name.replace(/\D/g, ''),
    name: entry.Name,
    busId: minerBusOf(entry.Pci),
    sensors: {
      celsius: entry.Temperature,
      memoryCelsius: entry.MemoryTemperature ?? entry['Memory Temperature'],
      fanPercent: entry.Fan,
      watts: entry.Power,
      hashesPerSecond: rate?.hashesPerSecond,
      algorithm: rate?.algorithm,
    },
  };
}

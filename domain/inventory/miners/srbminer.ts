import { vectorExtensionOf } from '../cpu.ts';
import type { Host } from '../farm.ts';
import { isJsonObject, type JsonObject, known, listOf, numberOf, positiveOf, textOf } from '../fields.ts';
import type { JsonFormat } from '../format.ts';
import { minerBusOf } from './bus.ts';
import { vendorOf } from './card-name.ts';
import { type MinerCard, type MinerSensors, minerRead, withoutCards } from './miner-card.ts';

/**
 * SRBMiner (`devices`, CryptoNight) and SRBMiner-Multi (`gpu_devices`, from 0.4.8 on with `algorithms`): rates in
 * hashes a second, buses decimal, fans in turns a minute. `cpu_devices` are the rig's processor and no cards.
 */
export const srbminer: JsonFormat = {
  kind: 'json',
  name: 'srbminer',
  title: 'SRBMiner',
  read(value, source) {
    if (!isJsonObject(value) || !isSrbminer(value)) return undefined;
    const cards = cardsOf(value);
    const host = hostOf(value);
    if (cards.length > 0) return minerRead({ format: 'srbminer', source, rigName: value.rig_name, host, cards });
    const { faults } = withoutCards(
      source,
      'an answer of SRBMiner that mines on the processor alone',
      'Where the rig has cards, give what nvidia-smi, rocm-smi or lspci print there.',
    );
    return host.cpu === undefined
      ? { sightings: [], faults }
      : minerRead({ format: 'srbminer', source, rigName: value.rig_name, host, cards, faults });
  },
};

function isSrbminer(value: JsonObject): boolean {
  if (value.rig_name === undefined && value.mining_time === undefined) return false;
  const [first] = listOf(value.devices);
  return (
    Array.isArray(value.gpu_devices) ||
    Array.isArray(value.cpu_devices) ||
    value.cryptonight_type !== undefined ||
    (isJsonObject(first) && 'model' in first && 'bus_id' in first)
  );
}

function cardsOf(value: JsonObject): readonly MinerCard[] {
  const entries = [...listOf(value.gpu_devices), ...listOf(value.devices)].filter(isJsonObject);
  const rates = ratesByCard(value);
  const names = entries.map((entry, place) => nameOf(entry, place));
  const type = textOf(value.cryptonight_type);
  const algorithm = type === undefined ? value.algorithm : `cryptonight ${type}`;
  const listed = entries.map((entry, place) => cardOf(entry, rates.get(names[place] ?? ''), algorithm));
  const others = [...rates].filter(([name]) => !names.includes(name));
  return [...listed, ...others.map(([, rate]): MinerCard => ({ sensors: rate }))];
}

/** `GPU0`, as rates are listed by it; elsewhere its chip stands there. */
function nameOf(entry: JsonObject, place: number): string {
  const name = textOf(entry.device)?.toLowerCase();
  return name !== undefined && /^gpu\d{1,3}$/.test(name) ? name : `gpu${textOf(entry.id) ?? place}`;
}

interface Rate {
  readonly hashesPerSecond: number | undefined;
  readonly algorithm: unknown;
}

/** A card mines several algorithms at once at times: the first at which it does anything counts. */
function ratesByCard(value: JsonObject): ReadonlyMap<string, Rate> {
  const rates = new Map<string, Rate>();
  const lists = [
    ...listOf(value.gpu_hashrate).map((list) => ({ list, algorithm: value.algorithm })),
    ...listOf(value.algorithms)
      .filter(isJsonObject)
      .map(({ hashrate, name }) => ({ list: isJsonObject(hashrate) ? hashrate.gpu : undefined, algorithm: name })),
  ];
  for (const { list, algorithm } of lists) {
    for (const [key, rate] of Object.entries(isJsonObject(list) ? list : {})) {
      const name = key.toLowerCase();
      if (!/^gpu\d{1,3}$/.test(name) || rates.get(name)?.hashesPerSecond !== undefined) continue;
      rates.set(name, { hashesPerSecond: positiveOf(rate), algorithm });
    }
  }
  return rates;
}

function cardOf(entry: JsonObject, rate: Rate | undefined, algorithm: unknown): MinerCard {
  return {
    index: entry.device_id ?? entry.id,
    name: entry.model,
    vendor: vendorOf(textOf(entry.vendor) ?? ''),
    busId: minerBusOf(entry.bus_id),
    sensors: {
      celsius: entry.temperature,
      memoryCelsius: entry.memory_temperature ?? entry.mem_temperature,
      hotSpotCelsius: entry.junction_temperature ?? entry.hotspot_temperature,
      ...fanOf(entry),
      watts: entry.asic_power ?? entry.power ?? entry.power_usage,
      coreMhz: entry.core_clock,
      memoryMhz: entry.memory_clock,
      invalidShares: entry.compute_errors,
      hashesPerSecond: rate?.hashesPerSecond ?? positiveOf(entry.hashrate),
      algorithm: rate?.algorithm ?? entry.algorithm ?? algorithm,
    },
  };
}

/** Until 1.0 `fan_speed` is a percentage and stands alone or with turns; where a percentage has its own name, it is turns. */
function fanOf(entry: JsonObject): Pick<MinerSensors, 'fanPercent' | 'fanRpm'> {
  const percent = entry.fan_speed_percentage ?? entry.fan_speed_percent;
  const isTurns = percent !== undefined || (numberOf(entry.fan_speed) ?? 0) > MOST_PERCENT;
  return {
    fanPercent: isTurns ? percent : entry.fan_speed,
    fanRpm: entry.fan_speed_rpm ?? (isTurns ? entry.fan_speed : undefined),
  };
}

/** Fans that are driven past their rated speed report up to this. */
const MOST_PERCENT = 150;

function hostOf(value: JsonObject): Host {
  const processor = listOf(value.cpu_devices).find(isJsonObject);
  const modelName = textOf(processor?.model);
  const cpu = modelName === undefined ? undefined : { modelName, vectorExtension: vectorExtensionOf(modelName) };
  const models = [...listOf(value.gpu_devices), ...listOf(value.devices)].map((entry) =>
    isJsonObject(entry) ? (textOf(entry.model) ?? '') : '',
  );
  const hasAmd = models.some((model) => vendorOf(model) === 'amd');
  return known({ cpu, amdDriverVersion: hasAmd ? textOf(value.driver_version) : undefined });
}

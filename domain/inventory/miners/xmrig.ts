import { vectorExtensionOf } from '../cpu.ts';
import type { Cpu } from '../farm.ts';
import { isJsonObject, type JsonObject, known, listOf, positiveOf, textOf } from '../fields.ts';
import type { JsonFormat } from '../format.ts';
import type { FormatRead } from '../sighting.ts';
import { minerBusOf } from './bus.ts';
import { type MinerCard, minerRead, withoutCards } from './miner-card.ts';

/**
 * XMRig's `/1/summary` or `/2/summary` tells of the rig's processor and no card; `/2/backends` lists the cards that
 * mine by OpenCL or CUDA, and xmrig-nvidia of before 5.0 has them under `health`. WildRig has the same summary, in which
 * each thread is a card.
 */
export const xmrig: JsonFormat = {
  kind: 'json',
  name: 'xmrig',
  title: 'XMRig or WildRig',
  read(value, source) {
    const backends = backendsOf(value);
    if (backends !== undefined) return readBackends(backends, source);
    if (!isJsonObject(value)) return undefined;
    if (/^wildrig/i.test(textOf(value.ua) ?? '')) return readWildRig(value, source);
    if (!/^xmrig/i.test(textOf(value.ua) ?? textOf(value.kind) ?? '')) return undefined;
    const cpu = cpuOf(value);
    const cards = listOf(value.health).filter(isJsonObject).map(cardOfHealth);
    const host = known({ cpu });
    const { faults } = withoutCards(
      source,
      'XMRig’s summary, which tells of the processor',
      'Where the rig has cards, give what nvidia-smi, rocm-smi or lspci print there.',
    );
    if (cards.length === 0 && cpu === undefined) return { sightings: [], faults };
    return minerRead({
      format: 'xmrig',
      source,
      rigName: value.worker_id,
      host,
      cards,
      faults: cards.length === 0 ? faults : [],
    });
  },
};

/** Rates of each card over 10 s, 60 s and 15 min; it names none. */
function readWildRig({ hashrate, algo }: JsonObject, source: string): FormatRead {
  const threads = isJsonObject(hashrate) ? listOf(hashrate.threads) : [];
  const cards = threads.map((rates): MinerCard => {
    const [now, minute, quarter] = Array.isArray(rates) ? listOf(rates) : [rates];
    const hashesPerSecond = positiveOf(now) ?? positiveOf(minute) ?? positiveOf(quarter);
    return { sensors: { hashesPerSecond, algorithm: algo } };
  });
  return cards.length === 0
    ? withoutCards(source, 'WildRig’s summary without threads', 'Save it while it mines.')
    : minerRead({ format: 'xmrig', source, cards });
}

function cpuOf({ cpu }: JsonObject): Cpu | undefined {
  if (!isJsonObject(cpu)) return undefined;
  const modelName = textOf(cpu.brand);
  if (modelName === undefined) return undefined;
  const hasAvx2 = cpu.avx2 === true ? ('avx2' as const) : undefined;
  return known({
    modelName,
    coreCount: positiveOf(cpu.cores),
    hasAes: typeof cpu.aes === 'boolean' ? cpu.aes : undefined,
    vectorExtension: hasAvx2 ?? vectorExtensionOf(modelName),
  });
}

function cardOfHealth(entry: JsonObject): MinerCard {
  return {
    name: entry.name,
    vendor: 'nvidia',
    sensors: {
      celsius: entry.temp,
      fanPercent: entry.fan,
      watts: entry.power,
      coreMhz: entry.clock,
      memoryMhz: entry.mem_clock,
    },
  };
}

function backendsOf(value: unknown): readonly JsonObject[] | undefined {
  const list = Array.isArray(value) ? listOf(value) : [value];
  const backends = list.filter(isJsonObject).filter(({ type, threads }) => isBackend(type) && Array.isArray(threads));
  return backends.length > 0 && backends.length === list.length ? backends : undefined;
}

function isBackend(type: unknown): boolean {
  return type === 'cpu' || type === 'opencl' || type === 'cuda';
}

function readBackends(backends: readonly JsonObject[], source: string) {
  const cards = backends.flatMap((backend) =>
    backend.type === 'cpu'
      ? []
      : listOf(backend.threads)
          .filter(isJsonObject)
          .map((thread) => cardOfThread(thread, backend)),
  );
  if (cards.length === 0) return withoutCards(source, 'XMRig’s list of what mines on the processor', 'Leave it out.');
  const driver = backends.map(({ versions }) => (isJsonObject(versions) ? textOf(versions['cuda-driver']) : undefined));
  const cudaVersion = driver.find((version) => version !== undefined);
  return minerRead({ format: 'xmrig', source, host: known({ cudaVersion }), cards: oncePerBus(cards) });
}

/** Several threads may mine on one card: it is listed once, with the sum of their rates. */
function oncePerBus(cards: readonly MinerCard[]): readonly MinerCard[] {
  const byBus = new Map<string, MinerCard>();
  for (const [place, card] of cards.entries()) {
    const key = card.busId ?? `#${place}`;
    const before = byBus.get(key);
    const hashesPerSecond = (before?.sensors?.hashesPerSecond ?? 0) + (card.sensors?.hashesPerSecond ?? 0);
    byBus.set(key, { ...card, sensors: { ...card.sensors, hashesPerSecond } });
  }
  return [...byBus.values()];
}

function cardOfThread(thread: JsonObject, { type, algo }: JsonObject): MinerCard {
  const health = isJsonObject(thread.health) ? thread.health : {};
  const [rate] = listOf(thread.hashrate);
  const [fan] = listOf(health.fan_speed);
  return {
    name: thread.board ?? thread.name,
    vendor: type === 'cuda' ? 'nvidia' : undefined,
    busId: minerBusOf(thread.bus_id),
    vramBytes: positiveOf(thread.global_mem),
    sensors: {
      celsius: health.temperature,
      fanPercent: fan,
      fanRpm: health.rpm,
      watts: health.power,
      coreMhz: health.clock ?? health.core_clock,
      memoryMhz: health.mem_clock,
      hashesPerSecond: positiveOf(rate),
      algorithm: algo,
    },
  };
}

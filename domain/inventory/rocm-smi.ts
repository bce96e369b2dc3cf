import { busIdOf } from './bus-id.ts';
import { displayKindOf } from './display-kind.ts';
import type { Host, Reading } from './farm.ts';
import { countOf, isJsonObject, type JsonObject, known, numberOf, positiveOf, textOf } from './fields.ts';
import type { JsonFormat } from './format.ts';
import { linkOfText, mostOfLinks } from './pcie-link.ts';
import { rigOfFile } from './rig-key.ts';
import type { SightedCard } from './sighting.ts';

/**
 * `rocm-smi --json` with any of its options; keys differ by release and are told by what they say: 4.x and 5.x have
 * "GPU ID" and "Card series", 6.x "Device ID", "Device Name" and "Card Series".
 */
export const rocmSmi: JsonFormat = {
  kind: 'json',
  name: 'rocm-smi-json',
  title: 'rocm-smi JSON',
  read(value, source) {
    if (!isJsonObject(value)) return undefined;
    const entries = Object.entries(value).flatMap(([key, card]) =>
      /^card\d{1,3}$/.test(key) && isJsonObject(card) ? [{ position: Number(key.slice(4)), texts: textsOf(card) }] : [],
    );
    if (entries.length === 0 || !entries.some(({ texts }) => isOfRocm(texts))) return undefined;
    const integrated = entries.find((entry) => !isCard(entry));
    const cards = entries.filter(isCard).map(cardOf);
    const sighting = {
      format: 'rocm-smi-json' as const,
      source,
      ...rigOfFile(source),
      host: hostOf(value.system, integrated === undefined ? undefined : nameOf(integrated.texts)),
      cards,
    };
    return { sightings: [sighting], faults: [] };
  },
};

interface RocmCard {
  readonly position: number;
  /** By key in lower case, without a colon at its end. */
  readonly texts: ReadonlyMap<string, string>;
}

function textsOf(card: JsonObject): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const [key, value] of Object.entries(card).slice(0, 400)) {
    const text = textOf(value);
    if (text !== undefined && !/^(n\/a|none|unknown|unsupported)$/i.test(text))
      texts.set(key.slice(0, 80).toLowerCase().replace(/:$/, '').trim(), text);
  }
  return texts;
}

/** Other tools have a `card0` too; these keys only rocm-smi has. */
function isOfRocm(texts: ReadonlyMap<string, string>): boolean {
  const known = [...texts.keys()].filter((key) =>
    /^(gpu id|device id|guid|unique id|vbios version|temperature \(sensor .*|vram total.*|pci bus|card (series|model|vendor|sku)|gpu use \(%\)|.*package power \(w\)|fan (speed|rpm).*|[sm]clk clock.*|gpu memory.*|device name|performance level|serial number|pcie replay count|gfx version)$/.test(
      key,
    ),
  );
  return known.length > 0;
}

function isCard({ texts }: RocmCard): boolean {
  return displayKindOf(pciIdOf(texts), nameOf(texts)).kind === 'card';
}

function hostOf(system: unknown, integratedGraphicsName: string | undefined): Host {
  const driver = isJsonObject(system) ? textOf(system['Driver version'] ?? system['Driver Version']) : undefined;
  return known({ amdDriverVersion: driver, integratedGraphicsName });
}

/** A hexadecimal id in place of a name is none. */
function nameOf(texts: ReadonlyMap<string, string>): string | undefined {
  return ['card series', 'device name', 'card model']
    .map((key) => texts.get(key))
    .find((text) => text !== undefined && !/^0x[0-9a-f]+$/i.test(text));
}

function pciIdOf(texts: ReadonlyMap<string, string>): string | undefined {
  // From ROCm 6 on, which tells the gfx version beside it, "Card Model" is the card's id; before, its board's.
  const model = texts.has('gfx version') ? texts.get('card model') : undefined;
  const [, id] = /^0x([0-9a-f]{1,4})$/i.exec(texts.get('device id') ?? texts.get('gpu id') ?? model ?? '') ?? [];
  return id === undefined || Number.parseInt(id, 16) === 0 ? undefined : `1002:${id.toLowerCase().padStart(4, '0')}`;
}

function cardOf({ position, texts }: RocmCard): SightedCard {
  const link = linkOfText(texts.get('pcie clock level')) ?? linkOfText(texts.get('pcie clock speed'));
  const levels = [...texts].flatMap(([key, text]) => (/^\d{1,2}$/.test(key) ? [linkOfText(text)] : []));
  const serial = texts.get('serial number');
  const uniqueId = texts.get('unique id')?.toLowerCase();
  return known({
    position,
    kind: 'gpu' as const,
    busId: busIdOf(texts.get('pci bus')),
    name: nameOf(texts),
    vendor: 'amd' as const,
    pciId: pciIdOf(texts),
    pciRevision: /^0x([0-9a-f]{1,2})$/i
      .exec(texts.get('device rev') ?? '')?.[1]
      ?.toLowerCase()
      .padStart(2, '0'),
    serial: serial === undefined || /^0*$/.test(serial) ? undefined : serial,
    bar1Bytes: positiveOf(texts.get('vis_vram total memory (b)')),
    vramBytes: positiveOf(texts.get('vram total memory (b)')),
    memoryMaker: texts.get('gpu memory vendor'),
    vbios: texts.get('vbios version'),
    uuid: uniqueId !== undefined && /^0x0*[1-9a-f]/.test(uniqueId) ? uniqueId : undefined,
    pcieLink: link,
    pcieLinkMost: mostOfLinks([...levels, link].filter((each) => each !== undefined)),
    reading: readingOf(texts),
  });
}

function readingOf(texts: ReadonlyMap<string, string>): Reading | undefined {
  const watts = [...texts].find(([key]) => /^(average|current).*package power \(w\)$/.test(key))?.[1];
  const cap = [...texts].find(([key]) => /^max.*package power \(w\)$/.test(key))?.[1];
  const reading: Reading = known({
    temperatureCelsius: celsiusOf(texts, 'edge') ?? celsiusOf(texts, '#1') ?? celsiusOf(texts, 'junction'),
    hotSpotCelsius: celsiusOf(texts, 'junction'),
    memoryTemperatureCelsius: celsiusOf(texts, 'memory') ?? celsiusOf(texts, 'mem'),
    fanPercent: numberOf(texts.get('fan speed (%)')),
    powerWatts: positiveOf(watts),
    powerLimitWatts: positiveOf(cap),
    coreClockMhz: clockOf(texts.get('sclk clock speed') ?? texts.get('sclk clock level')),
    memoryClockMhz: clockOf(texts.get('mclk clock speed') ?? texts.get('mclk clock level')),
    utilizationPercent: numberOf(texts.get('gpu use (%)')),
    usedVramBytes: numberOf(texts.get('vram total used memory (b)')),
    pcieReplayCount: countOf(texts.get('pcie replay count')),
  });
  return Object.keys(reading).length === 0 ? undefined : reading;
}

function celsiusOf(texts: ReadonlyMap<string, string>, sensor: string): number | undefined {
  return positiveOf(texts.get(`temperature (sensor ${sensor}) (c)`));
}

/** `(500Mhz)`, or `500Mhz` until ROCm 3. */
function clockOf(text: string | undefined): number | undefined {
  return numberOf(/(\d{1,5})\s?MHz/i.exec(text ?? '')?.[1]);
}

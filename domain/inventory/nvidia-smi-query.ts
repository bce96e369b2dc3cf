import { countOf, known } from './fields.ts';
import type { TextFormat } from './format.ts';
import { lostCard } from './lost-card.ts';
import { nvidiaCard, saysLost, toldText } from './nvidia-card.ts';
import { type FactPlaces, factsAt, throttleReasonOf } from './nvidia-facts.ts';
import { rigOfFile } from './rig-key.ts';
import type { RigSighting } from './sighting.ts';
import { linesOf } from './text-lines.ts';

const HEADING = '=NVSMI LOG=';

/** `nvidia-smi -q`, whole or with `-d`, once or several times, anywhere in a text. */
export const nvidiaSmiQuery: TextFormat = {
  kind: 'text',
  name: 'nvidia-smi-query',
  title: 'nvidia-smi -q',
  read(text, source) {
    if (!text.includes(HEADING)) return undefined;
    const logs = readLogs(text);
    const lost = logs.flatMap(({ cards }) => cards).filter(({ texts }) => [...texts.values()].some(saysLost));
    return {
      sightings: logs.map((log) => sightingOf(log, source)),
      faults: lost.map(({ busText }) => lostCard(source, busText)),
    };
  },
};

/** One run: the texts of its lines by path in lower case, for the run itself and for each card. */
interface QueryLog {
  readonly texts: Map<string, string>;
  readonly cards: QueryCard[];
}

interface QueryCard {
  readonly busText: string;
  readonly texts: Map<string, string>;
}

/** Headings under which lines of a run are read, each with how far it was set in. */
interface Heading {
  readonly indent: number;
  readonly name: string;
}

function readLogs(text: string): readonly QueryLog[] {
  const logs: QueryLog[] = [];
  let headings: Heading[] = [];
  let isInside = false;
  for (const { line } of linesOf(text, text.lastIndexOf('\n', text.indexOf(HEADING)) + 1)) {
    const log = logs.at(-1);
    if (line.includes(HEADING)) {
      logs.push({ texts: new Map(), cards: [] });
      isInside = true;
      headings = [];
    } else if (log !== undefined && isInside && line.trim() !== '') {
      const [, busText] = /^GPU ([0-9A-Fa-f]{2,8}:[0-9A-Fa-f:.]{4,14})\s*$/.exec(line) ?? [];
      if (busText !== undefined) {
        log.cards.push({ busText, texts: new Map() });
        headings = [];
      } else isInside = readLine(line, log, headings);
    }
  }
  return logs;
}

/** Reads one line; false where it is none of nvidia-smi's, so that the run has ended. */
function readLine(line: string, log: QueryLog, headings: Heading[]): boolean {
  const name = line.trimStart();
  const indent = line.length - name.length;
  const colon = name.indexOf(' : ');
  if (indent === 0 && colon < 0) return false;
  while ((headings.at(-1)?.indent ?? -1) >= indent) headings.pop();
  const key = (colon < 0 ? name : name.slice(0, colon)).trim().toLowerCase().slice(0, 80);
  if (headings.length < 8) headings.push({ indent, name: key });
  if (colon < 0 || headings[0]?.name === 'processes') return true;
  const texts = indent === 0 ? log.texts : (log.cards.at(-1)?.texts ?? log.texts);
  const path = headings.map((heading) => heading.name).join('/');
  if (!texts.has(path)) texts.set(path, name.slice(colon + 3).trim());
  return true;
}

const LINK = 'pci/gpu link info';

const places: FactPlaces = {
  name: ['product name'],
  uuid: ['gpu uuid'],
  serial: ['serial number'],
  bus: ['pci/bus id'],
  pciId: ['pci/device id'],
  subsystemId: ['pci/sub system id'],
  vbios: ['vbios version'],
  vramTotal: ['fb memory usage/total', 'memory usage/total'],
  vramUsed: ['fb memory usage/used', 'memory usage/used'],
  bar1Total: ['bar1 memory usage/total'],
  ecc: ['ecc mode/current'],
  linkGeneration: [`${LINK}/pcie generation/current`],
  linkWidth: [`${LINK}/link width/current`],
  mostGeneration: [`${LINK}/pcie generation/max`],
  mostWidth: [`${LINK}/link width/max`],
  fan: ['fan speed'],
  celsius: ['temperature/gpu current temp', 'temperature/gpu'],
  memoryCelsius: ['temperature/memory current temp'],
  watts: [
    ...eitherReadings('power draw'),
    ...eitherReadings('average power draw'),
    ...eitherReadings('instantaneous power draw'),
  ],
  limit: [
    ...eitherReadings('current power limit'),
    ...eitherReadings('enforced power limit'),
    ...eitherReadings('power limit'),
  ],
  shippedLimit: eitherReadings('default power limit'),
  leastLimit: eitherReadings('min power limit'),
  mostLimit: eitherReadings('max power limit'),
  coreClock: ['clocks/graphics', 'clocks/sm'],
  memoryClock: ['clocks/memory'],
  utilization: ['utilization/gpu'],
  replays: ['pci/replays since reset'],
  eccCorrected: eccPlaces('single bit', ['sram correctable', 'dram correctable']),
  eccUncorrected: eccPlaces('double bit', [
    'sram uncorrectable',
    'sram uncorrectable parity',
    'sram uncorrectable sec-ded',
    'dram uncorrectable',
  ]),
  retiredSingle: ['retired pages/single bit ecc'],
  retiredDouble: ['retired pages/double bit ecc'],
  retirementPending: ['retired pages/pending page blacklist', 'retired pages/pending'],
  remappedCorrectable: ['remapped rows/correctable error'],
  remappedUncorrectable: ['remapped rows/uncorrectable error'],
  remappingPending: ['remapped rows/pending'],
};

function eitherReadings(name: string): readonly string[] {
  return [`gpu power readings/${name}`, `power readings/${name}`];
}

/** Errors since they were cleared, else since the driver was loaded; old drivers count them by bits, new by memory. */
function eccPlaces(bits: string, memories: readonly string[]): readonly string[] {
  return ['aggregate', 'volatile'].flatMap((since) => [
    `ecc errors/${since}/${bits}/total`,
    memories.map((memory) => `ecc errors/${since}/${memory}`).join('+'),
  ]);
}

function sightingOf({ texts, cards }: QueryLog, source: string): RigSighting {
  const sentAt = toldText(texts.get('timestamp'));
  const attachedCount = countOf(texts.get('attached gpus'));
  return known({
    format: 'nvidia-smi-query' as const,
    source,
    ...rigOfFile(source),
    sentAt,
    host: known({
      nvidiaDriverVersion: toldText(texts.get('driver version')) ?? toldText(texts.get('kmd version')),
      cudaVersion: toldText(texts.get('cuda version')) ?? toldText(texts.get('cuda umd version')),
    }),
    cards: cards.map((card, position) => {
      const facts = factsAt(
        places,
        (path) => card.texts.get(path) ?? (path === 'pci/bus id' ? card.busText : undefined),
      );
      return nvidiaCard({ facts, throttles: throttlesOf(card.texts) }, position, sentAt);
    }),
    isWholeList: attachedCount === cards.length,
    claimedCardCount: attachedCount,
  });
}

function throttlesOf(texts: ReadonlyMap<string, string>): readonly string[] {
  const reasons: string[] = [];
  for (const [path, text] of texts) {
    if (text !== 'Active' || !/^clocks (throttle|event) reasons\//.test(path)) continue;
    const reason = throttleReasonOf(path.slice(path.lastIndexOf('/') + 1));
    if (reason !== undefined) reasons.push(reason);
  }
  return reasons;
}

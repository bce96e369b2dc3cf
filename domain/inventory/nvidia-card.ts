import type { PcieLink } from '../cards.ts';
import { MIB } from '../quantity.ts';
import { boardMakerOf } from './board-maker.ts';
import { busIdOf } from './bus-id.ts';
import type { PowerLimit, Reading } from './farm.ts';
import { countOf, known, memoryBytesOf, numberOf, positiveOf, textOf } from './fields.ts';
import type { SightedCard } from './sighting.ts';

/** What nvidia-smi says of a card in any of its outputs, in its own words and units. */
export type NvidiaFact =
  | 'index'
  | 'name'
  | 'uuid'
  | 'serial'
  | 'bus'
  | 'pciId'
  | 'subsystemId'
  | 'vbios'
  | 'vramTotal'
  | 'vramUsed'
  | 'bar1Total'
  | 'ecc'
  | 'linkGeneration'
  | 'linkWidth'
  | 'mostGeneration'
  | 'mostWidth'
  | 'fan'
  | 'celsius'
  | 'memoryCelsius'
  | 'watts'
  | 'limit'
  | 'shippedLimit'
  | 'leastLimit'
  | 'mostLimit'
  | 'coreClock'
  | 'memoryClock'
  | 'utilization'
  | 'replays'
  | 'eccCorrected'
  | 'eccUncorrected'
  | 'retiredSingle'
  | 'retiredDouble'
  | 'retirementPending'
  | 'remappedCorrectable'
  | 'remappedUncorrectable'
  | 'remappingPending';

/** A card's facts; `throttles` are the reasons that are active, in nvidia-smi's words. */
export interface NvidiaFacts {
  readonly facts: ReadonlyMap<NvidiaFact, string>;
  readonly throttles: readonly string[];
}

const NOT_TOLD =
  /^(n\/a|not supported|not available|not found|unknown|unknown error|none|err!|insufficient permissions|redacted|gpu is lost.*|gpu requires reset.*|requested functionality.*)$/i;

/** A value of nvidia-smi; undefined for the many ways in which it says that it has none: `N/A`, `[Not Supported]`, `ERR!`. */
export function toldText(value: unknown): string | undefined {
  const text = textOf(value);
  if (text === undefined || (text.startsWith('[') && text.endsWith(']'))) return undefined;
  return NOT_TOLD.test(text) ? undefined : text;
}

/** Whether nvidia-smi says that it cannot reach the card any more. */
export function saysLost(value: unknown): boolean {
  const text = textOf(value);
  return text !== undefined && /\bgpu is lost\b|\bgpu requires reset\b|\bfallen off the bus\b/i.test(text);
}

/** Makes a card of nvidia-smi's facts; `position` is its place in the tool's own order. */
export function nvidiaCard(
  { facts, throttles }: NvidiaFacts,
  position: number,
  observedAt: string | undefined,
): SightedCard {
  const told = (fact: NvidiaFact) => toldText(facts.get(fact));
  const subsystemId = pciPairOf(told('subsystemId'));
  const pciId = pciPairOf(told('pciId'));
  return known({
    position: countOf(told('index')) ?? position,
    kind: 'gpu' as const,
    busId: busIdOf(told('bus')),
    name: told('name'),
    vendor: 'nvidia' as const,
    boardMaker: boardMakerOf(subsystemId),
    pciId: pciId?.startsWith('10de:') === true ? pciId : undefined,
    subsystemId,
    serial: serialOf(told('serial')),
    bar1Bytes: mebibytesOf(told('bar1Total')),
    isEccOn: stateOf(told('ecc')),
    vramBytes: mebibytesOf(told('vramTotal')),
    vbios: vbiosOf(told('vbios')),
    uuid: uuidOf(told('uuid')),
    powerLimitWatts: powerLimitOf(told),
    pcieLink: linkOf(told('linkGeneration'), told('linkWidth')),
    pcieLinkMost: linkOf(told('mostGeneration'), told('mostWidth')),
    reading: readingOf(told, throttles, observedAt),
  });
}

type Told = (fact: NvidiaFact) => string | undefined;

function readingOf(told: Told, throttles: readonly string[], observedAt: string | undefined): Reading | undefined {
  const used = told('vramUsed');
  // A share of a card in a virtual machine has no sensors, and says 0 °C at 0 MHz.
  const isPartOfCard = numberOf(told('celsius')) === 0 && numberOf(told('coreClock')) === 0;
  const reading: Reading = known({
    temperatureCelsius: isPartOfCard ? undefined : numberOf(told('celsius')),
    memoryTemperatureCelsius: positiveOf(told('memoryCelsius')),
    fanPercent: numberOf(told('fan')),
    powerWatts: positiveOf(told('watts')),
    powerLimitWatts: positiveOf(told('limit')),
    coreClockMhz: positiveOf(told('coreClock')),
    memoryClockMhz: positiveOf(told('memoryClock')),
    throttleReasons: throttles.length === 0 ? undefined : throttles,
    utilizationPercent: numberOf(told('utilization')),
    usedVramBytes: numberOf(used) === 0 || /^0\s*MiB$/.test(used ?? '') ? 0 : mebibytesOf(used),
    eccCorrectedCount: countOf(told('eccCorrected')),
    eccUncorrectedCount: countOf(told('eccUncorrected')),
    retiredPageCount: sumOf(['retiredSingle', 'retiredDouble', 'remappedCorrectable', 'remappedUncorrectable'], told),
    isRetirementPending: stateOf(told('retirementPending')) ?? stateOf(told('remappingPending')),
    pcieReplayCount: countOf(told('replays')),
  });
  if (Object.keys(reading).length === 0) return undefined;
  return observedAt === undefined ? reading : { ...reading, observedAt };
}

function sumOf(facts: readonly NvidiaFact[], told: Told): number | undefined {
  const counts = facts.map((fact) => countOf(told(fact))).filter((count) => count !== undefined);
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}

function stateOf(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (/^(enabled|yes|on|pending)$/i.test(text)) return true;
  return /^(disabled|no|off)$/i.test(text) ? false : undefined;
}

function powerLimitOf(told: Told): PowerLimit | undefined {
  const limit = known({
    least: positiveOf(told('leastLimit')),
    shipped: positiveOf(told('shippedLimit')),
    most: positiveOf(told('mostLimit')),
  });
  return Object.keys(limit).length === 0 ? undefined : limit;
}

/** `8192 MiB`, `8192MiB`, or without a unit, which is then MiB. */
function mebibytesOf(text: string | undefined): number | undefined {
  const bytes = memoryBytesOf(text);
  if (bytes !== undefined) return bytes;
  const mebibytes = /^\d/.test(text ?? '') && /\d$/.test(text ?? '') ? positiveOf(text) : undefined;
  return mebibytes === undefined ? undefined : Math.round(mebibytes * MIB);
}

/** `16x`, `x16` or `16`. */
function linkOf(generation: string | undefined, width: string | undefined): PcieLink | undefined {
  const laneCount = countOf(width?.replace(/^x|x$/gi, ''));
  const count = countOf(generation);
  if (laneCount === undefined || count === undefined || laneCount === 0 || count === 0) return undefined;
  return { generation: count, laneCount };
}

/** `0x1E8110DE` or `1E8110DE`, which is first the card and then its vendor → `10de:1e81`. */
function pciPairOf(text: string | undefined): string | undefined {
  const [, card, vendor] = /^(?:0x)?([0-9a-f]{4})([0-9a-f]{4})$/.exec(text?.toLowerCase() ?? '') ?? [];
  if (card === undefined || vendor === undefined || card === '0000' || vendor === '0000') return undefined;
  return `${vendor}:${card}`;
}

/** A UUID, unless it was blanked out. */
function uuidOf(text: string | undefined): string | undefined {
  if (text === undefined || !/^GPU-[0-9a-f]{4,}[0-9a-f-]*$/i.test(text)) return undefined;
  return /[1-9a-f]/i.test(text.slice('GPU-'.length)) ? text : undefined;
}

/** Of a share of a card in a virtual machine, all zeros. */
function vbiosOf(text: string | undefined): string | undefined {
  return text === undefined || /^[0.]*$/.test(text) ? undefined : text;
}

function serialOf(text: string | undefined): string | undefined {
  return text === undefined || /^[0*x-]*$/i.test(text) ? undefined : text;
}

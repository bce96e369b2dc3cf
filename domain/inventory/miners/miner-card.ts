import type { Vendor } from '../../cards.ts';
import { type Bytes, MIB } from '../../quantity.ts';
import type { Host, PowerLimit, Reading } from '../farm.ts';
import { type InventoryFault, inventoryFault } from '../faults.ts';
import { countOf, known, numberOf, positiveOf, textOf } from '../fields.ts';
import { rigOfFile, rigOfName } from '../rig-key.ts';
import type { FormatName, FormatRead, SightedCard } from '../sighting.ts';
import { cardNameOf } from './card-name.ts';

/** A card as a miner's API gives it: fields as printed, each under the one name that it has in our words. */
export interface MinerCard {
  /** Its name as printed, with or without maker and VRAM. */
  readonly name?: unknown;
  readonly busId?: string | undefined;
  readonly uuid?: string | undefined;
  readonly vendor?: Vendor | undefined;
  readonly boardMaker?: string | undefined;
  readonly vramBytes?: Bytes | undefined;
  readonly powerLimitWatts?: PowerLimit | undefined;
  /** The number that the miner gives it; its place in the list counts where numbers are missing or double. */
  readonly index?: unknown;
  readonly sensors?: MinerSensors;
}

/** Readings as printed; units are those of the names that they get. */
export interface MinerSensors {
  readonly celsius?: unknown;
  readonly memoryCelsius?: unknown;
  readonly hotSpotCelsius?: unknown;
  readonly fanPercent?: unknown;
  /** Tells a fan that stands; nothing tells how much of its full speed other values are. */
  readonly fanRpm?: unknown;
  readonly watts?: unknown;
  readonly limitWatts?: unknown;
  readonly coreMhz?: unknown;
  readonly memoryMhz?: unknown;
  readonly usedMib?: unknown;
  readonly loadPercent?: unknown;
  readonly invalidShares?: unknown;
  readonly hashesPerSecond?: number | undefined;
  readonly algorithm?: unknown;
}

/** What a miner's answer says of its rig. */
export interface MinerAnswer {
  readonly format: FormatName;
  readonly source: string;
  readonly cards: readonly MinerCard[];
  readonly host?: Host;
  /** The name that the rig gives itself, and names that a miner gives every rig, which tell none. */
  readonly rigName?: unknown;
  readonly sentAt?: string | undefined;
  readonly faults?: readonly InventoryFault[];
}

/** Makes a sighting of a miner's answer: its rig is told by its own name, else by the file's. */
export function minerRead(answer: MinerAnswer): FormatRead {
  const { format, source, host = {}, sentAt, faults = [] } = answer;
  const named = ownNameOf(answer.rigName);
  const identity = named === undefined ? rigOfFile(source) : rigOfName(named);
  const positions = positionsOf(answer.cards);
  const cards = answer.cards.map((card, place) => sightedCard(card, positions[place] ?? place, sentAt));
  return { sightings: [known({ format, source, ...identity, sentAt, host, cards })], faults };
}

/** A recognised answer that lists no card: it says so, and what to ask the miner instead. */
export function withoutCards(source: string, what: string, mend: string): FormatRead {
  const fault = inventoryFault('inventory-no-card', { what: `${source} lists no card.`, why: `It is ${what}.`, mend });
  return { sightings: [], faults: [fault] };
}

/** SRBMiner calls every rig the same until its owner names it. */
function ownNameOf(value: unknown): string | undefined {
  const name = textOf(value);
  return name === undefined || /^(srbminer|xmrig|rig|miner|default|localhost|worker|noname)\b/i.test(name)
    ? undefined
    : name;
}

/** The miner's own numbers where each card has one of its own, else places in the list. */
function positionsOf(cards: readonly MinerCard[]): readonly number[] {
  const numbers = cards.map(({ index }) => countOf(index));
  const isComplete = numbers.every((number) => number !== undefined && number < 1024);
  return isComplete && new Set(numbers).size === cards.length
    ? numbers.map((number, place) => number ?? place)
    : cards.map((_, place) => place);
}

function sightedCard(card: MinerCard, position: number, sentAt: string | undefined): SightedCard {
  const named = cardNameOf(card.name);
  const reading = card.sensors === undefined ? undefined : readingOf(card.sensors, sentAt);
  return known({
    position,
    kind: 'gpu' as const,
    busId: card.busId,
    name: named?.name,
    vendor: card.vendor ?? named?.vendor,
    boardMaker: card.boardMaker ?? named?.boardMaker,
    uuid: card.uuid,
    vramBytes: card.vramBytes ?? named?.vramBytes,
    powerLimitWatts: card.powerLimitWatts,
    reading,
  });
}

/** Miners print 0 or -1 where a sensor tells nothing; a fan at 0 stands where the card's temperature is known. */
function readingOf(sensors: MinerSensors, sentAt: string | undefined): Reading | undefined {
  const temperatureCelsius = positiveOf(sensors.celsius);
  const usedMib = positiveOf(sensors.usedMib);
  const hashesPerSecond = positiveOf(sensors.hashesPerSecond);
  const reading = known({
    temperatureCelsius,
    memoryTemperatureCelsius: positiveOf(sensors.memoryCelsius),
    hotSpotCelsius: positiveOf(sensors.hotSpotCelsius),
    fanPercent: fanPercentOf(sensors, temperatureCelsius !== undefined),
    powerWatts: positiveOf(sensors.watts),
    powerLimitWatts: positiveOf(sensors.limitWatts),
    coreClockMhz: positiveOf(sensors.coreMhz),
    memoryClockMhz: positiveOf(sensors.memoryMhz),
    usedVramBytes: usedMib === undefined ? undefined : Math.round(usedMib * MIB),
    utilizationPercent: loadOf(sensors.loadPercent),
    invalidShareCount: countOf(sensors.invalidShares),
    hashesPerSecond,
    algorithm: hashesPerSecond === undefined ? undefined : textOf(sensors.algorithm)?.toLowerCase(),
  });
  if (Object.keys(reading).length === 0) return undefined;
  return sentAt === undefined ? reading : { ...reading, observedAt: sentAt };
}

function fanPercentOf({ fanPercent, fanRpm }: MinerSensors, isTemperatureKnown: boolean): number | undefined {
  const percent = numberOf(fanPercent);
  if (percent !== undefined && percent > 0) return percent;
  const isStanding = percent === 0 || (percent === undefined && numberOf(fanRpm) === 0);
  return isStanding && isTemperatureKnown ? 0 : undefined;
}

function loadOf(value: unknown): number | undefined {
  const percent = numberOf(value);
  return percent !== undefined && percent >= 0 ? percent : undefined;
}

/** 2009 and 2100: what is outside is no time of a mining rig. */
const EARLIEST_SECONDS = 1_230_768_000;
const LATEST_SECONDS = 4_102_444_800;

/** Seconds since 1970 → `2018-08-01T02:23:00Z`. */
export function timeOfUnixSeconds(value: unknown): string | undefined {
  const seconds = numberOf(value);
  if (seconds === undefined || seconds < EARLIEST_SECONDS || seconds > LATEST_SECONDS) return undefined;
  return new Date(Math.floor(seconds) * 1000).toISOString().replace('.000Z', 'Z');
}

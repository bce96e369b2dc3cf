import { type InventoryFault, inventoryFault } from './faults.ts';
import { isJsonObject, listOf, textOf } from './fields.ts';
import { jsonFormats, textFormats } from './formats.ts';
import { type HostPart, hostPartsOf } from './host-parts.ts';
import { readJsonValues } from './json-values.ts';
import { plausibleSighting } from './plausible.ts';
import { rigOfFile, rigOfName } from './rig-key.ts';
import { separateRigs } from './separate-rigs.ts';
import type { FormatName, FormatRead, RigSighting } from './sighting.ts';

/** A file of rig tools' output: its name, for telling faults, and its text. */
export interface InventoryFile {
  readonly name: string;
  readonly text: string;
  /** The rig that it is from, where the operator says so; else it is told by the content, or by the file's name. */
  readonly rigName?: string;
}

/** What one file was, and how much was found in it. */
export interface FileReport {
  readonly name: string;
  /** Empty where nothing in it was recognised. */
  readonly formats: readonly { readonly name: FormatName; readonly title: string }[];
  /** Rigs and cards that its sections list; a card that two sections list counts once where both tell its bus. */
  readonly rigCount: number;
  readonly cardCount: number;
}

/** What a file gave. */
export interface FileRead {
  readonly sightings: readonly RigSighting[];
  readonly faults: readonly InventoryFault[];
  readonly report: FileReport;
}

/** The longest text that is read, 320 Mi characters: 100,000 cards in messages of HiveOS are about 100 million. */
export const LARGEST_FILE_CHARACTERS = 320 * 1024 * 1024;

/** So many refusals of one file are told; after the second number its rest is left unread: it is no list of messages. */
const TOLD_FAULTS = 20;
const MOST_FAULTS = 1000;

/** The most GPUs of one rig that are read; more is no rig. */
const MOST_CARDS = 256;

/** How deep lists of lists of values are looked into. */
const DEEPEST_LIST = 3;

/** What is found in one file while it is read; faults of sections that a format knows, and of parts that none does. */
interface Collected {
  readonly file: InventoryFile;
  readonly sightings: RigSighting[];
  readonly formatFaults: InventoryFault[];
  readonly otherFaults: InventoryFault[];
  /** What is no JSON: where sections of a text are known, the talk around them is no fault. */
  readonly talk: InventoryFault[];
  /** Of all that was recognised, also of what lists no rig. */
  readonly formats: Set<FormatName>;
}

/** Reads one file: every format is asked, each section of it that is known becomes a sighting, and the rest a fault. */
export function readFile(file: InventoryFile): FileRead {
  const { name } = file;
  const text = withoutMarks(file.text);
  const refusal = refusalOf(name, text);
  if (refusal !== undefined) return { sightings: [], faults: [refusal], report: reportOf(name, [], []) };
  const found: Collected = { file, sightings: [], formatFaults: [], otherFaults: [], talk: [], formats: new Set() };
  const parts = /^\s{0,200}(\{|\[\s{0,200}[{["\]])/.test(text) ? [{ text }] : hostPartsOf(text);
  for (const part of parts) readPart(part, found);
  const sightings = separateRigs(found.sightings);
  const isKnown = sightings.length + found.formatFaults.length > 0;
  const faults = [...found.formatFaults, ...(isKnown ? found.otherFaults : unknownFaults(found))];
  if (!isKnown && faults.length === 0) faults.push(withoutMessage(name));
  return { sightings, faults: boundedFaults(name, faults), report: reportOf(name, sightings, found.formats) };
}

function readPart({ text, hostName }: HostPart, found: Collected): void {
  const { length: sightingCount } = found.sightings;
  const [talkCount, knownCount] = [found.talk.length, found.formatFaults.length];
  const otherCount = found.otherFaults.length;
  readJson(text, found);
  if (found.talk.length > talkCount || found.otherFaults.length > otherCount) readTexts(text, found);
  if (hostName === undefined) return;
  if (found.sightings.length === sightingCount && found.formatFaults.length === knownCount) {
    found.otherFaults.length = otherCount;
    found.formatFaults.push(silentHost(found.file.name, hostName));
  }
  const fileKey = rigOfFile(found.file.name).rigKey;
  for (let index = sightingCount; index < found.sightings.length; index += 1) {
    const sighting = found.sightings[index];
    if (sighting?.rigKey === fileKey) found.sightings[index] = { ...sighting, ...rigOfName(hostName) };
  }
}

function silentHost(fileName: string, hostName: string): InventoryFault {
  return inventoryFault('inventory-unknown-message', {
    what: `${fileName} has nothing that is read of ${hostName}.`,
    why: 'What stands under its name is no output of a tool that is read: the machine did not answer, or the tool failed.',
    mend: 'Run the command there again.',
  });
}

/**
 * Without a byte order mark, without the NUL with which sgminer's API closes an answer, and without those that a file
 * ends in where the power failed while it was written.
 */
function withoutMarks(text: string): string {
  const unmarked = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (!unmarked.includes('\0')) return unmarked;
  let end = unmarked.length;
  while (end > 0 && unmarked[end - 1] === '\0') end -= 1;
  return unmarked.slice(0, end).replace(/(?<=[}\]|])\0/g, '\n');
}

/** Of a text that nobody knows, what was begun as a message, and once that it is none. */
function unknownFaults({ otherFaults, talk }: Collected): readonly InventoryFault[] {
  const [first] = talk;
  return first === undefined
    ? otherFaults
    : [...otherFaults.filter(({ code }) => code !== 'inventory-not-json'), first];
}

function isFull({ formatFaults, otherFaults, talk }: Collected): boolean {
  return formatFaults.length + otherFaults.length + talk.length >= MOST_FAULTS;
}

function readJson(text: string, found: Collected): void {
  for (const item of readJsonValues(found.file.name, text)) {
    if (item.kind === 'talk') found.talk.push(item.fault);
    else if (item.kind === 'fault') found.otherFaults.push(item);
    else readValue(item.value, found, item.isAside === true ? DEEPEST_LIST : 0, item.isAside);
    if (isFull(found)) return;
  }
}

function readValue(value: unknown, found: Collected, depth: number, isAside = false): void {
  for (const format of jsonFormats) {
    const read = format.read(value, found.file.name);
    if (read === undefined) continue;
    addRead(read, format.name, found);
    return;
  }
  if (!Array.isArray(value) || depth >= DEEPEST_LIST) {
    const fault = unknownMessage(found.file.name, seenText(value));
    if (!isAside) found.otherFaults.push(fault);
    else if (found.talk.length === 0) found.talk.push(fault);
    return;
  }
  for (const item of listOf(value)) {
    readValue(item, found, depth + 1);
    if (isFull(found)) return;
  }
}

function readTexts(text: string, found: Collected): void {
  for (const format of textFormats) {
    const read = format.read(text, found.file.name);
    if (read !== undefined) addRead(read, format.name, found);
  }
}

function addRead({ sightings, faults }: FormatRead, format: FormatName, found: Collected): void {
  found.formats.add(format);
  found.formatFaults.push(...faults);
  const { rigName } = found.file;
  for (const sighting of sightings) {
    const plausible = plausibleSighting(rigName === undefined ? sighting : { ...sighting, ...rigOfName(rigName) });
    const bounded = boundedSighting(plausible.sighting);
    found.sightings.push(bounded.sighting);
    found.formatFaults.push(...plausible.faults, ...bounded.faults);
  }
}

/** Each bus once, and no more cards than a rig can have; what is left out is told. */
function boundedSighting(sighting: RigSighting): {
  readonly sighting: RigSighting;
  readonly faults: readonly InventoryFault[];
} {
  const buses = new Set<string>();
  const faults: InventoryFault[] = [];
  const cards = sighting.cards.filter(({ busId }) => {
    if (busId === undefined) return true;
    if (buses.has(busId)) faults.push(duplicateBus(sighting, busId));
    return buses.size < buses.add(busId).size;
  });
  if (cards.length > MOST_CARDS) faults.push(tooMany(sighting, cards.length));
  if (cards.length === sighting.cards.length && cards.length <= MOST_CARDS) return { sighting, faults };
  return { sighting: { ...sighting, cards: cards.slice(0, MOST_CARDS) }, faults };
}

function reportOf(name: string, sightings: readonly RigSighting[], formats: Iterable<FormatName>): FileReport {
  const rigs = new Map<string, { readonly buses: Set<string>; readonly counts: number[] }>();
  for (const { rigKey, cards } of sightings) {
    const rig = rigs.get(rigKey) ?? { buses: new Set<string>(), counts: [] };
    rigs.set(rigKey, rig);
    for (const { busId } of cards) if (busId !== undefined) rig.buses.add(busId);
    rig.counts.push(cards.length);
  }
  let cardCount = 0;
  for (const { buses, counts } of rigs.values()) {
    cardCount += counts.reduce((most, count) => Math.max(most, count), buses.size);
  }
  const titles = [...formats].map((format) => ({ name: format, title: titleOf(format) }));
  return { name, formats: titles, rigCount: rigs.size, cardCount };
}

function titleOf(name: FormatName): string {
  return [...jsonFormats, ...textFormats].find((format) => format.name === name)?.title ?? name;
}

function refusalOf(name: string, text: string): InventoryFault | undefined {
  if (text.length > LARGEST_FILE_CHARACTERS) {
    return inventoryFault('inventory-too-large', {
      what: `${name} is too large to be read.`,
      why: `It has ${text.length} characters, and at most ${LARGEST_FILE_CHARACTERS} are read.`,
      mend: 'Give the newest output of each rig only, or several smaller files.',
    });
  }
  if (!/\S/.test(text)) {
    return inventoryFault('inventory-empty', {
      what: `${name} is empty.`,
      why: 'It has no characters besides white space.',
      mend: 'Save the rig’s output again, and look whether the disk was full.',
    });
  }
  const wrongAt = text.search(/[\0\uFFFD]/);
  if (wrongAt < 0) return undefined;
  const seen = text[wrongAt] === '\0' ? 'a NUL character' : 'a byte that is no UTF-8';
  return inventoryFault('inventory-wrong-encoding', {
    what: `${name} is not UTF-8 text.`,
    why: `There is ${seen} at character ${wrongAt + 1}; UTF-16 without its mark and binary files look like this.`,
    mend: 'Save it as UTF-8, in PowerShell with "-Encoding utf8".',
  });
}

function seenText(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list within lists';
  if (!isJsonObject(value)) return `a value of type ${typeof value}`;
  const method = textOf(value.method);
  if (method !== undefined) return `an object that has the method "${method}"`;
  const keys = Object.keys(value).slice(0, 4);
  return keys.length === 0 ? 'an empty object' : `an object that has "${keys.map(shortKey).join('", "')}"`;
}

function shortKey(key: string): string {
  return key.slice(0, 30);
}

function unknownMessage(fileName: string, seen: string): InventoryFault {
  return inventoryFault('inventory-unknown-message', {
    what: `${fileName} holds something that lists no card and no rig.`,
    why: `Expected JSON as rig tools print it, such as HiveOS’s "hello" and "stats"; there is ${seen}.`,
    mend: 'Give the tool’s own output, or leave this file out.',
  });
}

function duplicateBus({ source, rigName }: RigSighting, busId: string): InventoryFault {
  return inventoryFault('inventory-duplicate-bus', {
    what: `${capitalised(rigName)} in ${source} lists two cards on bus ${busId}.`,
    why: 'One bus holds one card, so the output is damaged or edited; the first of the two was kept.',
    mend: 'Save the rig’s output again.',
  });
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function tooMany({ source, rigName }: RigSighting, cardCount: number): InventoryFault {
  return inventoryFault('inventory-too-many', {
    what: `${capitalised(rigName)} in ${source} lists ${cardCount} cards; the first ${MOST_CARDS} were read.`,
    why: 'No machine has so many cards: several rigs are taken for one.',
    mend: 'Save each rig’s output in a file of its own.',
  });
}

function withoutMessage(name: string): InventoryFault {
  return inventoryFault('inventory-unknown-message', {
    what: `${name} lists no card.`,
    why: 'Expected the output of rig tools; there is only an empty list or punctuation.',
    mend: 'Save the rig’s output again, or leave this file out.',
  });
}

function boundedFaults(name: string, faults: readonly InventoryFault[]): readonly InventoryFault[] {
  if (faults.length <= TOLD_FAULTS) return faults;
  const isStopped = faults.length >= MOST_FAULTS;
  const more = inventoryFault('inventory-unknown-message', {
    what: isStopped
      ? `The rest of ${name} was not read.`
      : `${faults.length - TOLD_FAULTS} more things in ${name} could not be read.`,
    why: isStopped
      ? `It holds ${MOST_FAULTS} things and more that are no messages.`
      : `After ${TOLD_FAULTS} refusals in one file the others are only counted.`,
    mend: 'Look at the first ones: they are most likely of one kind.',
  });
  return [...faults.slice(0, TOLD_FAULTS), more];
}

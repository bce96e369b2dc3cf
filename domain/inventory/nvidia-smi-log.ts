import type { Writable } from './writable.ts';
import { readTags, type XmlTag } from './xml-tags.ts';

/** A document of `nvidia-smi -q -x`: the texts of its elements by path, for the log itself and for each card. */
export interface SmiLog {
  readonly texts: ReadonlyMap<string, string>;
  readonly cards: readonly SmiLogCard[];
  readonly isComplete: boolean;
}

/** A card of it: `id` is its bus, and paths are below its element: `fb_memory_usage/total`. */
export interface SmiLogCard {
  readonly id: string | undefined;
  readonly texts: ReadonlyMap<string, string>;
}

/** Parts of a card that are about something else: partitions of it, programs on it, all clocks that it could have. */
const LEFT_OUT = new Set(['mig_devices', 'processes', 'accounted_processes', 'supported_clocks']);

/** Nothing in the schemas is deeper. */
const DEEPEST_PATH = 12;

interface GrowingLog {
  readonly texts: Map<string, string>;
  readonly cards: SmiLogCard[];
  readonly isComplete: boolean;
}

interface ReadingTags {
  readonly logs: Writable<GrowingLog>[];
  /** Where elements' texts go: to the log's own, or to the card's that is open. */
  readonly texts: Map<string, string>;
  readonly path: string[];
  /** How many elements are open within one that is left out or too deep. */
  readonly skippedDepth: number;
}

type Reading = Writable<ReadingTags>;

/** Reads every document in a text, whatever stands between them; a cut one gives what it has. */
export function readSmiLogs(text: string): readonly SmiLog[] {
  const reading: Reading = { logs: [], texts: new Map(), path: [], skippedDepth: 0 };
  for (const tag of readTags(text, text.indexOf('<nvidia_smi_log'))) {
    if (tag.name === 'nvidia_smi_log') turnLog(reading, tag.kind);
    else if (reading.logs.at(-1)?.isComplete !== false) continue;
    else if (tag.name === 'gpu') turnCard(reading, tag.kind === 'open', tag.id);
    else if (tag.kind === 'close') closeElement(reading, tag.name);
    else if (tag.kind === 'open') openElement(reading, tag.name, tag.text);
  }
  return reading.logs;
}

function turnLog(reading: Reading, kind: XmlTag['kind']): void {
  if (kind !== 'close') reading.logs.push({ texts: new Map(), cards: [], isComplete: false });
  const log = reading.logs.at(-1);
  if (log === undefined) return;
  if (kind !== 'open') log.isComplete = true;
  start(reading, log.texts);
}

function turnCard(reading: Reading, isOpening: boolean, id: string | undefined): void {
  const log = reading.logs.at(-1);
  if (log === undefined) return;
  const texts = isOpening ? new Map<string, string>() : log.texts;
  if (isOpening) log.cards.push({ id, texts });
  start(reading, texts);
}

function start(reading: Reading, texts: Map<string, string>): void {
  reading.texts = texts;
  reading.path = [];
  reading.skippedDepth = 0;
}

function openElement(reading: Reading, name: string, text: string): void {
  if (reading.skippedDepth > 0 || LEFT_OUT.has(name) || reading.path.length >= DEEPEST_PATH) {
    reading.skippedDepth += 1;
    return;
  }
  reading.path.push(name);
  const key = reading.path.join('/');
  if (text !== '' && !reading.texts.has(key)) reading.texts.set(key, text);
}

function closeElement(reading: Reading, name: string): void {
  if (reading.skippedDepth > 0) {
    reading.skippedDepth -= 1;
    return;
  }
  const opened = reading.path.lastIndexOf(name);
  if (opened >= 0) reading.path.length = opened;
}

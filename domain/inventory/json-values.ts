import { type InventoryFault, inventoryFault } from './faults.ts';
import type { Writable } from './writable.ts';

/** A JSON value that a text holds. */
export interface JsonValue {
  readonly kind: 'value';
  readonly value: unknown;
  /** Whether it stands at the end of a line of other words, as logs have it: it may be anybody's. */
  readonly isAside?: true;
}

/** Text between values that is no JSON, and what there is to say of it where nobody knows it. */
export interface JsonTalk {
  readonly kind: 'talk';
  readonly fault: InventoryFault;
}

/** From this size on, a list is read item by item: parsed whole, its objects would fill the memory all at once. */
const LARGE_CHARACTERS = 1024 * 1024;

/**
 * Reads one JSON value, several one after another, or JSON lines, and a fault for each part that cannot be read. A
 * damaged value costs itself alone: reading goes on at the next line that begins with an object or a list, and the items
 * of a list that is large, damaged or cut are read one by one.
 */
export function* readJsonValues(fileName: string, text: string): Generator<JsonValue | JsonTalk | InventoryFault> {
  const from = skipSeparators(text, 0);
  const isLargeList = text[from] === '[' && text.length > LARGE_CHARACTERS;
  const whole = isOpening(text, from) && !isLargeList ? parseJson(text) : undefined;
  if (whole?.kind === 'value') yield whole;
  else
    yield* scanValues({
      fileName,
      text,
      positionOf: makePositions(text),
      farCharactersLeft: 2 * text.length,
      nextValueAt: -1,
    });
}

/** A text that is read piece by piece, and where its pieces are, for people. */
interface ScannedText {
  readonly fileName: string;
  readonly text: string;
  /** `line 12, column 3`, counted from 1. */
  readonly positionOf: (at: number) => string;
  /**
   * How many characters may still be looked at past the next line that begins a value, for ends that are not before it:
   * each value that is never closed costs a look at the whole rest.
   */
  readonly farCharactersLeft: number;
  /** The line that was last found to begin a value: until it is reached, it is not looked for again. */
  readonly nextValueAt: number;
}

type Scanned = Writable<ScannedText>;

function* scanValues(scanned: Scanned): Generator<JsonValue | JsonTalk | InventoryFault> {
  const { text } = scanned;
  let at = skipSeparators(text, 0);
  let lineEnd = 0;
  while (at < text.length) {
    if (at >= lineEnd) lineEnd = endOfLine(text, at);
    const line = parseLine(text, at, lineEnd);
    const isList = line === undefined && isListOfValues(text, at);
    const end = line !== undefined ? lineEnd : isList ? endOfSmall(scanned, at) : endOfOpened(scanned, at);
    const value = line ?? (end === undefined ? undefined : parseMisprinted(text.slice(at, end)));
    if (value?.kind === 'value') yield looksLikeJson(text, at) ? value : talk(notJson(scanned, at));
    else if (isList) {
      at = skipSeparators(text, yield* scanItems(scanned, at));
      continue;
    } else yield refusalOf(scanned, at, value);
    if (end === undefined) yield* readAsides(text, at, nextValueLine(scanned, at));
    at = end === undefined ? nextValueLine(scanned, at) : skipSeparators(text, end);
  }
}

/** Objects with which lines of a log end: `[Mon Mar  7 10:00:12 UTC 2022] > {"method":"stats", … }`. */
function* readAsides(text: string, from: number, to: number): Generator<JsonValue> {
  for (let opensAt = text.indexOf('{"', from); opensAt >= 0 && opensAt < to; ) {
    const lineEnd = endOfLine(text, opensAt);
    const parsed = parseLine(text, opensAt, text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd);
    if (parsed?.kind === 'value') yield { ...parsed, isAside: true };
    opensAt = text.indexOf('{"', lineEnd);
  }
}

/** What to say of a part that is no value: a fault where it was begun as one, else talk. */
function refusalOf(scanned: Scanned, at: number, refused: RefusedJson | undefined): JsonTalk | InventoryFault {
  const { text } = scanned;
  if (!isOpening(text, at)) return isCutBefore(text, at) ? notJson(scanned, at) : talk(notJson(scanned, at));
  if (refused !== undefined)
    return looksLikeJson(text, at) ? damaged(scanned, at, refused.why) : talk(notJson(scanned, at));
  return looksLikeJson(text, at) ? halfWritten(scanned, at) : talk(notJson(scanned, at));
}

/** Where a value ends: before the next line that begins one, as inner values are set in; else anywhere. */
function endOfOpened(scanned: Scanned, at: number): number | undefined {
  const { text } = scanned;
  if (!isOpening(text, at)) return undefined;
  const near = nextValueLine(scanned, at);
  const end = endOfValue(text, at, near);
  const restCharacters = text.length - at;
  if (end !== undefined || near === text.length || scanned.farCharactersLeft < restCharacters) return end;
  scanned.farCharactersLeft -= restCharacters;
  return endOfValue(text, at, text.length);
}

/** Where a list ends that may be asked as a whole; undefined for a large one, whose items are asked. */
function endOfSmall(scanned: Scanned, at: number): number | undefined {
  return endOfValue(scanned.text, at, Math.min(at + LARGE_CHARACTERS, nextValueLine(scanned, at)));
}

/** A list of objects or of lists of them. */
function isListOfValues(text: string, at: number): boolean {
  return /^\[\s{0,200}[{[]/.test(text.slice(at, at + 202));
}

/** The items of a list, each by itself; gives where the list ends, or the text where it is cut or damaged past mending. */
function* scanItems(scanned: Scanned, from: number): Generator<JsonValue | InventoryFault, number> {
  const { text } = scanned;
  let at = skipSeparators(text, from + 1);
  while (at < text.length && text[at] !== ']') {
    const end = endOfOpened(scanned, at);
    if (end === undefined) {
      yield isOpening(text, at) ? halfWritten(scanned, at) : damaged(scanned, at, 'it is no object and no list');
      return nextValueLine(scanned, at);
    }
    const parsed = parseMisprinted(text.slice(at, end));
    yield parsed.kind === 'value' ? parsed : damaged(scanned, at, parsed.why);
    at = skipSeparators(text, end);
  }
  if (at >= text.length) yield halfWritten(scanned, from);
  return at + 1;
}

interface RefusedJson {
  readonly kind: 'refused';
  readonly why: string;
}

/** The longest value whose misprints are mended: no miner's answer is longer. */
const LONGEST_MISPRINTED_CHARACTERS = 1024 * 1024;

/**
 * Miners print JSON by hand, and in known ways wrongly: objects of a list without a comma between them (cgminer), a
 * comma after the last, and `nan` or `inf` for a rate. Those are read; anything else is refused as it stands.
 */
function parseMisprinted(text: string): JsonValue | RefusedJson {
  const parsed = parseJson(text);
  if (parsed.kind === 'value' || text.length > LONGEST_MISPRINTED_CHARACTERS) return parsed;
  const mended = parseJson(
    text
      .replace(/\}(\s{0,20})\{/g, '},$1{')
      .replace(/,(\s{0,20}[}\]])/g, '$1')
      .replace(/([:,[]\s{0,20})[-+]?(?:nan|inf|infinity)(?=\s{0,20}[,}\]])/gi, '$1null'),
  );
  return mended.kind === 'value' ? mended : parsed;
}

function parseJson(text: string): JsonValue | RefusedJson {
  try {
    return { kind: 'value', value: JSON.parse(text) };
  } catch (error) {
    return { kind: 'refused', why: error instanceof Error ? withoutQuote(error.message) : 'not valid JSON' };
  }
}

/** The runtime quotes the text around the place, which may be a password. */
function withoutQuote(message: string): string {
  return message.replace(/, (\.\.\.)?".*$/s, '').slice(0, 120);
}

/** The value that fills the rest of a line, as JSON lines have it: told without looking for its end. */
function parseLine(text: string, from: number, lineEnd: number): JsonValue | undefined {
  if (lineEnd - from > LARGE_CHARACTERS || !isOpening(text, from)) return undefined;
  if (!isClosing(text, lineEnd - 1) && !isClosing(text, lineEnd - 2)) return undefined;
  const parsed = parseJson(text.slice(from, lineEnd));
  return parsed.kind === 'value' ? parsed : undefined;
}

function endOfLine(text: string, from: number): number {
  const newline = text.indexOf('\n', from);
  return newline < 0 ? text.length : newline;
}

function isOpening(text: string, at: number): boolean {
  return text[at] === '{' || text[at] === '[';
}

function isClosing(text: string, at: number): boolean {
  return text[at] === '}' || text[at] === ']';
}

/** The next character that is no white space and no comma or semicolon between values. */
function skipSeparators(text: string, from: number): number {
  const separators = /[\s,;]*/y;
  separators.lastIndex = from;
  return separators.test(text) ? separators.lastIndex : from;
}

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

/** Where the value that opens at `from` is closed, just past it; undefined where the text, or `limit`, is before. */
function endOfValue(text: string, from: number, limit: number): number | undefined {
  let depth = 0;
  let isInString = false;
  for (let at = from; at < text.length && at < limit; at += 1) {
    const code = text.charCodeAt(at);
    if (isInString) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) isInString = false;
    } else if (code === QUOTE) isInString = true;
    else if (code === OPEN_OBJECT || code === OPEN_LIST) depth += 1;
    else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return undefined;
}

/** Whether a bracket opens JSON, and no `[text](link)` or `[2023-05-01 10:00]` of a report or log. */
function looksLikeJson(text: string, at: number): boolean {
  return /^[{[]\s{0,200}(["{}[\]]|$)/.test(text.slice(at, at + 202));
}

/** Whether text is the rest of a value whose beginning is missing. */
function isCutBefore(text: string, at: number): boolean {
  return /^\s{0,200}["}\]]/.test(text.slice(at, at + 202));
}

function talk(fault: InventoryFault): JsonTalk {
  return { kind: 'talk', fault };
}

/** The next line that begins as JSON does: not `[2023-05-01 10:00] …`, as logs have it. */
function nextValueLine(scanned: Scanned, from: number): number {
  if (from < scanned.nextValueAt) return scanned.nextValueAt;
  const opening = /\n[{[](?=\s*["{}[\]]|\s*$)/g;
  opening.lastIndex = from;
  const found = opening.exec(scanned.text);
  scanned.nextValueAt = found === null ? scanned.text.length : found.index + 1;
  return scanned.nextValueAt;
}

/** Counts lines once, as positions are asked for in the order of the text; its end is asked for again and again. */
function makePositions(text: string): (at: number) => string {
  const positionOf = countPositions(text);
  let endPosition: string | undefined;
  return (at) => {
    if (at < text.length) return positionOf(at);
    endPosition ??= countPositions(text)(at);
    return endPosition;
  };
}

function countPositions(text: string): (at: number) => string {
  let [lineCount, lineStart] = [1, 0];
  return (at) => {
    if (at < lineStart) [lineCount, lineStart] = [1, 0];
    for (let end = text.indexOf('\n', lineStart); end >= 0 && end < at; end = text.indexOf('\n', lineStart)) {
      lineCount += 1;
      lineStart = end + 1;
    }
    return `line ${lineCount}, column ${at - lineStart + 1}`;
  };
}

function halfWritten({ fileName, text, positionOf }: Scanned, at: number): InventoryFault {
  const kind = text[at] === '{' ? 'object' : 'list';
  const opensAt = positionOf(at);
  return inventoryFault('inventory-half-written', {
    what: `${fileName} ends in the middle of a message.`,
    why: `The ${kind} that opens at ${opensAt} is not closed when the text ends at ${positionOf(text.length)}.`,
    mend: 'Save the whole message again: copy it from the first brace to the last.',
  });
}

function damaged({ fileName, positionOf }: Scanned, at: number, why: string): InventoryFault {
  return inventoryFault('inventory-not-json', {
    what: `A message in ${fileName} is damaged.`,
    why: `The value that opens at ${positionOf(at)} is not valid JSON: ${why}.`,
    mend: 'Save the message again as the rig sent it, without editing it.',
  });
}

function notJson({ fileName, text, positionOf }: Scanned, at: number): InventoryFault {
  const seen = JSON.stringify(withoutSecrets(text.slice(at, at + 40)));
  const isXml = text[at] === '<';
  return inventoryFault('inventory-not-json', {
    what: `${fileName} lists no card: it is no output that is read.`,
    why: `At ${positionOf(at)} a JSON object was expected, and there is ${seen}${isXml ? ', which looks like XML' : ''}.`,
    mend: 'Give the output of a tool that is read ("rerig intake --help" lists them), as the tool prints it.',
  });
}

/** Wallets, tokens and addresses are not repeated. */
function withoutSecrets(text: string): string {
  return text.replace(/\d{1,3}(\.\d{1,3}){3}|[\w+/=-]{20,}|(?<=pass\w*\W{1,3})\w+/gi, '…');
}

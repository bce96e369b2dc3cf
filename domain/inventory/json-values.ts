import { type InventoryFault, inventoryFault } from './faults.ts';

/** A JSON value that a text holds. */
export interface JsonValue {
  readonly kind: 'value';
  readonly value: unknown;
}

/**
 * How many characters are looked at for the ends of values. Every damaged value costs a look at the whole rest, so a
 * large text of nothing but opening braces would be looked at for minutes.
 */
const MOST_SCANNED_CHARACTERS = 256 * 1024 * 1024;

/**
 * Reads one JSON value, several one after another, or JSON lines, and a fault for each part that cannot be read. A
 * damaged value costs itself alone: reading goes on at the next line that begins with an object or a list.
 */
export function* readJsonValues(fileName: string, text: string): Generator<JsonValue | InventoryFault> {
  let at = skipSeparators(text, 0);
  let scannedCharacters = 0;
  while (at < text.length) {
    const end = isOpening(text[at]) ? endOfValue(text, at) : undefined;
    scannedCharacters += (end ?? text.length) - at;
    if (end === undefined) {
      yield isOpening(text[at]) ? halfWritten(fileName, text, at) : notJson(fileName, text, at);
      at = scannedCharacters > MOST_SCANNED_CHARACTERS ? text.length : nextValueLine(text, at);
      continue;
    }
    const parsed = parseJson(text.slice(at, end));
    yield parsed.kind === 'refused' ? damaged(fileName, text, at, parsed.why) : { kind: 'value', value: parsed.value };
    at = skipSeparators(text, end);
  }
}

type ParsedJson =
  | { readonly kind: 'parsed'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly why: string };

function parseJson(text: string): ParsedJson {
  try {
    return { kind: 'parsed', value: JSON.parse(text) };
  } catch (error) {
    return { kind: 'refused', why: error instanceof Error ? error.message.slice(0, 120) : 'not valid JSON' };
  }
}

function isOpening(character: string | undefined): boolean {
  return character === '{' || character === '[';
}

/** The next character that is no white space and no comma or semicolon between values. */
function skipSeparators(text: string, from: number): number {
  const separators = /[\s,;]*/y;
  separators.lastIndex = from;
  return separators.test(text) ? separators.lastIndex : from;
}

/** Where the value that opens at `from` is closed, just past it; undefined where the text ends before. */
function endOfValue(text: string, from: number): number | undefined {
  const marks = /["{}[\]]/g;
  marks.lastIndex = from;
  let depth = 0;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === '"') {
      const end = endOfString(text, marks.lastIndex);
      if (end === undefined) return undefined;
      marks.lastIndex = end;
    } else {
      depth += isOpening(mark[0]) ? 1 : -1;
      if (depth === 0) return marks.lastIndex;
    }
  }
  return undefined;
}

function endOfString(text: string, from: number): number | undefined {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return undefined;
}

function nextValueLine(text: string, from: number): number {
  const opening = /\n[{[]/g;
  opening.lastIndex = from;
  const found = opening.exec(text);
  return found === null ? text.length : found.index + 1;
}

/** `line 12, column 3`, counted from 1. */
function positionOf(text: string, at: number): string {
  const before = text.slice(0, at);
  const lineCount = before.split('\n').length;
  return `line ${lineCount}, column ${at - before.lastIndexOf('\n')}`;
}

function halfWritten(fileName: string, text: string, at: number): InventoryFault {
  const kind = text[at] === '{' ? 'object' : 'list';
  return inventoryFault('inventory-half-written', {
    what: `${fileName} ends in the middle of a message.`,
    why: `The ${kind} that opens at ${positionOf(text, at)} is not closed when the text ends at ${positionOf(text, text.length)}.`,
    mend: 'Save the whole message again: copy it from the first brace to the last.',
  });
}

function damaged(fileName: string, text: string, at: number, why: string): InventoryFault {
  return inventoryFault('inventory-not-json', {
    what: `A message in ${fileName} is damaged.`,
    why: `The value that opens at ${positionOf(text, at)} is not valid JSON: ${why}.`,
    mend: 'Save the message again as the rig sent it, without editing it.',
  });
}

function notJson(fileName: string, text: string, at: number): InventoryFault {
  const seen = JSON.stringify(text.slice(at, at + 40));
  const isXml = text[at] === '<';
  return inventoryFault('inventory-not-json', {
    what: `${fileName} is not a list of rig messages.`,
    why: `At ${positionOf(text, at)} a JSON object was expected, and there is ${seen}${isXml ? ', which looks like XML' : ''}.`,
    mend: 'Give the "hello" and "stats" messages of HiveOS’s agent, as JSON.',
  });
}

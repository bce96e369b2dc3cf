/** A record of a CSV text, with the line that it begins on, counted from 1. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
  /** A quote that is not closed, or text after a closed one: `fields` is then the whole line. */
  readonly isBroken: boolean;
}

/** Delimiters in the order in which they are believed where several could be. */
const DELIMITERS = ['\t', ';', ','] as const;

/** What parts the fields: the first of tab, semicolon and comma that the header line has outside quotes. */
export function delimiterOf(text: string): string {
  const end = text.search(/[\r\n]/);
  const header = (end < 0 ? text : text.slice(0, end)).slice(0, 10_000).replace(/"[^"]*"/g, '');
  return DELIMITERS.find((delimiter) => header.includes(delimiter)) ?? ',';
}

/**
 * Reads records as RFC 4180 has them, in one pass: quoted fields may hold delimiters, line ends and doubled quotes;
 * lines may end in CR, LF or both. Empty lines give no record. A record whose quotes are
 * wrong costs its first line alone: reading goes on at the next. At most `mostRecords` are given.
 */
export function readCsvRecords(text: string, delimiter: string, mostRecords: number): readonly CsvRecord[] {
  const records: CsvRecord[] = [];
  const lastQuoteAt = text.lastIndexOf('"');
  let at = 0;
  let line = 1;
  while (at < text.length && records.length < mostRecords) {
    const whole = readRecord(text, at, delimiter, lastQuoteAt);
    const found = whole.isBroken ? brokenLine(text, at) : whole;
    if (found.fields.length > 1 || found.fields[0] !== '') {
      records.push({ line, fields: found.fields, isBroken: found.isBroken });
    }
    at = found.end;
    line += found.lineCount;
  }
  return records;
}

interface Read {
  readonly fields: readonly string[];
  readonly isBroken: boolean;
  /** Where the next record begins, and how many lines this one took. */
  readonly end: number;
  readonly lineCount: number;
}

function readRecord(text: string, from: number, delimiter: string, lastQuoteAt: number): Read {
  const fields: string[] = [];
  let at = from;
  let lineCount = 1;
  let isBroken = false;
  for (;;) {
    const quoted = text[at] === '"' ? readQuoted(text, at, lastQuoteAt) : undefined;
    if (quoted !== undefined) {
      lineCount += quoted.lineCount;
      at = quoted.end;
    }
    const end = endOfPlain(text, at, delimiter);
    const plain = text.slice(at, end);
    if (quoted === undefined) {
      isBroken ||= plain.startsWith('"');
      fields.push(plain);
    } else {
      isBroken ||= plain.trim() !== '';
      fields.push(quoted.value + plain.trimEnd());
    }
    at = end;
    if (text[at] !== delimiter) break;
    at += 1;
  }
  if (text[at] === '\r' && text[at + 1] === '\n') at += 1;
  return { fields, isBroken, end: at + 1, lineCount };
}

/** The one line that a broken record begins on. */
function brokenLine(text: string, from: number): Read {
  let end = from;
  while (end < text.length && text[end] !== '\n' && text[end] !== '\r') end += 1;
  const next = text[end] === '\r' && text[end + 1] === '\n' ? end + 2 : end + 1;
  return { fields: [text.slice(from, end)], isBroken: true, end: next, lineCount: 1 };
}

interface Quoted {
  readonly value: string;
  readonly end: number;
  readonly lineCount: number;
}

/** A quoted field longer than this is a quote that somebody forgot to close. */
const LONGEST_QUOTED_CHARACTERS = 20_000;

/** Undefined where the quote is not closed: it is then a character like others. */
function readQuoted(text: string, from: number, lastQuoteAt: number): Quoted | undefined {
  let at = from + 1;
  while (at <= lastQuoteAt && at - from <= LONGEST_QUOTED_CHARACTERS) {
    const closing = text.indexOf('"', at);
    if (closing < 0 || closing - from > LONGEST_QUOTED_CHARACTERS) return undefined;
    if (text[closing + 1] !== '"') {
      const value = text.slice(from + 1, closing).replace(/""/g, '"');
      return { value, end: closing + 1, lineCount: lineEndsIn(value) };
    }
    at = closing + 2;
  }
  return undefined;
}

function lineEndsIn(value: string): number {
  return (value.match(/\r\n|\r|\n/g) ?? []).length;
}

function endOfPlain(text: string, from: number, delimiter: string): number {
  let at = from;
  while (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') at += 1;
  return at;
}

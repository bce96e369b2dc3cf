import {
  bookAdding,
  type Confidence,
  type FigureKind,
  figureFault,
  figureKinds,
  isFigureKind,
  type PriceBook,
  type PriceFigure,
  slugOf,
} from '@rerig/domain/economics';
import type { Fault } from '@rerig/domain/fault';
import { present } from './present.ts';
import { priceFileFault } from './price-faults.ts';

/** A line of a price list: its fields by column, and where it stands. */
export interface ImportRow {
  readonly place: string;
  readonly fields: ReadonlyMap<string, unknown>;
}

/** What a list of prices gave: what can stand in the book, and for each line that cannot, why. */
export interface ImportRead {
  readonly figures: readonly PriceFigure[];
  readonly faults: readonly Fault[];
}

/** Kinds as collections of prices call them. */
const kindAliases: Readonly<Record<string, { readonly kind: FigureKind; readonly coin?: string }>> = {
  rental_list: { kind: 'rental' },
  rental_market: { kind: 'rental' },
  mining_income_gross: { kind: 'mining-income', coin: 'mining' },
  mining_income: { kind: 'mining-income', coin: 'mining' },
  mining_hashrate: { kind: 'hash-rate' },
  pearl_hashrate: { kind: 'hash-rate', coin: 'pearl' },
};

/** Reads lines one by one: a bad one is refused with its place and reason, and the others stand. */
export function figuresOfRows(
  rows: readonly ImportRow[],
  { book, today, listName }: { readonly book: PriceBook; readonly today: string; readonly listName: string },
): ImportRead {
  const figures = new Map<string, PriceFigure>();
  const faults: Fault[] = [];
  const read = rows.map(({ place, fields }) => ({ place, figure: figureOf(fields, listName) }));
  const rates = read.flatMap(({ figure }) => (isFigure(figure) && figure.kind === 'currency' ? [figure] : []));
  const withRates = bookAdding(book, rates);
  for (const { place, figure } of read) {
    const fault = isFigure(figure) ? figureFault(figure, withRates, today) : undefined;
    if (!isFigure(figure)) faults.push(refused(place, figure.why));
    else if (fault !== undefined) faults.push(refused(place, `${fault.what} ${fault.why}`));
    else figures.set(figure.figureId, figure);
  }
  return { figures: [...figures.values()], faults };
}

interface NoFigure {
  readonly why: string;
}

function isFigure(figure: PriceFigure | NoFigure): figure is PriceFigure {
  return 'figureId' in figure;
}

function refused(place: string, why: string): Fault {
  return priceFileFault('import-line-refused', {
    what: `${place} is refused.`,
    why,
    mend: 'Correct it and import the list again: what was taken in is not taken in twice.',
  });
}

function figureOf(fields: ImportRow['fields'], listName: string): PriceFigure | NoFigure {
  const text = (name: string) => textOf(fields.get(name));
  const kindText = text('kind');
  const alias = kindAliases[kindText];
  const kind = isFigureKind(kindText) ? kindText : alias?.kind;
  if (kind === undefined) return { why: `Its kind is "${kindText}", and kinds are ${figureKinds.join(', ')}.` };
  const subject = subjectOf(fields, kind);
  if (subject === '') return { why: 'It has no subject: what it is the price of.' };
  const numbers = numbersOf(fields);
  if ('why' in numbers) return numbers;
  const unit = text('unit').replace(/\s*\(.*\)$/, '');
  const coin = (text('coin') || coinOfUnit(text('unit')) || alias?.coin)?.toLowerCase();
  const venue = text('venue') || 'imported';
  const date = dateOf(text('date'));
  const figureId = ['import', kind, coin, subject, venue, date, String(numbers.value)]
    .flatMap((part) => (part === undefined ? [] : slugOf(part)))
    .join('/');
  return present({
    ...{ figureId, kind, subject, ...numbers, unit, coin, date, venue },
    powerWatts: numbers.powerWatts ?? powerOfNote(text('note')),
    confidence: confidenceOf(text('confidence'), text('note')),
    source: text('source') || listName,
    note: noteOf(text('note'), text('date'), date),
  });
}

/** A cell as text; what is neither text nor number is none. */
function textOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value.trim() : '';
}

/** Prices of electricity have no card: they are told apart by where they hold. */
function subjectOf(fields: ImportRow['fields'], kind: FigureKind): string {
  const subject = textOf(fields.get('subject')) || textOf(fields.get('card'));
  return kind === 'electricity' && (subject === '' || subject === '-') ? textOf(fields.get('venue')) : subject;
}

interface Numbers {
  readonly value: number;
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly powerWatts: number | undefined;
}

function numbersOf(fields: ImportRow['fields']): Numbers | NoFigure {
  const read = {
    value: fields.get('value'),
    low: fields.get('low'),
    high: fields.get('high'),
    powerWatts: fields.get('powerWatts'),
  };
  for (const [name, given] of Object.entries(read)) {
    if (numberOf(given) === 'none')
      return { why: `Its ${name} is "${String(given).slice(0, 40)}", which is no number.` };
  }
  const value = numberOf(read.value);
  if (typeof value !== 'number') return { why: 'It has no value.' };
  const [low, high, powerWatts] = [read.low, read.high, read.powerWatts].map(numberOf).map(parsedNumber);
  return { value, low, high, powerWatts };
}

function parsedNumber(read: number | 'none' | undefined): number | undefined {
  return typeof read === 'number' ? read : undefined;
}

/** A number, none where there is one that is not readable, undefined where there is nothing. */
function numberOf(given: unknown): number | 'none' | undefined {
  if (typeof given === 'number') return Number.isFinite(given) ? given : 'none';
  const text = textOf(given);
  if (text === '' && (given === undefined || given === null || typeof given === 'string')) return undefined;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : 'none';
}

/** `TH/s (PRL)` → pearl. */
function coinOfUnit(unit: string): string | undefined {
  const name = /\((.+)\)$/.exec(unit)?.[1];
  return name === 'PRL' ? 'pearl' : name;
}

/** `at 139 W` → 139. */
function powerOfNote(note: string): number | undefined {
  const watts = /\bat (\d+(?:\.\d+)?) W\b/.exec(note)?.[1];
  return watts === undefined ? undefined : Number(watts);
}

/**
 * The date in a text: `2026-09-20`, `2025-H2 (date uncertain)` as the first month of that half, `2021-08..2023-04` as
 * its end. What has none is kept as it is, and refused.
 */
function dateOf(text: string): string {
  const half = /^(\d{4})-H([12])/.exec(text);
  if (half !== null) return `${half[1]}-${half[2] === '1' ? '01' : '07'}`;
  const dates = (text.split('..').at(-1) ?? text).match(/\b(?:19|20)\d{2}(?:-\d{2}(?:-\d{2})?)?\b/);
  return dates?.[0] ?? text;
}

function confidenceOf(text: string, note: string): Confidence {
  if (/MIDPOINT|re-check/i.test(note)) return 'low';
  return text === 'high' || text === 'medium' || text === 'assumed' ? text : 'low';
}

function noteOf(note: string, dateText: string, date: string): string | undefined {
  const parts = [note, dateText === date || dateText === '' ? '' : `dated "${dateText}"`].filter((part) => part !== '');
  return parts.length === 0 ? undefined : parts.join('; ');
}

import { type FigureKind, figureKinds, type PriceFigure, toAssumption } from '@rerig/domain/economics';
import type { Fault } from '@rerig/domain/fault';
import pc from 'picocolors';
import { wrap } from '../terminal.ts';
import type { PricesRead } from './price-folder.ts';

/** Which figures are shown. */
export interface ShownPrices {
  readonly kind?: FigureKind;
  readonly isStaleOnly: boolean;
}

/** Headings of the kinds, as a person calls them. */
const titles: Readonly<Record<FigureKind, string>> = {
  'token-input': 'tokens read',
  'token-output': 'tokens written',
  rental: 'rent of a card',
  'coin-income': 'income of coins',
  'hash-rate': 'what cards hash',
  'mining-income': 'income by mining',
  resale: 'resale',
  recycling: 'recycling',
  electricity: 'electricity',
  currency: 'US dollars for one',
  fee: 'fees and tax',
  mend: 'mends',
  assumption: 'assumptions',
};

const SUBJECT_COLUMNS = 23;
const VALUE_COLUMNS = 23;
const AGE_COLUMNS = 10;
const REFERENCE_COLUMNS = 4;
const GAP = '  ';

type Colors = ReturnType<typeof pc.createColors>;

function shownFigures({ book, settings }: PricesRead, { kind, isStaleOnly }: ShownPrices): readonly PriceFigure[] {
  return book.figures.filter(
    (figure) =>
      (kind === undefined || figure.kind === kind) &&
      (!isStaleOnly || toAssumption(figure, figure.subject, settings.today).isStale),
  );
}

/** Writes prices by kind in 80 columns or more: what, how much, how old, from where. Ends in a new line. */
export function renderPrices(read: PricesRead, shown: ShownPrices, columnCount: number, color: boolean): string {
  const colors = pc.createColors(color);
  const figures = shownFigures(read, shown);
  const blocks = figureKinds.flatMap((kind) => {
    const rows = figures.filter((figure) => figure.kind === kind);
    return rows.length === 0 ? [] : [blockText(kind, rows, read.settings.today, columnCount, colors)];
  });
  return `${[...blocks, summary(figures, read, columnCount)].join('\n\n')}\n`;
}

/** One kind of figure, and under it the sources that its rows number. */
function blockText(
  kind: FigureKind,
  rows: readonly PriceFigure[],
  today: string,
  columnCount: number,
  colors: Colors,
): string {
  const sources = [...new Set(rows.map(sourceOf))];
  const lines = rows.map((row) => rowText(row, sources.indexOf(sourceOf(row)) + 1, today, columnCount, colors));
  const notes = sources.flatMap((source, index) =>
    wrap(printable(`[${index + 1}] ${source}`), columnCount - 4).map((line, at) => `${at === 0 ? '' : '    '}${line}`),
  );
  return [colors.bold(`${titles[kind]} (${kind})`), ...lines, ...notes.map((line) => colors.dim(line))].join('\n');
}

function sourceOf({ source, note }: PriceFigure): string {
  return note === undefined ? source : `${source}; ${note}`;
}

function rowText(
  figure: PriceFigure,
  sourceNumber: number,
  today: string,
  columnCount: number,
  colors: Colors,
): string {
  const { ageDays, isStale } = toAssumption(figure, figure.subject, today);
  const coin = figure.coin === undefined ? '' : `, ${figure.coin}`;
  const age = `${ageDays} d${isStale ? ' old' : ''}`.padStart(AGE_COLUMNS);
  const reference = `[${sourceNumber}]`.padStart(REFERENCE_COLUMNS);
  const room = columnCount - SUBJECT_COLUMNS - VALUE_COLUMNS - AGE_COLUMNS - REFERENCE_COLUMNS - 4 * GAP.length;
  return [
    fitted(`${figure.subject}${coin}`, SUBJECT_COLUMNS),
    fitted(amountText(figure), VALUE_COLUMNS),
    isStale ? colors.yellow(age) : age,
    fitted(figure.venue, room),
    reference,
  ].join(GAP);
}

/** `0.31 USD/h`, with its range where its source gives one. */
function amountText({ value, low, high, unit }: PriceFigure): string {
  const range = low === undefined && high === undefined ? '' : ` (${digits(low ?? value)}–${digits(high ?? value)})`;
  return `${digits(value)}${range} ${unit}`;
}

function digits(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** Cut with an ellipsis or filled with blanks. */
function fitted(text: string, width: number): string {
  const clean = printable(text);
  return clean.length <= width ? clean.padEnd(width) : `${clean.slice(0, width - 1)}…`;
}

/** What is no letter of a file must not reach the terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, ' ');
}

function summary(figures: readonly PriceFigure[], { settings, currency }: PricesRead, columnCount: number): string {
  const staleCount = figures.filter((figure) => toAssumption(figure, '', settings.today).isStale).length;
  const shown =
    currency.code === 'USD' ? '' : ` Reports show amounts in ${currency.code}, at ${digits(currency.usdPerUnit)} USD.`;
  const text =
    `${figures.length} figures as of ${settings.today}; ${staleCount} are older than 90 days and marked "old".${shown} ` +
    'Your own: rerig prices edit. A list: rerig prices import. From public sources: rerig prices refresh.';
  return wrap(text, columnCount).join('\n');
}

/** The same as one document. */
export function toPricesDocument(read: PricesRead, shown: ShownPrices, faults: readonly Fault[]): unknown {
  const { settings, currency, book } = read;
  return {
    prices: {
      today: settings.today,
      compiledOn: book.compiledOn,
      currency,
      settings,
      figures: shownFigures(read, shown).map((figure) => {
        const { ageDays, isStale } = toAssumption(figure, figure.subject, settings.today);
        return { ...figure, ageDays, isStale };
      }),
    },
    faults,
  };
}

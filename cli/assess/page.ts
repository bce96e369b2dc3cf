import type { Severity } from '@rerig/domain/grading';
import pc from 'picocolors';
import { printable } from '../printable.ts';
import { wrap } from '../terminal.ts';
import type { TableStyle } from '../text-table.ts';
import { type Currency, inCurrency, moneyText, perKwhText } from './currency.ts';

/** How a report is written: for how many columns (80 and more), and whether in colour. */
export interface PageOptions {
  readonly columnCount: number;
  readonly color: boolean;
}

/** The width that all of a report can be read at. */
export const LEAST_COLUMNS = 80;

type Paint = (text: string) => string;

const severityMarks: Readonly<Record<Severity, string>> = { blocking: '✖', warning: '!', info: 'i' };

/** Writes text for a terminal: in its width, its colours and the report's currency, and clean of what files smuggle in. */
export class Page {
  readonly width: number;
  readonly colors: ReturnType<typeof pc.createColors>;
  readonly #currency: Currency;

  constructor({ columnCount, color }: PageOptions, currency: Currency) {
    this.width = Math.max(LEAST_COLUMNS, columnCount);
    this.colors = pc.createColors(color);
    this.#currency = currency;
  }

  get tableStyle(): TableStyle {
    return { columnCount: this.width, head: this.colors.dim };
  }

  /** An amount in US dollars, in the report's currency. */
  money(amountUsd: number): string {
    return moneyText(amountUsd, this.#currency);
  }

  /** A price of electricity: `$0.125/kWh`. */
  perKwh(usdPerKwh: number): string {
    return perKwhText(usdPerKwh, this.#currency);
  }

  /** A sentence of ours or of a file, as it may be shown. */
  text(sentence: string): string {
    return inCurrency(printable(sentence), this.#currency).trim();
  }

  /** A sentence in lines, all after `indent`, those after the first `hanging` further in; a longer word is broken. */
  lines(sentence: string, indent = 0, hanging = 0): readonly string[] {
    const room = this.width - indent - hanging;
    return wrap(this.text(sentence), room)
      .flatMap((line) => line.match(new RegExp(`.{1,${room}}`, 'gu')) ?? [])
      .map((line, index) => `${' '.repeat(indent + (index === 0 ? 0 : hanging))}${line}`);
  }

  /** A term of a list and what stands beside it, which hangs under itself; a longer term has lines of its own. */
  listed(term: string, sentence: string, termColumns: number, paint: Paint = (text) => text): readonly string[] {
    const beside = termColumns + 4;
    const lines = this.lines(sentence, beside);
    const shown = this.text(term);
    if (shown.length > termColumns) return [...this.lines(shown, 2, 2).map(paint), ...lines];
    const [first = '', ...others] = lines;
    return [`  ${paint(shown.padEnd(termColumns))}  ${first.slice(beside)}`, ...others];
  }

  heading(title: string, note = ''): string {
    return `${this.colors.bold(title.toUpperCase())}${note === '' ? '' : this.colors.dim(`  ${note}`)}`;
  }

  mark(severity: Severity | undefined): string {
    return severity === undefined || severity === 'info' ? '' : this.severity(severity)(severityMarks[severity]);
  }

  severity(severity: Severity): Paint {
    if (severity === 'blocking') return this.colors.red;
    return severity === 'warning' ? this.colors.yellow : this.colors.dim;
  }

  /** Negative amounts stand out. */
  signed(amountUsd: number, shown = this.money(amountUsd)): string {
    return amountUsd < 0 ? this.colors.red(shown) : shown;
  }
}

/** `1 card`, `14 cards`, `1,200 cards`. */
export function counted(count: number, word: string, plural = `${word}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? word : plural}`;
}

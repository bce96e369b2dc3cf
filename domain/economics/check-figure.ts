import type { Fault } from '../fault.ts';
import { firstDayOf } from './calendar.ts';
import { type PriceFaultCode, priceFault } from './faults.ts';
import type { FigureKind, PriceFigure } from './figure.ts';
import { indexOf, type PriceBook } from './price-book.ts';

/** What a figure of a kind may be: how its unit is written, and between which values, in US dollars where it is money. */
interface KindRule {
  readonly unit: RegExp;
  readonly unitText: string;
  readonly least: number;
  readonly most: number;
}

const CODE = '(?<currency>[A-Z]{3})';

/** Bounds are wide: they refuse a slip of the decimal point by three places, not a market. */
const rules: Readonly<Record<FigureKind, KindRule>> = {
  'token-input': money('/Mtoken', 'USD/Mtoken', 1000),
  'token-output': money('/Mtoken', 'USD/Mtoken', 1000),
  rental: money('/h', 'USD/h', 200),
  'coin-income': money('/day/([kMGT]?H|Sol)/s', 'USD/day/MH/s', 1000),
  'mining-income': money('/day', 'USD/day', 1000),
  resale: money('', 'USD', 200_000),
  recycling: money('/kg', 'USD/kg', 1000),
  electricity: money('/kWh', 'USD/kWh', 5),
  mend: money('', 'USD', 20_000),
  currency: { unit: /^USD$/, unitText: 'USD', least: 1e-7, most: 1000 },
  fee: { unit: /^%$/, unitText: '%', least: 0, most: 100 },
  'hash-rate': { unit: /^([kMGT]?H|Sol)\/s$/, unitText: 'MH/s', least: 0, most: 1e9 },
  assumption: { unit: /^[^\s].*$/, unitText: '%, ratio, W …', least: -100, most: 1e6 },
};

function money(per: string, unitText: string, most: number): KindRule {
  return { unit: new RegExp(`^${CODE}${per}$`), unitText, least: 0, most };
}

/** Every kind of figure. */
export const figureKinds: readonly FigureKind[] = Object.keys(rules).filter(isFigureKind);

/** Whether a text is a kind of figure. */
export function isFigureKind(text: string): text is FigureKind {
  return Object.hasOwn(rules, text);
}

/**
 * Why a figure cannot stand in a book, or undefined where it can: a unit that is not its kind's, a currency that the
 * book has no rate for, a value that cannot be meant, a date that is none or has not come yet.
 */
export function figureFault(figure: PriceFigure, book: PriceBook, today: string): Fault<PriceFaultCode> | undefined {
  return unitFault(figure, book) ?? valueFault(figure, book) ?? dateFault(figure, today);
}

function unitFault({ kind, unit, subject }: PriceFigure, book: PriceBook): Fault<PriceFaultCode> | undefined {
  const rule = rules[kind];
  const match = rule.unit.exec(unit);
  if (match === null) {
    return priceFault('figure-unit', {
      what: `The ${kind} of ${subject} is in "${unit}".`,
      why: `A ${kind} is given in ${rule.unitText} or the like of it.`,
      mend: 'Correct its unit.',
    });
  }
  const { currency } = match.groups ?? {};
  if (currency === undefined || currency === 'USD' || rateOf(book, currency) !== undefined) return undefined;
  return priceFault('figure-unit', {
    what: `The ${kind} of ${subject} is in ${currency}.`,
    why: `No rate of ${currency} is known.`,
    mend: `Add it to the price file under [currencies]: ${currency} = US dollars for one.`,
  });
}

/** US dollars for one unit of a currency, by the book’s last word on it; undefined where it has none. */
export function rateOf(book: PriceBook, code: string): number | undefined {
  return indexOf(book).get('currency')?.get(code.toLowerCase())?.at(-1)?.value;
}

function valueFault(figure: PriceFigure, book: PriceBook): Fault<PriceFaultCode> | undefined {
  const { kind, subject, value, low = value, high = value, unit, powerWatts = 0 } = figure;
  const { least, most } = rules[kind];
  const { currency } = rules[kind].unit.exec(unit)?.groups ?? {};
  const usd = currency === undefined ? 1 : (rateOf(book, currency) ?? 1);
  const isOrdered = low <= value && value <= high;
  const isWithin = low * usd >= least && high * usd <= most;
  const isPowered = powerWatts >= 0 && powerWatts <= 5000;
  if ([low, value, high, powerWatts].every(Number.isFinite) && isOrdered && isWithin && isPowered) return undefined;
  const range = low === value && high === value ? `${value}` : `${value} (${low} to ${high})`;
  return priceFault('figure-implausible', {
    what: `The ${kind} of ${subject} is given as ${range} ${unit}.`,
    why: isOrdered ? `Between ${least} and ${most} could be meant.` : 'Its low, middle and high are not in order.',
    mend: 'Correct it, or leave it out.',
  });
}

function dateFault({ kind, subject, date }: PriceFigure, today: string): Fault<PriceFaultCode> | undefined {
  const [day, now] = [firstDayOf(date), firstDayOf(today)];
  if (day !== undefined && (now === undefined || day <= now + 1)) return undefined;
  return priceFault('figure-unreadable', {
    what: `The ${kind} of ${subject} is dated "${date}".`,
    why: day === undefined ? 'That is no date such as 2026-11-25, 2026-11 or 2026.' : 'That day has not come yet.',
    mend: 'Give the day on which it was so.',
  });
}

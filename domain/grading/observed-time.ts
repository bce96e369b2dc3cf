/** Milliseconds of a day. */
export const DAY_MS = 86_400_000;
const MONTHS: ReadonlyMap<string, number> = new Map(
  'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ').map((name, index) => [name, index + 1]),
);

/** `2022/5/1 0:04:43`, `2022-06-05T17:54:03.18Z`, `2026-11-25`. */
const YEAR_FIRST = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?/;
const ZONE = /(?:Z|([+-])(\d{2}):?(\d{2}))$/;

/** `Fri May 13 12:37:16 CST 2022` and `Fri May  3 11:54:37 2024`. */
const MONTH_FIRST =
  /\b([A-Za-z]{3})[a-z]*\.?\s+(\d{1,2}),?\s+(?:(\d{1,2}):(\d{2})(?::(\d{2}))?\s+)?(?:[A-Z]{2,5}\s+)?(\d{4})\b/;

/** `13 May 2022 12:37:16`. */
const DAY_FIRST = /\b(\d{1,2})\s+([A-Za-z]{3})[a-z]*\.?\s+(\d{4})(?:[ ,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?/;

/** Seconds or milliseconds since 1970, of 2001 to 2286. */
const EPOCH = /^\d{10}(\d{3})?(\.\d+)?$/;

/**
 * When a source was written, in milliseconds since 1970, from its own words; undefined where they tell no time. A zone is
 * heeded where it is told in figures; else the time counts as UTC, so that the answer may be off by 14 hours. Where day
 * and month cannot be told apart (`05/06/2022`) nothing is given.
 */
export function observedAtMs(words: string): number | undefined {
  const text = words.slice(0, 60).trim();
  if (EPOCH.test(text)) return Number(text) * (/^\d{10}(\.|$)/.test(text) ? 1000 : 1);
  return yearFirstMs(text) ?? monthNamedMs(text);
}

function yearFirstMs(text: string): number | undefined {
  const match = YEAR_FIRST.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, ...clock] = match;
  const atMs = utcMs(Number(year), Number(month), Number(day), clock);
  if (atMs === undefined) return undefined;
  const [, sign, hours, minutes] = ZONE.exec(text.slice(10)) ?? [];
  const offsetMinutes = sign === undefined ? 0 : Number(hours) * 60 + Number(minutes);
  return atMs - (sign === '-' ? -1 : 1) * offsetMinutes * 60_000;
}

function monthNamedMs(text: string): number | undefined {
  const [, monthName = '', day, hour, minute, second, year] = MONTH_FIRST.exec(text) ?? [];
  if (year !== undefined) {
    const month = MONTHS.get(monthName.toLowerCase());
    return month === undefined ? undefined : utcMs(Number(year), month, Number(day), [hour, minute, second]);
  }
  const [, dayFirst, named = '', itsYear, ...clock] = DAY_FIRST.exec(text) ?? [];
  const month = MONTHS.get(named.toLowerCase());
  return month === undefined ? undefined : utcMs(Number(itsYear), month, Number(dayFirst), clock);
}

/** Years that a farm's file can be of. */
const FIRST_YEAR = 2009;
const LAST_YEAR = 2200;

function utcMs(year: number, month: number, day: number, clock: readonly (string | undefined)[]): number | undefined {
  const [hour = 0, minute = 0, second = 0] = clock.map((part) => Number(part ?? 0));
  const isDate = year >= FIRST_YEAR && year <= LAST_YEAR && month >= 1 && month <= 12 && day >= 1 && day <= 31;
  if (!isDate || hour > 24 || minute > 59 || second > 60) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** Whole days between two times, 0 where the later is the earlier. */
export function daysBetween(earlierMs: number, laterMs: number): number {
  return Math.max(0, Math.floor((laterMs - earlierMs) / DAY_MS));
}

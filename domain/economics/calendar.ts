const DAY_MS = 86_400_000;

/** `2026`, `2026-09` or `2026-09-20`, as exact as a source has it. */
const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;

/** Whether a text is a date as figures carry it, of a day that there is. */
export function isFigureDate(text: string): boolean {
  return firstDayOf(text) !== undefined;
}

/**
 * The first day that a date covers, in days since 1970: what is dated by its year alone may be as old as that. Undefined
 * where the text is no date.
 */
export function firstDayOf(text: string): number | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '01', day = '01'] = match;
  if (Number(month) < 1 || Number(month) > 12) return undefined;
  const dayCount = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (Number(day) < 1 || Number(day) > dayCount) return undefined;
  return Date.UTC(Number(year), Number(month) - 1, Number(day)) / DAY_MS;
}

/** Days from the first day that `date` covers to `today`, never below 0; 0 where either is no date. */
export function ageInDays(date: string, today: string): number {
  const from = firstDayOf(date);
  const to = firstDayOf(today);
  return from === undefined || to === undefined ? 0 : Math.max(0, to - from);
}

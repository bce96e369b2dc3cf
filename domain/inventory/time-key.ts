import { remembering } from './remember.ts';

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

/** `Thu Oct  1 16:22:27 2026`, as `date` and nvidia-smi write it, a time zone before the year or not. */
const WRITTEN = /\b([A-Z][a-z]{2})\s+(\d{1,2})\s+(\d{1,2}:\d{2}:\d{2})\s+(?:[A-Z]{2,5}\s+)?(\d{4})\b/;

/**
 * A text that sorts by time, to the second and its fraction: of `2022/5/1 0:04:43`, `2022-06-05 17:54:03.18` or
 * `Thu Oct  1 16:22:27 2026`. Empty where no time is told, which sorts before all others; time zones are not compared.
 */
export function timeKey(sentAt: string | undefined): string {
  return sentAt === undefined ? '' : timeKeyOf(sentAt);
}

const timeKeyOf = remembering((sentAt): string => {
  const [, monthName, monthDay = '', clock = '', writtenYear = ''] = WRITTEN.exec(sentAt) ?? [];
  if (monthName !== undefined) {
    const month = MONTHS.indexOf(monthName.toLowerCase()) + 1;
    return month === 0 ? '' : keyOf([writtenYear, String(month), monthDay, ...clock.split(':')]);
  }
  return keyOf(sentAt.match(/\d+/g) ?? []);
});

function keyOf([year, month, day, hour = '0', minute = '0', second = '0', fraction = '']: readonly string[]): string {
  if (year === undefined || month === undefined || day === undefined) return '';
  const parts = [year.padStart(4, '0'), ...[month, day, hour, minute, second].map((part) => part.padStart(2, '0'))];
  return `${parts.join('')}.${fraction}`;
}

/** What a text says, or in a sentence why it says nothing. */
export type Reading<T> = { readonly value: T } | { readonly wrong: string };

/** As cards are sold: 8GB is 8·10⁹ bytes, which every card of that name has; 8GiB is 2³³, which not every driver shows. */
const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

const DURATIONS: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** `8GB`, `512 MiB`: in bytes. */
export function readBytes(text: string): Reading<number> {
  const [, number = '', unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/i.exec(text) ?? [];
  const factor = BYTES[unit.toLowerCase()];
  if (factor !== undefined) return { value: Math.round(Number(number) * factor) };
  return { wrong: `"${text}" is no size: write a number and its unit, like 8GB or 512MiB.` };
}

/** `1GB/s`: in bytes a second. */
export function readRate(text: string): Reading<number> {
  const [, size = ''] = /^(.*)\/\s*s\s*$/i.exec(text) ?? [];
  const read = readBytes(size);
  return 'value' in read ? read : { wrong: `"${text}" is no rate: write a size a second, like 1GB/s.` };
}

/** `90s`, `2h`, `1h30m`: in ms. */
export function readDuration(text: string): Reading<number> {
  const wrong = { wrong: `"${text}" is no time: write numbers and their units, like 90s, 2h or 1h30m.` };
  let rest = text.trim().toLowerCase();
  if (rest === '0') return { value: 0 };
  if (rest === '') return wrong;
  let sumMs = 0;
  for (const [unit, ms] of DURATIONS) {
    const [whole, number] = new RegExp(`^(\\d+(?:\\.\\d+)?)\\s*${unit}(?![a-z])\\s*`).exec(rest) ?? [];
    if (whole === undefined) continue;
    sumMs += Number(number) * ms;
    rest = rest.slice(whole.length);
  }
  return rest === '' ? { value: Math.round(sumMs) } : wrong;
}

/** A number within its range, both ends included. */
export function readNumber(text: string, least: number, most: number, isWhole = true): Reading<number> {
  const number = Number(text);
  const isNumber = (isWhole ? /^\d{1,15}$/ : /^\d{1,15}(\.\d+)?$/).test(text.trim());
  if (isNumber && number >= least && number <= most) return { value: number };
  return { wrong: `"${text}" is no ${isWhole ? 'whole number' : 'number'} from ${least} to ${most}.` };
}

/** `true` or `false`. */
export function readSwitch(text: string): Reading<boolean> {
  if (text === 'true') return { value: true };
  return text === 'false' ? { value: false } : { wrong: `"${text}" is neither true nor false.` };
}

import { type Bytes, GIB, KIB, MIB } from '../quantity.ts';
import { remembering } from './remember.ts';

/** An object of JSON with unknown fields. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object of JSON, and no list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list's items; none for anything else, as agents write `null` where they have nothing. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The longest text that is kept of a field; what is longer is no name. */
const LONGEST_TEXT_CHARACTERS = 200;

/** Printable ASCII without runs of blanks: by far the most fields need no more than a trim. */
const PLAIN = /^[\x20-\x7e]*$/;

/** A field's text, trimmed, with white space and control characters as single blanks; undefined where nothing is told. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') return undefined;
  return value.length <= SHORT_CHARACTERS ? shortTexts(value) : textIn(value);
}

/** Short texts, such as names, come again and again: one copy of each is kept, instead of one a card. */
const SHORT_CHARACTERS = 32;
const shortTexts = remembering(textIn);

function textIn(value: string): string | undefined {
  const cut = value.length > LONGEST_TEXT_CHARACTERS ? value.slice(0, LONGEST_TEXT_CHARACTERS) : value;
  const isPlain = PLAIN.test(cut) && !cut.includes('  ');
  const text = (isPlain ? cut : cut.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')).trim();
  return text === '' || text.startsWith('REDACTED') ? undefined : text;
}

/** A field's number, written as number or text (`"78"`, `"70 W"`); undefined where it is none. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  if (isPlainNumber(value)) return Number(value);
  const digits = /^\s*(-?\d{1,15}(?:\.\d{1,9})?)(?:\s*[a-zA-Z%°]{1,5})?\s*$/.exec(value)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Digits alone, with a point or not: by far the most numbers. */
function isPlainNumber(text: string): boolean {
  if (text.length === 0 || text.length > 12) return false;
  let pointCount = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === POINT && at > 0 && at < text.length - 1) pointCount += 1;
    else if (code < ZERO || code > NINE) return false;
  }
  return pointCount <= 1;
}

const [POINT, ZERO, NINE] = [0x2e, 0x30, 0x39];

/** A number above zero: agents write 0 where a sensor tells nothing. */
export function positiveOf(value: unknown): number | undefined {
  const number = numberOf(value);
  return number !== undefined && number > 0 ? number : undefined;
}

/** A whole number that is not negative: errors, pages, shares. */
export function countOf(value: unknown): number | undefined {
  const number = numberOf(value);
  return number !== undefined && number >= 0 && Number.isInteger(number) ? number : undefined;
}

const unitBytes: ReadonlyMap<string, Bytes> = new Map(
  Object.entries({
    ...{ k: KIB, kb: KIB, kib: KIB, m: MIB, mb: MIB, mib: MIB },
    ...{ g: GIB, gb: GIB, gib: GIB, t: 1024 * GIB, tb: 1024 * GIB, tib: 1024 * GIB },
  }),
);

/**
 * `5944 MB`, `4096M` → bytes. The tools that print it mean 2²⁰ by MB. Undefined for what is no positive amount; whether an amount
 * can be true is asked of all cards alike, in `plausible.ts`.
 */
export function memoryBytesOf(value: unknown): Bytes | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : memoryBytesIn(text);
}

const memoryBytesIn = remembering((text): Bytes | undefined => {
  const [, digits, unit] = /^\s*(\d{1,15}(?:\.\d{1,6})?)\s*([a-zA-Z]{1,3})\s*$/.exec(text) ?? [];
  const bytesPerUnit = unitBytes.get(unit?.toLowerCase() ?? '');
  if (digits === undefined || bytesPerUnit === undefined) return undefined;
  const bytes = Math.round(Number(digits) * bytesPerUnit);
  return bytes > 0 ? bytes : undefined;
});

/** The same fields, where those that may be undefined may be absent instead. */
export type Known<Fields> = {
  readonly [Key in keyof Fields as undefined extends Fields[Key] ? never : Key]: Fields[Key];
} & { readonly [Key in keyof Fields as undefined extends Fields[Key] ? Key : never]?: Exclude<Fields[Key], undefined> };

/** An object without its undefined fields: what is not known is absent. */
export function known<Fields extends object>(fields: Fields): Known<Fields> {
  let isWhole = true;
  for (const key in fields) if (fields[key] === undefined) isWhole = false;
  if (isWhole) return parseKnown<Fields>(fields);
  const kept: Record<string, unknown> = {};
  for (const key in fields) if (fields[key] !== undefined) kept[key] = fields[key];
  return parseKnown<Fields>(kept);
}

function parseKnown<Fields>(fields: unknown): Known<Fields> {
  return fields as Known<Fields>;
}

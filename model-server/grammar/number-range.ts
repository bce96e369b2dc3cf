import { charactersOf, choice, type Form, optional, repeat, sequence, text } from './gbnf.ts';
import { digit } from './json-forms.ts';

/** Bounds of a number. `undefined`: no bound. */
export interface NumberBounds {
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** Whether `from` and `to` themselves are out of bounds. */
  readonly isFromOpen: boolean;
  readonly isToOpen: boolean;
}

/** Digits past which no whole number is written where nothing bounds it: doubles are exact to here. */
const UNBOUNDED_DIGITS = 16;
/** Most digits behind a point. */
const FRACTION_DIGITS_MAX = 25;
/** Decimal digits that a double always holds: past them, 0.99… reads as 1, which an open bound forbids. */
const EXACT_DIGITS = 15;

/** Whole numbers within bounds; `undefined` where there are none. */
export function wholeNumbers(bounds: NumberBounds): Form | undefined {
  const from =
    bounds.from === undefined ? undefined : bounds.isFromOpen ? Math.floor(bounds.from) + 1 : Math.ceil(bounds.from);
  const to = bounds.to === undefined ? undefined : bounds.isToOpen ? Math.ceil(bounds.to) - 1 : Math.floor(bounds.to);
  const forms: Form[] = [];
  const negative = magnitudes(
    to === undefined ? 1n : big(Math.max(1, -to)),
    from === undefined ? undefined : big(-from),
  );
  if (negative) forms.push(sequence(text('-'), negative));
  const positive = magnitudes(from === undefined ? 0n : big(Math.max(0, from)), to === undefined ? undefined : big(to));
  if (positive) forms.push(positive);
  return forms.length === 0 ? undefined : choice(...forms);
}

/**
 * Numbers within whole bounds, with digits behind the point or without; `undefined` where there are none. Written
 * without exponent.
 */
export function numbersBetween(bounds: NumberBounds): Form | undefined {
  const { from, to, isFromOpen, isToOpen } = bounds;
  const positive = fractions({
    from: from === undefined || from < 0 ? 0 : from,
    to,
    isFromOpen: from !== undefined && from >= 0 && isFromOpen,
    isToOpen,
  });
  const negative = fractions({
    from: to === undefined || to > 0 ? 0 : -to,
    to: from === undefined ? undefined : -from,
    // A minus before zero is never needed.
    isFromOpen: to === undefined || to >= 0 || isToOpen,
    isToOpen: isFromOpen,
  });
  const forms = [positive, negative && sequence(text('-'), negative)].filter((form) => form !== undefined);
  return forms.length === 0 ? undefined : choice(...forms);
}

/** Numbers from a whole bound ≥ 0 on, without sign. */
function fractions({ from, to, isFromOpen, isToOpen }: NumberBounds & { readonly from: number }): Form | undefined {
  if (to !== undefined && (to < from || (to === from && (isFromOpen || isToOpen)))) return undefined;
  const forms: Form[] = [];
  const wholeDigits = Math.max(String(big(from)).length, to === undefined ? 0 : String(big(to)).length);
  const digitsMax = isFromOpen || isToOpen ? Math.max(1, EXACT_DIGITS - wholeDigits) : FRACTION_DIGITS_MAX;
  if (to !== from) {
    const fraction = sequence(text('.'), repeat(digit(), 1, digitsMax));
    const notZero = sequence(text('.'), digitsNotZero(digitsMax));
    const first = text(String(big(from)));
    forms.push(isFromOpen ? sequence(first, notZero) : sequence(first, optional(fraction)));
    const rest = magnitudes(big(from) + 1n, to === undefined ? undefined : big(to) - 1n);
    if (rest) forms.push(sequence(rest, optional(fraction)));
  }
  if (to !== undefined && !isToOpen) {
    forms.push(
      sequence(text(String(big(to))), optional(sequence(text('.'), repeat(text('0'), 1, FRACTION_DIGITS_MAX)))),
    );
  }
  return choice(...forms);
}

/** At most so many digits, one of them above zero. */
function digitsNotZero(digitsMax: number): Form {
  const above = sequence(charactersOf('1-9'), repeat(digit(), 0, digitsMax - 1));
  return digitsMax === 1 ? charactersOf('1-9') : choice(above, sequence(text('0'), digitsNotZero(digitsMax - 1)));
}

/** Whole numbers from `from` ≥ 0 to `to`, without sign; `undefined` where there are none. */
function magnitudes(from: bigint, to: bigint | undefined): Form | undefined {
  const last = to ?? 10n ** BigInt(Math.max(UNBOUNDED_DIGITS, String(from).length)) - 1n;
  if (last < from) return undefined;
  const forms: Form[] = [];
  for (let length = String(from).length; length <= String(last).length; length++) {
    const least = length === 1 ? 0n : 10n ** BigInt(length - 1);
    const most = 10n ** BigInt(length) - 1n;
    forms.push(sameLength(String(from > least ? from : least), String(last < most ? last : most)));
  }
  return choice(...forms);
}

/** Numbers of so many digits, from one to the other. */
function sameLength(from: string, to: string): Form {
  const [first, last] = [from.charAt(0), to.charAt(0)];
  const [restFrom, restTo] = [from.slice(1), to.slice(1)];
  if (restFrom.length === 0) return charactersOf(first === last ? first : `${first}-${last}`);
  if (/^0*$/.test(restFrom) && /^9*$/.test(restTo)) {
    return sequence(
      charactersOf(first === last ? first : `${first}-${last}`),
      repeat(digit(), restFrom.length, restFrom.length),
    );
  }
  if (first === last) return sequence(text(first), sameLength(restFrom, restTo));
  const forms = [sequence(text(first), sameLength(restFrom, '9'.repeat(restFrom.length)))];
  const [second, lastButOne] = [Number(first) + 1, Number(last) - 1];
  if (second <= lastButOne) {
    const between = charactersOf(second === lastButOne ? String(second) : `${second}-${lastButOne}`);
    forms.push(sequence(between, repeat(digit(), restFrom.length, restFrom.length)));
  }
  forms.push(sequence(text(last), sameLength('0'.repeat(restTo.length), restTo)));
  return choice(...forms);
}

function big(value: number): bigint {
  return BigInt(value);
}

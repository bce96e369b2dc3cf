import type { MetadataValue } from './header.ts';

/** A metadata value as a whole number; `undefined` where it is none that a number holds exactly. */
export function wholeNumber(value: MetadataValue | undefined): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

/** The length of a metadata value that is a list; `undefined` where it is none. */
export function arrayLength(value: MetadataValue | undefined): number | undefined {
  return typeof value === 'object' && 'arrayLength' in value ? value.arrayLength : undefined;
}

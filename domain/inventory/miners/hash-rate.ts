import { textOf } from '../fields.ts';

const factors: ReadonlyMap<string, number> = new Map(
  Object.entries({ '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12, p: 1e15 }),
);

/** A rate's unit: a prefix and what is counted, hashes, solutions, graphs or nonces. */
const UNIT = /^([kmgtp]?)(?:h|hash|hashes|sol|sols|solps|g|graph|graphs|gps|i|it|n)s?(?:\/s|ps|\/sec)?$/;

/** `Mh/s` → 1,000,000, `sol/s` → 1, `g/s` → 1, `khs` → 1000; undefined for what is no unit of a hash rate. */
export function hashesPerUnitOf(value: unknown): number | undefined {
  const prefix = UNIT.exec(textOf(value)?.toLowerCase() ?? '')?.[1];
  return prefix === undefined ? undefined : factors.get(prefix);
}

/** `217.1 M` → 217,100,000, `1499` → 1499, `35.2 kH/s` → 35,200: a rate with its prefix in the same text. */
export function hashesOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value > 0 && Number.isFinite(value) ? value : undefined;
  const [, digits, prefix = ''] =
    /^(\d{1,15}(?:\.\d{1,9})?(?:e[+-]?\d{1,2})?)\s?([kmgtp]?)(?:\s?(?:h|sol|g)s?(?:\/s|ps)?)?$/.exec(
      textOf(value)?.toLowerCase() ?? '',
    ) ?? [];
  if (digits === undefined) return undefined;
  const hashes = Number(digits) * (factors.get(prefix) ?? 1);
  return hashes > 0 ? hashes : undefined;
}

import { sourceRule } from '../rule.ts';
import { findingAt } from '../source.ts';
import { type DeclaredName, declaredNames, isNumberExpression, isNumberType, wordsOf } from '../syntax/names.ts';

/** Quantities that mean nothing without a unit, each with names that have one. */
const UNITLESS: ReadonlyMap<string, string> = new Map([
  ['timeout', 'timeoutMs'],
  ['duration', 'durationMs'],
  ['interval', 'intervalMs'],
  ['delay', 'delayMs'],
  ['latency', 'latencyMs'],
  ['ttl', 'ttlMs'],
  ['memory', 'memoryBytes'],
  ['vram', 'vramBytes'],
  ['ram', 'ramBytes'],
  ['bandwidth', 'bandwidthBytesPerSecond'],
  ['price', 'priceMicroUsdPerCardHour'],
  ['power', 'powerWatts'],
  ['temperature', 'temperatureCelsius'],
]);

/** OpenAI's wire has the vendor's names. */
const VENDOR_WIRE = /^api\/openai(\.|\/)/;

/** A number carries its unit, last in its name. */
export const units = sourceRule({
  name: 'units',
  why: 'A number without a unit is read in two units, and one of the readers is wrong.',
  reads: (source) => !VENDOR_WIRE.test(source.path),
  checkSource: (source) =>
    declaredNames(source).flatMap((declared) => {
      const better = nameWithUnit(declared.name);
      if (better === undefined || !isNumber(declared)) return [];
      return [findingAt(source, declared.at, `${declared.name} is a number without a unit`, better, declared.name)];
    }),
});

function nameWithUnit(name: string): string | undefined {
  const words = wordsOf(name);
  if (words.length === 1 && words[0] === 'size') return 'sizeBytes, or what is counted: tokenCount';
  return UNITLESS.get(words.at(-1) ?? '');
}

function isNumber({ type, initializer }: DeclaredName): boolean {
  if (type !== undefined) return isNumberType(type);
  return initializer !== undefined && isNumberExpression(initializer);
}

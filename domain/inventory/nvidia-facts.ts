import { countOf } from './fields.ts';
import { type NvidiaFact, toldText } from './nvidia-card.ts';

/**
 * Where an output has each fact: names in the order in which they are tried, as releases rename them. A name of several
 * parts with `+` between them is their sum.
 */
export type FactPlaces = Readonly<Partial<Record<NvidiaFact, readonly string[]>>>;

/** Looks up every fact; what is not told is absent. */
export function factsAt(
  places: FactPlaces,
  textAt: (name: string) => string | undefined,
): ReadonlyMap<NvidiaFact, string> {
  const facts = new Map<NvidiaFact, string>();
  for (const fact of parseFacts(Object.keys(places))) {
    for (const name of places[fact] ?? []) {
      const text = name.includes('+') ? sumOf(name.split('+').map(textAt)) : toldText(textAt(name));
      if (text === undefined) continue;
      facts.set(fact, text);
      break;
    }
  }
  return facts;
}

function parseFacts(keys: readonly string[]): readonly NvidiaFact[] {
  return keys as readonly NvidiaFact[];
}

function sumOf(texts: readonly (string | undefined)[]): string | undefined {
  const counts = texts.map(countOf).filter((count) => count !== undefined);
  return counts.length === 0 ? undefined : String(counts.reduce((sum, count) => sum + count, 0));
}

/** The reason why a clock is held down, as nvidia-smi's outputs write it, in one form: `HW Thermal Slowdown` → `hw_thermal_slowdown`. */
export function throttleReasonOf(name: string): string | undefined {
  const reason = name
    .replace(/^clocks_(?:throttle|event)_reasons?[_.]/, '')
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_');
  // An idle card is at rest, not held down.
  return ['gpu_idle', 'idle', 'active', 'supported', 'none'].includes(reason) ? undefined : reason;
}

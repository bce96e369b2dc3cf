import { isSame } from './merge-schemas.ts';
import {
  isOfType,
  isRecord,
  type JsonType,
  recordOf,
  requiredOf,
  type SchemaRecord,
  TYPES,
  typeOfValue,
  typesOf,
  valuesOf,
} from './schema-reading.ts';

const DEPTH_MAX = 4;

/**
 * Whether it is plain that no value fits both: other types, other values, or an object's name that the one must have and
 * that tells them apart. `open` follows references. `false` where it is not plain.
 */
export function areDisjoint(first: unknown, second: unknown, open: (schema: unknown) => unknown, depth = 0): boolean {
  if (depth > DEPTH_MAX) return false;
  const [one, other] = [open(first), open(second)];
  if (one === false || other === false) return true;
  if (!isRecord(one) || !isRecord(other)) return false;
  const [left, right] = [kindsOf(one), kindsOf(other)];
  if (!left.some((type) => isOfType(type, right)) && !right.some((type) => isOfType(type, left))) return true;
  const [values, otherValues] = [valuesOf(one, ''), valuesOf(other, '')];
  if (values && otherValues) return !values.some((value) => otherValues.some((candidate) => isSame(value, candidate)));
  if (!left.every((type) => type === 'object') || !right.every((type) => type === 'object')) return false;
  return hasTellingName(one, other, open, depth) || hasTellingName(other, one, open, depth);
}

function hasTellingName(
  one: SchemaRecord,
  other: SchemaRecord,
  open: (schema: unknown) => unknown,
  depth: number,
): boolean {
  const [mine, others] = [recordOf(one, 'properties', ''), recordOf(other, 'properties', '')];
  return requiredOf(one, '').some((name) => {
    if (!(name in others)) return other.additionalProperties === false;
    // Where only one of them must have it, a value without it fits the other alone, and a value with it fits at most one.
    return name in mine && areDisjoint(mine[name], others[name], open, depth + 1);
  });
}

function kindsOf(schema: SchemaRecord): readonly JsonType[] {
  const values = valuesOf(schema, '');
  return values ? [...new Set(values.map(typeOfValue))] : (typesOf(schema, '') ?? TYPES);
}

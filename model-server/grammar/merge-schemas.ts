import {
  constraintsOf,
  inside,
  isOfType,
  isRecord,
  type JsonType,
  listOf,
  numberOf,
  recordOf,
  requiredOf,
  type SchemaRecord,
  typesOf,
  valuesOf,
} from './schema-reading.ts';
import { SchemaRefusal } from './schema-refusal.ts';

/** Most alternatives that several lists of them may give together. */
const ALTERNATIVES_MAX = 64;
const GREATEST = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const LEAST = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
const OBJECTS = ['properties', 'required', 'additionalProperties'];

/** One schema for what fits both; `false` where it is plain that nothing does. Neither has `$ref`, `allOf` or `oneOf`. */
export function mergeSchemas(first: SchemaRecord, second: SchemaRecord, place: string): SchemaRecord | false {
  const [one, other] = [constraintsOf(first), constraintsOf(second)];
  const merged: Record<string, unknown> = { ...one, ...other };
  for (const key of Object.keys(one).filter((name) => name in other)) {
    if (GREATEST.includes(key) || LEAST.includes(key)) merged[key] = tighter(one, other, key, place);
    else if (key === 'items') merged[key] = both(one[key], other[key]);
    else if (key === 'anyOf') merged[key] = pairs(one, other, place);
    else if (key === 'nullable') merged[key] = one[key] === true && other[key] === true;
    else if (![...OBJECTS, 'type', 'const', 'enum'].includes(key) && !isSame(one[key], other[key])) {
      throw new SchemaRefusal(
        inside(place, key),
        `It is given twice, as ${show(one[key])} and as ${show(other[key])}.`,
      );
    }
  }
  if ('type' in one && 'type' in other) {
    const types = sharedTypes(typesOf(one, place) ?? [], typesOf(other, place) ?? []);
    if (types.length === 0) return false;
    merged.type = types;
    delete merged.nullable;
  }
  const values = sharedValues(one, other, place);
  if (values?.length === 0) return false;
  delete merged.const;
  if (values) merged.enum = values;
  if (OBJECTS.some((key) => key in one) && OBJECTS.some((key) => key in other)) {
    Object.assign(merged, mergeObjects(one, other, place));
  }
  return merged;
}

function tighter(one: SchemaRecord, other: SchemaRecord, key: string, place: string): number {
  const values = [numberOf(one, key, place) ?? 0, numberOf(other, key, place) ?? 0] as const;
  return GREATEST.includes(key) ? Math.max(...values) : Math.min(...values);
}

function pairs(one: SchemaRecord, other: SchemaRecord, place: string): readonly unknown[] {
  const [left, right] = [listOf(one, 'anyOf', place) ?? [], listOf(other, 'anyOf', place) ?? []];
  if (left.length * right.length > ALTERNATIVES_MAX) {
    throw new SchemaRefusal(inside(place, 'anyOf'), `There are more than ${ALTERNATIVES_MAX} pairs of alternatives.`);
  }
  return left.flatMap((first) => right.map((second) => both(first, second)));
}

function sharedTypes(one: readonly JsonType[], other: readonly JsonType[]): readonly JsonType[] {
  const narrow = [...one.filter((type) => isOfType(type, other)), ...other.filter((type) => isOfType(type, one))];
  return [...new Set(narrow)];
}

function sharedValues(one: SchemaRecord, other: SchemaRecord, place: string): readonly unknown[] | undefined {
  const [left, right] = [valuesOf(one, place), valuesOf(other, place)];
  if (left && right) return left.filter((value) => right.some((candidate) => isSame(value, candidate)));
  return left ?? right;
}

function mergeObjects(one: SchemaRecord, other: SchemaRecord, place: string): SchemaRecord {
  const [left, right] = [recordOf(one, 'properties', place), recordOf(other, 'properties', place)];
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  // What the one does not name, it takes as any other: its additionalProperties hold.
  const properties = names.map((name) => [
    name,
    both(
      name in left ? left[name] : one.additionalProperties,
      name in right ? right[name] : other.additionalProperties,
    ),
  ]);
  const additional = both(one.additionalProperties, other.additionalProperties);
  return {
    ...(names.length > 0 ? { properties: Object.fromEntries(properties) } : {}),
    required: [...new Set([...requiredOf(one, place), ...requiredOf(other, place)])],
    ...(additional === undefined ? {} : { additionalProperties: additional }),
  };
}

/** What fits both of two schemas; `undefined` says nothing. */
function both(one: unknown, other: unknown): unknown {
  if (one === undefined || one === true) return other;
  if (other === undefined || other === true) return one;
  if (one === false || other === false) return false;
  return isSame(one, other) ? one : { allOf: [one, other] };
}

/** Whether two JSON values are the same, whatever the order of their names. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => isSame(item, other[index]));
  }
  if (!isRecord(one) || !isRecord(other)) return one === other;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length && names.every((name) => name in other && isSame(one[name], other[name]))
  );
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 100);
}

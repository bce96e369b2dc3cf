import { SchemaRefusal } from './schema-refusal.ts';

/** A schema that is an object of keywords. */
export type SchemaRecord = Readonly<Record<string, unknown>>;

/** Keywords that say nothing about what fits. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  'title',
  'description',
  'default',
  'example',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  '$schema',
  '$id',
  'id',
  '$comment',
  '$defs',
  'definitions',
  'contentEncoding',
  'contentMediaType',
]);

export const TYPES = ['null', 'boolean', 'integer', 'number', 'string', 'object', 'array'] as const;
export type JsonType = (typeof TYPES)[number];

export function isRecord(value: unknown): value is SchemaRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The keywords that say what fits. `x-…` says nothing. */
export function constraintsOf(schema: SchemaRecord): SchemaRecord {
  return Object.fromEntries(
    Object.entries(schema).filter(
      ([key, value]) => !ANNOTATIONS.has(key) && !key.startsWith('x-') && value !== undefined,
    ),
  );
}

/** A place inside a place. */
export function inside(place: string, ...names: readonly string[]): string {
  return [place, ...names].filter((name) => name !== '').join('.');
}

/** The types that a schema's `type` allows, `nullable` counted in; `undefined` where it does not say. */
export function typesOf(schema: SchemaRecord, place: string): readonly JsonType[] | undefined {
  const { type, nullable } = schema;
  if (type === undefined) return undefined;
  const named = Array.isArray(type) ? type : [type];
  const types = TYPES.filter((known) => named.includes(known));
  if (types.length !== new Set(named).size || types.length === 0) {
    throw new SchemaRefusal(inside(place, 'type'), `It is not one of ${TYPES.join(', ')}, nor a list of them.`);
  }
  return nullable === true && !types.includes('null') ? ['null', ...types] : types;
}

/** A whole number ≥ 0, or `undefined` where the keyword is not there. */
export function countOf(schema: SchemaRecord, keyword: string, place: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new SchemaRefusal(inside(place, keyword), 'It is not a whole number of 0 or more.');
}

export function numberOf(schema: SchemaRecord, keyword: string, place: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new SchemaRefusal(inside(place, keyword), 'It is not a number.');
}

export function textOf(schema: SchemaRecord, keyword: string, place: string): string | undefined {
  const value = schema[keyword];
  if (value === undefined || typeof value === 'string') return value;
  throw new SchemaRefusal(inside(place, keyword), 'It is not a string.');
}

export function listOf(schema: SchemaRecord, keyword: string, place: string): readonly unknown[] | undefined {
  const value = schema[keyword];
  if (value === undefined || Array.isArray(value)) return value;
  throw new SchemaRefusal(inside(place, keyword), 'It is not a list.');
}

export function recordOf(schema: SchemaRecord, keyword: string, place: string): SchemaRecord {
  const value = schema[keyword] ?? {};
  if (isRecord(value)) return value;
  throw new SchemaRefusal(inside(place, keyword), 'It is not an object.');
}

/** The names that an object must have. */
export function requiredOf(schema: SchemaRecord, place: string): readonly string[] {
  return (listOf(schema, 'required', place) ?? []).map((name) => {
    if (typeof name === 'string') return name;
    throw new SchemaRefusal(inside(place, 'required'), 'It is not a list of names.');
  });
}

/** The values of `const` and `enum`; `undefined` where there is neither. */
export function valuesOf(schema: SchemaRecord, place: string): readonly unknown[] | undefined {
  if ('const' in schema) return [schema.const];
  return listOf(schema, 'enum', place);
}

export function typeOfValue(value: unknown): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  if (typeof value === 'string') return 'string';
  return typeof value === 'boolean' ? 'boolean' : 'object';
}

/** Whether a value of this type is of one of those: whole numbers are numbers too. */
export function isOfType(type: JsonType, types: readonly JsonType[]): boolean {
  return types.includes(type) || (type === 'integer' && types.includes('number'));
}

/** Whether a JSON value has values more than so many deep in it. */
export function isDeeper(value: unknown, depthMax: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depthMax === 0) return true;
  return Object.values(value).some((inner) => isDeeper(inner, depthMax - 1));
}

import { isFault } from '@rerig/domain/fault';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isWritable } from './grammar-reading.ts';
import { jsonSchemaGrammar, jsonSchemaRules } from './json-schema-grammar.ts';

function accepts(schema: unknown, value: unknown): boolean {
  return isWritable(jsonSchemaRules(schema).forms, JSON.stringify(value));
}

const TREE = {
  $ref: '#/$defs/tree',
  $defs: {
    tree: {
      type: 'object',
      properties: { name: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/tree' } } },
      required: ['name', 'children'],
      additionalProperties: false,
    },
  },
};

describe('the grammar of a JSON Schema', () => {
  it('writes every value that the schema accepts, and none that it does not', () => {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    fc.assert(
      fc.property(schemaAndValue(), fc.jsonValue({ maxDepth: 2 }), ({ schema, value }, other) => {
        const forms = jsonSchemaRules(schema).forms;
        const fits = ajv.compile(schema);
        expect(fits(value)).toBe(true);
        expect(isWritable(forms, JSON.stringify(value))).toBe(true);
        if (isWritable(forms, JSON.stringify(other))) expect(fits(other)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it.each<[string, unknown, readonly unknown[], readonly unknown[]]>([
    [
      'whole numbers in bounds',
      { type: 'integer', minimum: -12, exclusiveMaximum: 105 },
      [-12, -1, 0, 9, 99, 104],
      [-13, 105, 1.5],
    ],
    ['numbers in bounds', { type: 'number', exclusiveMinimum: 0, maximum: 2 }, [0.5, 1, 1.25, 2], [0, 2.1, -1]],
    ['lengths', { type: 'string', minLength: 2, maxLength: 3 }, ['ab', 'ü"\n'], ['a', 'abcd']],
    [
      'long lengths',
      { type: 'string', minLength: 1500, maxLength: 2500 },
      ['a'.repeat(1500), 'b'.repeat(2500)],
      ['a', 'c'.repeat(2501)],
    ],
    ['nullable types', { type: ['string', 'null'] }, ['a', null], [1]],
    ['values of several types', { enum: ['a', 1, null, { b: [] }] }, ['a', 1, null, { b: [] }], ['b', 2]],
    [
      'objects with names left out',
      {
        type: 'object',
        properties: { a: { type: 'integer' }, b: { type: 'integer' }, c: { type: 'integer' } },
        required: ['b'],
        additionalProperties: false,
      },
      [{ b: 1 }, { a: 1, b: 2 }, { b: 1, c: 2 }, { a: 1, b: 2, c: 3 }],
      [{ a: 1 }, {}, { b: 1, d: 2 }],
    ],
    [
      'other names',
      { type: 'object', properties: { a: { const: 1 } }, additionalProperties: { type: 'boolean' } },
      [{}, { a: 1 }, { a: 1, b: true }, { ab: false, '': true, x: true }],
      [{ a: true }, { b: 1 }],
    ],
    [
      'tuples',
      { type: 'array', prefixItems: [{ type: 'integer' }, { type: 'string' }], items: false, minItems: 1 },
      [[1], [1, 'a']],
      [[], ['a'], [1, 'a', 2]],
    ],
    [
      'allOf',
      {
        allOf: [
          { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
          { type: 'object', properties: { a: { minimum: 3, type: 'number' }, b: { type: 'null' } }, required: ['b'] },
        ],
      },
      [{ a: 3, b: null }],
      [{ a: 2, b: null }, { a: 3 }],
    ],
    [
      'anyOf beside other keywords',
      {
        type: 'object',
        properties: { kind: { type: 'string' }, x: { type: 'integer' } },
        required: ['kind'],
        anyOf: [{ properties: { kind: { const: 'a' } } }, { properties: { kind: { const: 'b' } }, required: ['x'] }],
      },
      [{ kind: 'a' }, { kind: 'b', x: 1 }],
      [{ kind: 'b' }, { kind: 'c' }],
    ],
    [
      'schemas that refer to themselves',
      TREE,
      [{ name: 'a', children: [{ name: 'b', children: [] }] }],
      [{ name: 'a' }, { name: 'a', children: [1] }],
    ],
    [
      'patterns',
      { type: 'string', pattern: '^[A-Z]{2}-\\d{3,}(?:/[^x"]+)?$' },
      ['AB-123', 'XY-12345/ab\\'],
      ['AB-12', 'AB-123/', 'AB-123/x', 'aAB-123'],
    ],
    ['patterns without anchors', { type: 'string', pattern: 'b+' }, ['abc', 'b'], ['ac', '']],
    [
      'dates and times',
      { type: 'string', format: 'date-time' },
      ['2026-11-25T04:40:06Z', '2026-02-28T23:59:59.123+01:00'],
      ['2026-02-30T04:40:06Z', '2026-11-25'],
    ],
    ['identifiers', { type: 'string', format: 'uuid' }, ['123e4567-e89b-12d3-a456-426614174000'], ['123e4567']],
  ])('holds to %s', (_, schema, good, bad) => {
    for (const value of good) expect([value, accepts(schema, value)]).toEqual([value, true]);
    for (const value of bad) expect([value, accepts(schema, value)]).toEqual([value, false]);
  });

  it.each<[string, unknown]>([
    ['not', { not: { type: 'string' } }],
    ['properties.a.multipleOf', { type: 'object', properties: { a: { type: 'number', multipleOf: 0.1 } } }],
    ['pattern', { type: 'string', pattern: '^(?=a)b$' }],
    ['format', { type: 'string', format: 'iri' }],
    [
      'oneOf',
      {
        oneOf: [
          { type: 'string', minLength: 1 },
          { type: 'string', maxLength: 3 },
        ],
      },
    ],
    ['uniqueItems', { type: 'array', uniqueItems: true }],
    ['patternProperties', { type: 'object', patternProperties: { '^a': true } }],
    ['$ref', { $ref: 'https://example.com/schema.json' }],
    ['#.$ref', { $ref: '#' }],
    ['contains', { type: 'array', contains: {} }],
  ])('refuses what it can not hold to at %s', (place, schema) => {
    const fault = jsonSchemaGrammar(schema);
    expect(isFault(fault) ? fault.what : fault).toContain(`"${place}"`);
  });

  it('tells the alternatives of oneOf apart by a name with a constant, and reads what Zod writes', () => {
    const schema = z.toJSONSchema(
      z.object({
        step: z.discriminatedUnion('kind', [
          z.object({ kind: z.literal('add'), left: z.int(), right: z.number().positive() }),
          z.object({
            kind: z.literal('say'),
            words: z.array(z.string().min(1)).max(3),
            at: z.iso.datetime().nullable(),
          }),
        ]),
        scores: z.record(z.string(), z.number().min(0).max(1)),
        pair: z.tuple([z.boolean(), z.enum(['x', 'y'])]),
      }),
    );
    const rest = { scores: { a: 0.5 }, pair: [true, 'x'] };
    expect(accepts(schema, { step: { kind: 'add', left: -3, right: 0.25 }, ...rest })).toBe(true);
    expect(accepts(schema, { step: { kind: 'say', words: ['hi'], at: null }, ...rest })).toBe(true);
    expect(accepts(schema, { step: { kind: 'say', left: 1, right: 1 }, ...rest })).toBe(false);
  });

  it('never throws, whatever stands for a schema', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom('items', 'properties', 'anyOf', '$ref', 'type', 'pattern', 'minimum'),
        (junk, key) => {
          for (const schema of [junk, { [key]: junk }, { type: 'object', properties: { a: { [key]: junk } } }]) {
            const grammar = jsonSchemaGrammar(schema);
            expect(isFault(grammar) ? grammar.code : 'schema_not_held').toBe('schema_not_held');
          }
        },
      ),
    );
  });
});

/** A JSON Schema and a value that fits it. */
interface SchemaAndValue {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly value: unknown;
}

/** Schemas of bounded values, each with one of its values: for tests. Names of objects come in the schema's order. */
function schemaAndValue(): fc.Arbitrary<SchemaAndValue> {
  return fc.letrec<{ inner: SchemaAndValue; leaf: SchemaAndValue }>((tie) => ({
    leaf: fc.oneof(constants(), wholeNumbers(), numbers(), strings(), formats()),
    inner: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      tie('leaf'),
      objects(tie('inner')),
      arrays(tie('inner')),
      alternatives(tie('inner')),
    ),
  })).inner;
}

function constants(): fc.Arbitrary<SchemaAndValue> {
  const values = fc.uniqueArray(
    fc.oneof(fc.string({ unit: 'binary', maxLength: 5 }), fc.integer(), fc.boolean(), fc.constant(null)),
    { minLength: 1, maxLength: 4 },
  );
  return fc.oneof(
    values.chain((list) => fc.constantFrom(...list).map((value) => ({ schema: { enum: list }, value }))),
    fc.constantFrom<SchemaAndValue>(
      { schema: { type: 'null' }, value: null },
      { schema: { type: 'boolean' }, value: true },
      { schema: { const: 'a"b' }, value: 'a"b' },
      { schema: { type: ['boolean', 'null'] }, value: null },
    ),
  );
}

function wholeNumbers(): fc.Arbitrary<SchemaAndValue> {
  return fc.tuple(fc.integer(), fc.integer(), fc.integer()).map((numbers) => {
    const [minimum = 0, value = 0, maximum = 0] = numbers.toSorted((one, other) => one - other);
    return { schema: { type: 'integer', minimum, maximum }, value };
  });
}

function numbers(): fc.Arbitrary<SchemaAndValue> {
  const hundredths = fc.integer({ min: -100_000, max: 100_000 }).map((value) => value / 100);
  return fc.tuple(hundredths, fc.nat({ max: 20 }), fc.nat({ max: 20 })).map(([value, below, above]) => ({
    schema: { type: 'number', minimum: Math.floor(value) - below, exclusiveMaximum: Math.floor(value) + 1 + above },
    value,
  }));
}

function strings(): fc.Arbitrary<SchemaAndValue> {
  return fc
    .tuple(fc.string({ unit: 'binary', maxLength: 6 }), fc.nat({ max: 3 }), fc.nat({ max: 3 }))
    .map(([value, less, more]) => {
      const length = Array.from(value).length;
      return { schema: { type: 'string', minLength: Math.max(0, length - less), maxLength: length + more }, value };
    });
}

function formats(): fc.Arbitrary<SchemaAndValue> {
  const date = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-28'), noInvalidDate: true });
  // No grammar of ours knows leap years.
  const day = date.map((when) => when.toISOString()).filter((when) => !when.includes('-02-29'));
  return fc.oneof(
    day.map((value) => ({ schema: { type: 'string', format: 'date-time' }, value })),
    day.map((value) => ({ schema: { type: 'string', format: 'date' }, value: value.slice(0, 10) })),
    day.map((value) => ({ schema: { type: 'string', format: 'time' }, value: value.slice(11) })),
    fc.uuid().map((value) => ({ schema: { type: 'string', format: 'uuid' }, value })),
    fc.ipV4().map((value) => ({ schema: { type: 'string', format: 'ipv4' }, value })),
    fc
      .stringMatching(/^[a-c]{2,4}-\d+$/)
      .map((value) => ({ schema: { type: 'string', pattern: '^[a-c]{2,4}-\\d+$' }, value })),
  );
}

function objects(inner: fc.Arbitrary<SchemaAndValue>): fc.Arbitrary<SchemaAndValue> {
  const name = fc.string({ minLength: 1, maxLength: 4 }).filter((text) => !/^\d|^__proto__$/.test(text));
  const entry = fc.tuple(name, inner, fc.constantFrom('required', 'there', 'left out'));
  return fc
    .tuple(fc.uniqueArray(entry, { maxLength: 4, selector: ([key]) => key }), fc.boolean())
    .map(([entries, isOpen]) => ({
      schema: {
        type: 'object',
        properties: Object.fromEntries(entries.map(([key, { schema }]) => [key, schema])),
        required: entries.filter(([, , presence]) => presence === 'required').map(([key]) => key),
        additionalProperties: isOpen ? { type: 'integer' } : false,
      },
      value: Object.fromEntries([
        ...entries.filter(([, , presence]) => presence !== 'left out').map(([key, { value }]) => [key, value]),
        ...(isOpen ? [['another-name', 7]] : []),
      ]),
    }));
}

function arrays(inner: fc.Arbitrary<SchemaAndValue>): fc.Arbitrary<SchemaAndValue> {
  const lists = fc.tuple(inner, fc.nat({ max: 3 }), fc.nat({ max: 2 })).map(([{ schema, value }, count, more]) => ({
    schema: { type: 'array', items: schema, minItems: Math.max(0, count - 1), maxItems: count + more },
    value: Array.from({ length: count }, () => value),
  }));
  const tuples = fc.array(inner, { minLength: 1, maxLength: 3 }).map((items) => ({
    schema: { type: 'array', prefixItems: items.map(({ schema }) => schema), minItems: items.length, items: false },
    value: items.map(({ value }) => value),
  }));
  return fc.oneof(lists, tuples);
}

function alternatives(inner: fc.Arbitrary<SchemaAndValue>): fc.Arbitrary<SchemaAndValue> {
  return fc
    .tuple(inner, inner)
    .map(([first, second]) => ({ schema: { anyOf: [first.schema, second.schema] }, value: second.value }));
}

import { isFault } from '@rerig/domain/fault';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isWritable } from './grammar-reading.ts';
import { jsonSchemaGrammar, jsonSchemaRules } from './json-schema-grammar.ts';
import { schemaAndValue } from './schema-arbitrary.ts';

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

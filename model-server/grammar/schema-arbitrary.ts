import fc from 'fast-check';

/** A JSON Schema and a value that fits it. */
export interface SchemaAndValue {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly value: unknown;
}

/** Schemas of bounded values, each with one of its values: for tests. Names of objects come in the schema's order. */
export function schemaAndValue(): fc.Arbitrary<SchemaAndValue> {
  return fc.letrec<{ node: SchemaAndValue; leaf: SchemaAndValue }>((tie) => ({
    leaf: fc.oneof(constants(), wholeNumbers(), numbers(), strings(), formats()),
    node: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      tie('leaf'),
      objects(tie('node')),
      arrays(tie('node')),
      alternatives(tie('node')),
    ),
  })).node;
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

function objects(node: fc.Arbitrary<SchemaAndValue>): fc.Arbitrary<SchemaAndValue> {
  const name = fc.string({ minLength: 1, maxLength: 4 }).filter((text) => !/^\d|^__proto__$/.test(text));
  const entry = fc.tuple(name, node, fc.constantFrom('required', 'there', 'left out'));
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

function arrays(node: fc.Arbitrary<SchemaAndValue>): fc.Arbitrary<SchemaAndValue> {
  const lists = fc.tuple(node, fc.nat({ max: 3 }), fc.nat({ max: 2 })).map(([{ schema, value }, count, more]) => ({
    schema: { type: 'array', items: schema, minItems: Math.max(0, count - 1), maxItems: count + more },
    value: Array.from({ length: count }, () => value),
  }));
  const tuples = fc.array(node, { minLength: 1, maxLength: 3 }).map((items) => ({
    schema: { type: 'array', prefixItems: items.map(({ schema }) => schema), minItems: items.length, items: false },
    value: items.map(({ value }) => value),
  }));
  return fc.oneof(lists, tuples);
}

function alternatives(node: fc.Arbitrary<SchemaAndValue>): fc.Arbitrary<SchemaAndValue> {
  return fc
    .tuple(node, node)
    .map(([first, second]) => ({ schema: { anyOf: [first.schema, second.schema] }, value: second.value }));
}

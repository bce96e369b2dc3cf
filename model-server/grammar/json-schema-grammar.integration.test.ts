import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { TINY_RECIPE, writeRandomModel } from '@rerig/models/gguf-writing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';

const MAIN = join(import.meta.dirname, '..', 'main.ts');
const LIMIT_MS = 120_000;
const answerSchema = z.looseObject({
  choices: z
    .array(z.looseObject({ finish_reason: z.string(), message: z.looseObject({ content: z.string() }) }))
    .min(1),
});

let folder = '';
let child: ChildProcess;
let url = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rerig-grammar-'));
  const modelPath = join(folder, 'tiny.gguf');
  writeRandomModel(modelPath);
  const flags = ['--model', modelPath, '--context', '2048', '--parallel', '2'];
  child = spawn(process.execPath, [MAIN, '--listen', '127.0.0.1:0', ...flags], { stdio: ['pipe', 'pipe', 'ignore'] });
  if (child.stdout === null) return;
  for await (const line of createInterface({ input: child.stdout })) {
    const event = z.looseObject({ event: z.string(), listen: z.string().optional() }).parse(JSON.parse(line));
    if (event.event !== 'ready') continue;
    url = `http://${event.listen}`;
    break;
  }
}, LIMIT_MS);
afterAll(() => {
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Schemas whose values are short. */
function schemas(): fc.Arbitrary<object> {
  return fc.letrec<{ leaf: object; schema: object }>((tie) => ({
    leaf: fc.constantFrom<object>(
      { type: 'integer', minimum: -20, maximum: 12_345 },
      { type: 'number', exclusiveMinimum: 0, maximum: 1 },
      { type: 'string', minLength: 2, maxLength: 9 },
      { type: 'string', pattern: '^[a-f]{2,4}(-\\d+){1,2}$' },
      { type: 'string', format: 'date-time' },
      { type: 'string', format: 'uuid' },
      { type: 'string', format: 'email' },
      { type: 'string', format: 'ipv6' },
      { type: 'string', format: 'duration' },
      { type: 'string', format: 'hostname' },
      { enum: ['one', 'on', 2, null, { a: [] }, 'öne'] },
      { type: ['boolean', 'null'] },
    ),
    schema: fc.oneof(
      { maxDepth: 3 },
      tie('leaf'),
      fc.record({
        type: fc.constant('array'),
        items: tie('schema'),
        minItems: fc.nat({ max: 2 }),
        maxItems: fc.integer({ min: 2, max: 4 }),
      }),
      fc.tuple(tie('schema'), tie('schema')).map((anyOf) => ({ anyOf })),
      fc.dictionary(fc.constantFrom('a', 'b', 'c"', 'ab'), tie('schema'), { minKeys: 1 }).chain((properties) =>
        fc.record({
          type: fc.constant('object'),
          properties: fc.constant(properties),
          required: fc.subarray(Object.keys(properties)),
          additionalProperties: fc.constant(false),
        }),
      ),
    ),
  })).schema;
}

it('makes a model with random weights write what the schema accepts', { timeout: LIMIT_MS }, async () => {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  let endedCount = 0;
  await fc.assert(
    fc.asyncProperty(schemas(), fc.nat(), async (schema, seed) => {
      const shape = { type: 'json_schema', json_schema: { name: 'made', schema } };
      const body = {
        model: TINY_RECIPE.name,
        messages: [{ role: 'user', content: 'Go.' }],
        response_format: shape,
        seed,
      };
      const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(body) });
      expect([response.status, response.ok ? '' : await response.clone().text()]).toEqual([200, '']);
      const [choice] = answerSchema.parse(await response.json()).choices;
      if (choice?.finish_reason !== 'stop') return;
      endedCount++;
      const value: unknown = JSON.parse(choice.message.content);
      const fits = ajv.compile(schema);
      expect([fits(value), fits.errors, value]).toEqual([true, null, value]);
    }),
    { numRuns: 80 },
  );
  expect(endedCount).toBeGreaterThan(60);
});

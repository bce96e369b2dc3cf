/**
 * Makes `slurmrestd.ts` from the OpenAPI document that a slurmrestd serves at /openapi/v3:
 *
 *     node executors/slurm/rest/generate.ts OPENAPI.json
 *
 * Of the document, only what the adapter speaks is kept, so that a change of Slurm's that touches us is seen as a
 * difference in that file. The generator runs outside the workspace: it wants an older TypeScript than ours.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvariantError } from '@rerig/domain/fault';

const PATHS = ['/slurm/v0.0.38/job/submit', '/slurm/v0.0.38/job/{job_id}', '/slurm/v0.0.38/ping'];

/** Of the long records, what the adapter reads or writes. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'v0.0.38_job_properties': [
    ...['comment', 'current_working_directory', 'environment', 'gpus_per_task', 'gres', 'memory_per_cpu', 'name'],
    ...['open_mode', 'partition', 'requeue', 'signal', 'standard_output', 'tasks', 'time_limit'],
  ],
  'v0.0.38_job_response_properties': [
    ...['comment', 'exit_code', 'gres_detail', 'job_id', 'job_state', 'name', 'nodes', 'partition', 'restart_cnt'],
    ...['state_reason', 'user_name'],
  ],
};

type Json = Readonly<Record<string, unknown>>;

const [, , source] = process.argv;
if (source === undefined) throw new InvariantError('name the OpenAPI document that slurmrestd gave');
const folder = mkdtempSync(join(tmpdir(), 'rerig-openapi-'));
const pruned = join(folder, 'openapi.json');
writeFileSync(pruned, JSON.stringify(prune(parseJson(readFileSync(source, 'utf8')))));
const target = join(import.meta.dirname, 'slurmrestd.ts');
const packages = ['-p', 'openapi-typescript@7.13.0', '-p', 'typescript@5.9.3'];
const words = ['--yes', ...packages, 'openapi-typescript', pruned, '--immutable', '-o', target];
execFileSync('npx', words, { cwd: folder, stdio: ['ignore', 2, 2] });
rmSync(folder, { recursive: true });
// The house's rule for data; the generator leaves the outermost properties open.
writeFileSync(
  target,
  readFileSync(target, 'utf8').replaceAll(
    /^( {2,4})(schemas|responses|parameters|requestBodies|headers|pathItems)(:)/gm,
    '$1readonly $2$3',
  ),
);
execFileSync('npx', ['biome', 'check', '--write', target], { stdio: ['ignore', 2, 2] });

function parseJson(text: string): Json {
  return parseRecord(JSON.parse(text));
}

function parseRecord(value: unknown): Json {
  if (typeof value !== 'object' || value === null) throw new InvariantError('the document is no OpenAPI document');
  return Object.fromEntries(Object.entries(value));
}

function prune(document: Json): Json {
  const paths = parseRecord(document.paths);
  const schemas = parseRecord(parseRecord(document.components).schemas);
  const kept = Object.fromEntries(PATHS.map((path) => [path, paths[path]]));
  const used = new Map<string, unknown>();
  collect(kept, schemas, used);
  const { info, openapi } = document;
  return { openapi, info, paths: kept, components: { schemas: Object.fromEntries(used) } };
}

/** Every schema that is referred to, and those that these refer to. */
function collect(part: unknown, schemas: Json, used: Map<string, unknown>): void {
  for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
    if (used.has(name)) continue;
    const schema = withFields(parseRecord(schemas[name]), FIELDS[name]);
    used.set(name, schema);
    collect(schema, schemas, used);
  }
}

function withFields(schema: Json, names: readonly string[] | undefined): Json {
  if (names === undefined) return schema;
  const properties = Object.entries(parseRecord(schema.properties)).filter(([name]) => names.includes(name));
  return { ...schema, properties: Object.fromEntries(properties) };
}

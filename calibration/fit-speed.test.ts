import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { priorCoefficients } from './fit.ts';
import type { SpeedRow } from './speed-rows.ts';
import { syntheticRows } from './synthetic-rows.ts';

const RUN_LIMIT_MS = 25_000;
const GIB = 2 ** 30;
const WRITTEN = new URL('../domain/grading/speed-fit.ts', import.meta.url);

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function calibrate(...args: readonly string[]): Promise<Run> {
  const { promise, resolve } = Promise.withResolvers<Run>();
  execFile(
    process.execPath,
    [join(import.meta.dirname, 'fit-speed.ts'), ...args],
    { timeout: RUN_LIMIT_MS },
    (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
    },
  );
  return promise;
}

const HEADING =
  'card,card_group,n_gpus,backend,runtime,model,params_b,active_params_b,quant,model_size_gib,phase,test,tokens_s,quality,source,notes';

const quantizationOf = { q8: 'Q8_0', 'k-quant': 'Q4_K_M', legacy: 'Q4_0', 'i-quant': 'IQ4_XS', f16: 'F16' } as const;

function lineOf({ phase, model, case: { route, request }, tokensPerSecond, modelName, test }: SpeedRow): string {
  const { parameterCount, weightsBytes, quantizationClass } = request;
  return [
    ...[model.name, model.family, 1, route, 'llama.cpp', modelName, parameterCount / 1e9, ''],
    ...[quantizationOf[quantizationClass], weightsBytes / GIB, phase, test, tokensPerSecond, 'A', 'synthetic', ''],
  ].join(',');
}

describe('npm run calibrate', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rerig-calibrate-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function fileOf(name: string, text: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  }

  it('prints the error on cards left out, by route and architecture, and one JSON line; it writes nothing unasked', async () => {
    const before = await readFile(WRITTEN, 'utf8');
    const groups = new Set(['RTX 3090', 'RX 580', 'Radeon VII']);
    const rows = (['generate', 'prompt'] as const)
      .flatMap((phase) => syntheticRows(phase, priorCoefficients(phase)))
      .filter(({ cardGroup }) => groups.has(cardGroup));
    const lines = [...rows.map(lineOf), 'RTX 3090,RTX 3090,2,cuda,llama.cpp,7B,6.74,,Q4_0,3.6,generate,tg128,99,A,s,'];
    const run = await calibrate('--data', await fileOf('synthetic.csv', [HEADING, ...lines].join('\n')));
    expect(run.status, run.stderr).toBe(0);
    expect(run.stderr).toMatch(/generation: cards left out whole\s+rows\s+median error\s+in 90 % interval/);
    const [line = '', ...more] = run.stdout.trim().split('\n');
    expect(more).toEqual([]);
    const { calibration, scores, rowsLeftOut } = JSON.parse(line);
    expect(calibration).toBe('speed');
    expect(rowsLeftOut).toEqual({ 'several cards': 1 });
    expect(Object.keys(scores.generate)).toEqual(
      expect.arrayContaining(['all', 'cuda', 'vulkan polaris', 'rocm vega-20']),
    );
    expect(scores.generate.all.rowCount + scores.prompt.all.rowCount).toBe(rows.length);
    expect(scores.generate.all.medianAbsoluteErrorPercent).toBeLessThan(1);
    expect(await readFile(WRITTEN, 'utf8')).toBe(before);
  });

  it.each([
    ['empty.csv', ''],
    ['other-columns.csv', 'a,b\n1,2\n'],
    ['ragged.csv', `${HEADING}\n1,2,3\n`],
    ['one-phase.csv', `${HEADING}\nRTX 3090,g,1,cuda,llama.cpp,7B,6.74,,Q4_0,3.6,generate,tg128,99,A,s,\n`],
  ])('refuses %s with what, why and mend, and status 1', async (name, text) => {
    const { status, stdout, stderr } = await calibrate('--data', await fileOf(name, text));
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^✖ .*\n {2}why .*\n {2}mend .*--data FILE\n$/);
  });

  it('refuses a file that is not there, with its name', async () => {
    const { status, stderr } = await calibrate('--data', join(folder, 'missing.csv'));
    expect(status).toBe(1);
    expect(stderr).toMatch(/missing\.csv/);
  });
});

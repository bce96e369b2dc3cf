import { stripTypeScriptTypes } from 'node:module';
import type { SpeedFit } from '@rerig/domain/grading';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { priorCoefficients } from './fit.ts';
import { syntheticRows } from './synthetic-rows.ts';
import { fitSource, measuredSource } from './write-fit.ts';

const fit: SpeedFit = {
  generate: { 'share cuda': -0.1756, mixture: 0.1 },
  prompt: { 'compute cuda': 0.1293 },
  spread: {
    generate: { cuda: 0.28, 'cuda small': 0.4, 'cuda mixture': 0.45, rocm: 0.64, vulkan: 0.82 },
    prompt: { cuda: 0.65, 'cuda small': 0.6, 'cuda mixture': 0.64, rocm: 0.71, vulkan: 0.7 },
  },
  generateByCard: { 'gtx-1070 cuda': -0.0738 },
  promptByCard: {},
  generateRowCount: 357,
  promptRowCount: 204,
  cardModelCount: 75,
  fittedOn: '2026-11-25',
};

const rows = syntheticRows('generate', priorCoefficients('generate'));

function syntaxErrorsOf(text: string): readonly string[] {
  const { diagnostics = [] } = ts.transpileModule(text, { reportDiagnostics: true });
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

/** What a source text exports, run as Node runs it: with its types stripped. */
async function exportsOf(text: string): Promise<Readonly<Record<string, unknown>>> {
  const script = stripTypeScriptTypes(text);
  return await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(script)}`);
}

describe('fitSource', () => {
  it('is TypeScript that gives the very fit that it was written from', async () => {
    const text = fitSource(fit);
    expect(syntaxErrorsOf(text)).toEqual([]);
    expect((await exportsOf(text)).speedFit).toEqual(fit);
  });

  it('says that it is written, and by what', () => {
    expect(fitSource(fit)).toMatch(/^\/\/ Written by `npm run calibrate -- --write`/);
  });
});

describe('measuredSource', () => {
  it('is TypeScript that gives each row with the index of its source', async () => {
    const text = measuredSource(rows, 'measuredGeneration');
    expect(syntaxErrorsOf(text)).toEqual([]);
    const { measuredGeneration, measuredGenerationSources } = await exportsOf(text);
    if (!Array.isArray(measuredGeneration) || !Array.isArray(measuredGenerationSources)) expect.fail('no lists');
    expect(measuredGeneration).toHaveLength(rows.length);
    for (const [index, row] of rows.entries()) {
      const [modelId, route, modelName, , parameterCount, , , promptTokenCount, speed, source] =
        measuredGeneration[index];
      expect([modelId, route, modelName, promptTokenCount]).toEqual([
        row.model.modelId,
        row.case.route,
        row.modelName,
        row.case.request.promptTokenCount,
      ]);
      expect(speed).toBe(row.tokensPerSecond);
      expect(parameterCount / row.case.request.parameterCount).toBeCloseTo(1, 3);
      expect(measuredGenerationSources[source]).toBe(row.source);
    }
  });

  it('keeps names and sources that hold quotes, line ends and backslashes as they are', async () => {
    const [first] = rows;
    if (first === undefined) expect.fail('no row');
    const odd = { ...first, modelName: 'a "7B"\n\\u0041 `x`', source: "it's\u2028 </script>" };
    const text = measuredSource([odd], 'measuredPrompts');
    expect(syntaxErrorsOf(text)).toEqual([]);
    const { measuredPrompts, measuredPromptsSources } = await exportsOf(text);
    expect(Array.isArray(measuredPrompts) ? measuredPrompts[0][2] : undefined).toBe(odd.modelName);
    expect(measuredPromptsSources).toEqual([odd.source]);
  });

  it('leaves out rows whose settings are not stated, and says one row once', () => {
    const unstated = rows.map((row) => ({ ...row, case: { ...row.case, conditions: { isLocalScore: true } } }));
    expect(measuredSource([...rows, ...rows, ...unstated], 'm')).toBe(measuredSource(rows, 'm'));
  });

  it('is TypeScript also of no row', async () => {
    expect((await exportsOf(measuredSource([], 'none'))).none).toEqual([]);
  });
});

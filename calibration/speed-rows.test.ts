import { GIB } from '@rerig/domain/quantity';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSpeedRows } from './speed-rows.ts';

const COLUMNS = [
  ...['card', 'card_group', 'n_gpus', 'backend', 'runtime', 'model', 'params_b', 'active_params_b', 'quant'],
  ...['model_size_gib', 'phase', 'test', 'tokens_s', 'pcie', 'source', 'notes', 'quality'],
] as const;

type Cells = Partial<Record<(typeof COLUMNS)[number], string>>;

const usual: Cells = {
  ...{ card: 'GTX 1080 Ti', card_group: 'GTX 1080 Ti', n_gpus: '1', backend: 'cuda', runtime: 'llama.cpp' },
  ...{ model: 'llama 7B', params_b: '6.74', quant: 'Q4_0', model_size_gib: '3.56', phase: 'generate', test: 'tg128' },
  ...{ tokens_s: '62.5', source: 'someone/somewhere@1', quality: 'A' },
};

function csvOf(...rows: readonly Cells[]): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  return [COLUMNS, ...rows.map((row) => COLUMNS.map((column) => row[column] ?? ''))]
    .map((cells) => cells.map(quoted).join(','))
    .join('\n');
}

function rowOf(cells: Cells) {
  const { rows } = parseSpeedRows(csvOf({ ...usual, ...cells }));
  return rows[0] ?? expect.fail('it was left out');
}

describe('parseSpeedRows', () => {
  it('reads a row: the card of the catalogue, the request, the speed and where it is from', () => {
    const row = rowOf({});
    expect(row.model.modelId).toBe('gtx-1080-ti');
    expect(row.case.route).toBe('cuda');
    expect(row.case.request).toEqual({
      parameterCount: 6.74e9,
      activeParameterCount: 6.74e9,
      weightsBytes: 3.56 * GIB,
      quantizationClass: 'legacy',
      promptTokenCount: 512,
      generateTokenCount: 128,
    });
    expect([row.phase, row.tokensPerSecond, row.source]).toEqual(['generate', 62.5, 'someone/somewhere@1']);
  });

  it.each([
    ['several cards', { n_gpus: '4' }],
    ['several cards', { n_gpus: '' }],
    ['quality C', { quality: 'C' }],
    ['speculative or several streams', { test: 'gen mtp' }],
    ['not llama.cpp', { runtime: 'vllm' }],
    ['a patched llama.cpp', { card: 'CMP 170HX (unlocked), patched' }],
    ['one-bit weights', { quant: 'Q1_0' }],
    ['parameters or quantisation not stated', { params_b: '' }],
    ['parameters or quantisation not stated', { params_b: 'seven' }],
    ['parameters or quantisation not stated', { quant: 'unheard of' }],
    ['parameters or quantisation not stated', { active_params_b: 'few' }],
    ['parameters or quantisation not stated', { model_size_gib: '-3' }],
    ['no speed that is a number above 0', { tokens_s: '' }],
    ['no speed that is a number above 0', { tokens_s: '0' }],
    ['no speed that is a number above 0', { tokens_s: 'fast' }],
    ['no speed that is a number above 0', { tokens_s: '1e999' }],
    ['a mixture whose active parameters are not stated', { model: 'Qwen3 30B-A3B', params_b: '30.5' }],
    ['the model does not fit in the card’s VRAM, or the card is not known', { card: 'Voodoo 9000' }],
    ['the model does not fit in the card’s VRAM, or the card is not known', { model_size_gib: '10.8' }],
  ] as const)('leaves out a row and says "%s" for %o', (reason, cells) => {
    expect(parseSpeedRows(csvOf({ ...usual, ...cells }))).toEqual({ rows: [], leftOut: { [reason]: 1 } });
  });

  it('takes of several amounts of VRAM the least that holds the model', () => {
    const vramOf = (sizeGib: string) =>
      rowOf({ card: 'RX 580', backend: 'vulkan', model_size_gib: sizeGib }).model.vramBytes;
    expect(vramOf('2.1')).toBe(4 * GIB);
    expect(vramOf('4.5')).toBe(8 * GIB);
  });

  it.each([
    ['pp2048', '', 2048],
    ['tg128', '', 512],
    ['gen 128 (prompt 4096)', '', 4096],
    ['gen@16k', '', 16_000],
    ['gen', 'after a 900-token prompt', 900],
  ])('reads of the test "%s" (notes "%s") a prompt of %d tokens', (test, notes, promptTokenCount) => {
    expect(rowOf({ test, notes }).case.request.promptTokenCount).toBe(promptTokenCount);
  });

  it('reckons weights from bits where the size is not stated, and keeps a mixture’s active parameters', () => {
    const { request } = rowOf({ model_size_gib: '', active_params_b: '3.3', card: 'RTX 3090' }).case;
    expect(request.weightsBytes).toBeCloseTo((6.74e9 * 4.6) / 8, -3);
    expect(request.activeParameterCount).toBeCloseTo(3.3e9, -3);
  });

  it('marks what moves a figure: LocalScore, a route that is not said, a narrow host', () => {
    const marked = rowOf({ runtime: 'llamafile/LocalScore', backend: 'rocm/vulkan', pcie: 'x1 Gen1', card: 'RX 6800' });
    expect(marked.case.conditions).toEqual({ isLocalScore: true, isRouteUnstated: true, isNarrowHost: true });
    expect(marked.case.route).toBe('rocm');
    expect(rowOf({}).case.conditions).toEqual({ isLocalScore: false, isRouteUnstated: false, isNarrowHost: false });
  });

  it('takes a throttled card as unlocked, unless its name says stock', () => {
    expect(rowOf({ card: 'CMP 90HX' }).case.card.throttleFactor).toBe(1);
    expect(rowOf({ card: 'CMP 90HX (stock)' }).case.card.throttleFactor).toBeGreaterThan(1);
  });

  it('uses every row or counts why not, whatever its cells, and no figure that it gives is other than a number above 0', () => {
    const cell = fc.oneof(fc.string(), fc.double().map(String), fc.constantFrom('1', '7', '-1', 'NaN', 'Q4_K_M', 'A'));
    const cells = fc.record(Object.fromEntries(COLUMNS.map((column) => [column, cell])), { requiredKeys: [] });
    const table = fc.array(
      cells.map((changed): Cells => ({ ...usual, ...changed })),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(table, (rows) => {
        const read = parseSpeedRows(csvOf(...rows));
        const leftOutCount = Object.values(read.leftOut).reduce((sum, count) => sum + count, 0);
        expect(read.rows.length + leftOutCount).toBe(rows.length);
        for (const {
          tokensPerSecond,
          case: { card, request },
        } of read.rows) {
          const { parameterCount, activeParameterCount, weightsBytes, promptTokenCount } = request;
          const figures = [tokensPerSecond, parameterCount, activeParameterCount, weightsBytes, promptTokenCount];
          const rates = [card.memoryBandwidthBytesPerSecond, card.fp32OperationsPerSecond, card.throttleFactor];
          expect([...figures, ...rates].every((figure) => Number.isFinite(figure) && figure > 0)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

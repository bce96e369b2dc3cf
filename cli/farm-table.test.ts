import { gradeFarm } from '@rerig/domain/grading';
import { exampleFarmFiles, readInventory } from '@rerig/domain/inventory';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderFarm } from './farm-table.ts';

const example = gradeFarm(readInventory(exampleFarmFiles).farm);

describe('renderFarm', () => {
  it('stays within 80 columns and writes a row for every card', () => {
    const lines = renderFarm(example, { columnCount: 80, color: false }).split('\n');
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(80);
    expect(lines.filter((line) => /^[0-9a-f]{2}:00\.0 /.test(line))).toHaveLength(14);
    expect(lines).toContain('06:00.0  RTX 3080 10GB          9.8 GiB  C      8B Q4   cuda-13  memory-hot');
  });

  it('says how RAM is known', () => {
    const [hello] = exampleFarmFiles;
    if (hello === undefined) expect.fail('the example is empty');
    const text = renderFarm(gradeFarm(readInventory([hello]).farm), { columnCount: 80, color: false });
    expect(text).toContain('RAM    4 GiB, typical of this board, not reported');
  });

  it('tells a finding of several cards once, with all their buses', () => {
    const text = renderFarm(example, { columnCount: 80, color: false });
    expect(text.match(/i route-ending, 09:00\.0, 0a:00\.0/g)).toHaveLength(1);
  });

  it('colours only where it is asked to', () => {
    expect(renderFarm(example, { columnCount: 80, color: false })).not.toContain('\u001b');
    expect(renderFarm(example, { columnCount: 80, color: true })).toContain('\u001b');
  });

  it('writes a farm without rigs', () => {
    expect(renderFarm(gradeFarm({ rigs: [] }), { columnCount: 80, color: false })).toContain('0 rigs, 0 cards');
  });

  it('stays within its columns whatever cards, boards and processors are called', () => {
    const anyName = fc.string({ maxLength: 300 });
    fc.assert(
      fc.property(anyName, anyName, fc.integer({ min: 80, max: 140 }), (name, product, columnCount) => {
        const params = {
          rig_id: 1,
          gpu: [{ busid: '01:00.0', name, brand: 'nvidia', mem: '8192 MB' }],
          cpu: { model: product },
          mb: { product },
        };
        const { farm } = readInventory([{ name: 'f', text: JSON.stringify({ method: 'hello', params }) }]);
        const lines = renderFarm(gradeFarm(farm), { columnCount, color: false }).split('\n');
        expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(columnCount);
      }),
    );
  });
});

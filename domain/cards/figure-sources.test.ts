import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CardModel, cardModels, figureSourcesOf } from '../cards.ts';

function modelNamed(name: string): CardModel {
  return cardModels.find((model) => model.name === name) ?? expect.fail(`the catalogue lacks ${name}`);
}

describe('figureSourcesOf', () => {
  it('names a source for each figure that a model has, and for no other', () => {
    fc.assert(
      fc.property(fc.constantFrom(...cardModels), (model) => {
        const sources = figureSourcesOf(model);
        for (const [name, figure] of Object.entries(sources)) {
          expect(figure.source, `${model.name} ${name}`).not.toBe('');
          expect(model).toHaveProperty(name);
        }
        expect(Object.keys(sources).includes('fp32Tflops')).toBe(model.fp32Tflops !== undefined);
        expect(Object.keys(sources).includes('vramBytes')).toBe(model.vramBytes !== undefined);
        expect(Object.keys(sources).includes('pciIds')).toBe(model.pciIds.length > 0);
      }),
    );
  });

  it('says what is reckoned, what differs, and what was entered by hand', () => {
    const p40 = figureSourcesOf(modelNamed('Tesla P40'));
    expect(p40.memoryBandwidthBytesPerSecond).toMatchObject({
      trust: 'low',
      source: expect.stringContaining('differ'),
    });
    expect(p40.int8DotTops?.source).toContain('reckoned');
    const rtx5090 = figureSourcesOf(modelNamed('RTX 5090'));
    expect(rtx5090.fp32Tflops?.source).toContain('21760x2407');
    expect(rtx5090.memoryBandwidthBytesPerSecond).toMatchObject({ trust: 'medium' });
    expect(figureSourcesOf(modelNamed('H100 PCIe 80GB')).matrixFp16Tflops).toMatchObject({ trust: 'high' });
    expect(figureSourcesOf(modelNamed('CMP 40HX')).stockThrottle).toMatchObject({ trust: 'low' });
    expect(figureSourcesOf(modelNamed('CMP 170HX 64GB')).vramBytes?.source).toContain('It-Still-Boots');
  });
});

import { describe, expect, it } from 'vitest';
import { matchCard } from '../cards.ts';
import { gradeCard } from '../grading.ts';
import type { Measurement, ObservedCard } from '../inventory.ts';
import { GIB } from '../quantity.ts';
import { speedOf } from './predict-speed.ts';

const eightB = {
  parameterCount: 8.03e9,
  activeParameterCount: 8.03e9,
  weightsBytes: 4.58 * GIB,
  quantizationClass: 'k-quant',
  promptTokenCount: 512,
  generateTokenCount: 128,
} as const;

function modelNamed(name: string) {
  const match = matchCard({ name });
  return match.kind === 'matched' ? match.model : expect.fail(`${name} is not one card`);
}

function measured(tokensPerSecond: number): Measurement {
  return {
    kind: 'tokens',
    phase: 'generate',
    tokensPerSecond,
    modelName: 'llama 8B Q4_K - Medium',
    parameterCount: 8.03e9,
    weightsBytes: 4.58 * GIB,
    source: 'bench.txt',
  };
}

describe('speedOf', () => {
  it('takes a measurement of the card before one of its model, and that before a prediction', () => {
    const model = modelNamed('RTX 3090');
    const onCard = speedOf(model, 'cuda', eightB, { measurements: [measured(97)] });
    const onModel = speedOf(model, 'cuda', eightB);
    const predicted = speedOf(modelNamed('RTX 3070'), 'cuda', eightB);
    expect(onCard?.generateTokensPerSecond.mid).toBeCloseTo(97, 6);
    expect(onModel?.generateTokensPerSecond.mid).toBeCloseTo(111.74, 2);
    expect([onModel?.evidence, predicted?.evidence]).toEqual(['measured-model', 'predicted']);
    const { low = 0, high = 0 } = predicted?.generateTokensPerSecond ?? {};
    expect([low > 45, high < 130]).toEqual([true, true]);
  });

  it('leaves out what the card’s memory cannot read', () => {
    const model = modelNamed('RTX 3090');
    const speed = speedOf(model, 'cuda', eightB, { measurements: [measured(521)] });
    expect(speed?.generateTokensPerSecond.mid).toBeCloseTo(111.74, 2);
  });

  it('spans a mining card as shipped and unlocked, and narrows when its name says which', () => {
    const model = modelNamed('CMP 90HX');
    const [either, stock, unlocked] = ([{}, { firmware: 'stock' }, { firmware: 'unlocked' }] as const).map(
      (known) => speedOf(model, 'cuda', eightB, known)?.generateTokensPerSecond,
    );
    expect(either?.low).toBe(stock?.low);
    expect(either?.high).toBe(unlocked?.high);
    expect((unlocked?.mid ?? 0) > 1.5 * (stock?.mid ?? 0)).toBe(true);
  });
});

describe('a card that no catalogue has', () => {
  const unknown: ObservedCard = { cardId: 'r/1', kind: 'gpu', name: 'Moore MTT S80', vramBytes: 16 * GIB };

  it('has no grade without a measurement, and one by what was measured of it', () => {
    expect(gradeCard(unknown).grade).toBeNull();
    const graded = gradeCard({ ...unknown, measurements: [measured(30)] });
    expect([graded.grade, graded.evidence, graded.largestFit]).toEqual(['B', 'measured-card', '14B Q4_K_M']);
    const fourteen = graded.fits.find(({ workload }) => workload.name === '14B Q4_K_M');
    expect(fourteen?.speed?.generateTokensPerSecond.mid).toBeCloseTo((30 * 4.58) / 8.37, 3);
  });
});

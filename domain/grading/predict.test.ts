import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardModels, routesOf } from '../cards.ts';
import { isFault } from '../fault.ts';
import { type PredictAnswer, type PredictRequest, predict } from './predict.ts';
import type { QuantizationClass } from './quantization.ts';
import type { Interval } from './speed.ts';
import { type SpeedCard, type SpeedRoute, speedCardOf } from './speed-card.ts';
import { speedFit } from './speed-fit.ts';
import { logGenerateSpeed, logPromptSpeed, type SpeedRequest } from './speed-formula.ts';

const RUNS = { numRuns: 300 };

/** The logarithm's own rounding: two speeds that differ by less are the same. */
const SAME = 1e-9;

const knownCards = cardModels.flatMap((model) => speedCardOf(model) ?? []);
const cards: fc.Arbitrary<SpeedCard> = fc.constantFrom(...knownCards);
const routes = fc.constantFrom<SpeedRoute>('cuda', 'rocm', 'vulkan');
const classes = fc.constantFrom<QuantizationClass>('legacy', 'k-quant', 'i-quant', 'q8', 'f16');
const factors = fc.double({ min: 1, max: 20, noNaN: true });

/** From a small embedding model to the largest open one, dense or a mixture, at 1 to 16 bits a weight. */
const requests: fc.Arbitrary<SpeedRequest> = fc
  .record({
    parameterCount: fc.double({ min: 1e8, max: 1e12, noNaN: true }),
    activeShare: fc.oneof(fc.constant(1), fc.double({ min: 0.01, max: 1, noNaN: true })),
    bitsPerWeight: fc.double({ min: 1, max: 16, noNaN: true }),
    quantizationClass: classes,
    promptTokenCount: fc.integer({ min: 1, max: 200_000 }),
    generateTokenCount: fc.integer({ min: 0, max: 10_000 }),
  })
  .map(({ parameterCount, activeShare, bitsPerWeight, ...rest }) => ({
    ...rest,
    parameterCount,
    activeParameterCount: parameterCount * activeShare,
    weightsBytes: (parameterCount * bitsPerWeight) / 8,
  }));

function generateLog(card: SpeedCard, route: SpeedRoute, request: SpeedRequest): number {
  return logGenerateSpeed({ card, route, request }, speedFit.generate);
}

function promptLog(card: SpeedCard, route: SpeedRoute, request: SpeedRequest): number {
  return logPromptSpeed({ card, route, request }, speedFit.prompt);
}

function withBandwidth(card: SpeedCard, factor: number): SpeedCard {
  return { ...card, memoryBandwidthBytesPerSecond: card.memoryBandwidthBytesPerSecond * factor };
}

function withFp32(card: SpeedCard, factor: number): SpeedCard {
  return { ...card, fp32OperationsPerSecond: card.fp32OperationsPerSecond * factor };
}

describe('the speed formulas, with the terms as fitted', () => {
  it('never predict fewer tokens/s of either kind for more memory bandwidth', () => {
    fc.assert(
      fc.property(cards, routes, requests, factors, (card, route, request, factor) => {
        const wider = withBandwidth(card, factor);
        expect(generateLog(wider, route, request)).toBeGreaterThanOrEqual(generateLog(card, route, request) - SAME);
        expect(promptLog(wider, route, request)).toBeGreaterThanOrEqual(promptLog(card, route, request) - SAME);
      }),
      RUNS,
    );
  });

  it('never predict fewer tokens/s of either kind for more FP32', () => {
    fc.assert(
      fc.property(cards, routes, requests, factors, (card, route, request, factor) => {
        const faster = withFp32(card, factor);
        expect(promptLog(faster, route, request)).toBeGreaterThanOrEqual(promptLog(card, route, request) - SAME);
        expect(generateLog(faster, route, request)).toBeGreaterThanOrEqual(generateLog(card, route, request) - SAME);
      }),
      RUNS,
    );
  });

  it('never predict more tokens/s for larger weights of the same class', () => {
    fc.assert(
      fc.property(cards, routes, requests, factors, (card, route, request, factor) => {
        const larger = { ...request, weightsBytes: request.weightsBytes * factor };
        expect(generateLog(card, route, larger)).toBeLessThanOrEqual(generateLog(card, route, request) + SAME);
        expect(promptLog(card, route, larger)).toBeLessThanOrEqual(promptLog(card, route, request) + SAME);
      }),
      RUNS,
    );
  });

  it('never generate faster after a longer prompt', () => {
    fc.assert(
      fc.property(cards, routes, requests, factors, (card, route, request, factor) => {
        const longer = { ...request, promptTokenCount: request.promptTokenCount * factor };
        expect(generateLog(card, route, longer)).toBeLessThanOrEqual(generateLog(card, route, request) + SAME);
      }),
      RUNS,
    );
  });

  it('never predict more for a card that is throttled more', () => {
    fc.assert(
      fc.property(cards, routes, requests, factors, (card, route, request, factor) => {
        const slowed = { ...card, throttleFactor: card.throttleFactor * factor };
        expect(generateLog(slowed, route, request)).toBeLessThanOrEqual(generateLog(card, route, request) + SAME);
        expect(promptLog(slowed, route, request)).toBeLessThanOrEqual(promptLog(card, route, request) + SAME);
      }),
      RUNS,
    );
  });

  it('never read weights faster than the memory’s peak allows by half', () => {
    fc.assert(
      fc.property(cards, routes, requests, (card, route, request) => {
        const readBytes = (request.weightsBytes * request.activeParameterCount) / request.parameterCount;
        const readBytesPerSecond = readBytes * Math.exp(generateLog(card, route, request));
        expect(readBytesPerSecond).toBeLessThanOrEqual(1.5 * card.memoryBandwidthBytesPerSecond);
      }),
      RUNS,
    );
  });
});

const cardNames = fc.constantFrom(...cardModels.map(({ name }) => name));
const quantizations = fc.constantFrom('Q4_K_M', 'Q4_0', 'Q8_0', 'IQ4_XS', 'F16', 'mxfp4', 'UD-Q5_K_XL');

const sensible: fc.Arbitrary<PredictRequest> = fc
  .record({
    card: cardNames,
    quantization: quantizations,
    parameters: fc.double({ min: 1e8, max: 1e12, noNaN: true }),
    activeShare: fc.option(fc.double({ min: 0.01, max: 1, noNaN: true })),
    promptTokens: fc.integer({ min: 1, max: 100_000 }),
    generateTokens: fc.integer({ min: 0, max: 10_000 }),
  })
  .map(({ activeShare, ...rest }) => ({
    ...rest,
    activeParameters: activeShare === null ? null : rest.parameters * activeShare,
  }));

function expectSound(answer: ReturnType<typeof predict>): void {
  if (isFault(answer)) {
    for (const words of [answer.what, answer.why, answer.mend]) expect(words).toMatch(/\S.*\.$/s);
    return;
  }
  expect(answer.neededBytes).toBeGreaterThanOrEqual(0);
  expect(Number.isFinite(answer.neededBytes)).toBe(true);
  for (const interval of [answer.generateTokensPerSecond, answer.promptTokensPerSecond]) {
    if (interval !== null) expectOrdered(interval);
  }
  if (answer.fits) expect(answer.generateTokensPerSecond).not.toBeNull();
  expect(answer.why).not.toBe('');
  expect(JSON.stringify(answer)).not.toMatch(/NaN|Infinity|:null,"mid"/);
}

function expectOrdered({ low, mid, high }: Interval): void {
  expect([low, mid, high].every((value) => Number.isFinite(value) && value > 0)).toBe(true);
  expect(low).toBeLessThanOrEqual(mid);
  expect(mid).toBeLessThanOrEqual(high);
}

function answerTo(request: PredictRequest): PredictAnswer {
  const answer = predict(request);
  return isFault(answer) ? expect.fail(answer.what) : answer;
}

describe('predict', () => {
  it('gives low ≤ mid ≤ high, all of them numbers, for every card of the catalogue', () => {
    fc.assert(
      fc.property(sensible, (request) => expectSound(predict(request))),
      RUNS,
    );
  });

  it('gives an answer or a fault for any words as card, route and quantisation', () => {
    const words = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), cardNames, quantizations);
    const route = fc.oneof(words, fc.constantFrom('cuda', 'cuda-12', 'CUDA', 'rocm', 'vulkan', 'cpu', ''));
    fc.assert(
      fc.property(sensible, words, route, words, (request, card, routeName, quantization) => {
        expectSound(predict({ ...request, card, route: routeName, quantization }));
        expectSound(predict({ ...request, route: routeName }));
        expectSound(predict({ ...request, quantization }));
      }),
      RUNS,
    );
  });

  it('gives an answer or a fault for any sizes above 0', () => {
    const sizes = fc.double({ min: 1e-6, max: 1e13, noNaN: true });
    const counts = fc.integer({ min: 0, max: 10_000_000 });
    fc.assert(
      fc.property(
        cardNames,
        sizes,
        sizes,
        fc.option(sizes),
        counts,
        counts,
        (card, parameters, active, weights, p, g) => {
          const asked = { card, parameters, activeParameters: active, weightsBytes: weights, quantization: 'Q4_K_M' };
          expectSound(predict({ ...asked, promptTokens: p, generateTokens: g }));
        },
      ),
      RUNS,
    );
  });

  it('fits no more, and where it is predicted runs no faster, as weights grow', () => {
    fc.assert(
      fc.property(sensible, fc.double({ min: 1, max: 4, noNaN: true }), (request, factor) => {
        const weightsBytes = request.parameters * 0.6;
        const [small, large] = [weightsBytes, weightsBytes * factor].map((bytes) =>
          predict({ ...request, quantization: 'Q4_K_M', weightsBytes: bytes }),
        );
        if (small === undefined || large === undefined || isFault(small) || isFault(large)) return;
        expect(large.neededBytes).toBeGreaterThanOrEqual(small.neededBytes);
        expect(Number(large.fits)).toBeLessThanOrEqual(Number(small.fits));
        const [one, other] = [small.generateTokensPerSecond, large.generateTokensPerSecond];
        const arePredicted = [small, large].every(({ why }) => !why.includes('Measured on'));
        const isSameCard = small.cards.join() === large.cards.join();
        if (one === null || other === null || !arePredicted || !isSameCard) return;
        expect(other.mid).toBeLessThanOrEqual(one.mid * 1.001);
      }),
      RUNS,
    );
  });

  it('gives the same answer by the route that it chose itself', () => {
    fc.assert(
      fc.property(sensible, (request) => {
        const answer = predict(request);
        if (!isFault(answer)) expect(predict({ ...request, route: answer.route })).toEqual(answer);
      }),
      RUNS,
    );
  });

  it('tells no speed of a model that does not fit, and never spills it to the rig', () => {
    const answer = answerTo({ card: 'RX 580 8GB', parameters: 32.8e9, quantization: 'Q4_K_M' });
    expect([answer.fits, answer.generateTokensPerSecond, answer.promptTokensPerSecond]).toEqual([false, null, null]);
    expect(answer.why).toMatch(/nothing is spilled/);
  });

  it('refuses CUDA for AMD and ROCm for NVIDIA, with the routes that there are', () => {
    for (const [card, route] of [
      ['RX 580 8GB', 'cuda'],
      ['GTX 1080', 'rocm'],
      ['GTX 1080', 'cpu'],
    ] as const) {
      const answer = predict({ card, route, parameters: 8e9, quantization: 'Q4_K_M' });
      expect(isFault(answer) ? answer.code : answer).toBe('predict-route-missing');
      if (isFault(answer)) expect(answer.why).toMatch(/vulkan/);
    }
  });

  it('predicts for every card model that some stack drives and whose figures are known', () => {
    const driven = cardModels.filter(
      (model) => speedCardOf(model) !== undefined && routesOf(model).some(({ status }) => status === 'supported'),
    );
    expect(driven.length).toBeGreaterThan(200);
    for (const { name } of driven) expectSound(answerTo({ card: name, parameters: 1.24e9, quantization: 'Q4_K_M' }));
  });
});

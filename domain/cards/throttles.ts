import type { StockThrottle } from './model.ts';

const SAME_FIRMWARE = 'not measured on this model: taken as the other CMP card of its architecture';

/**
 * By how much CMP firmware slows cards as shipped, by the catalogue's row name. Firmware unlocks exist: measure the card
 * in hand. CMP 30HX has none: FluidX3D runs on it as on a GTX 1660 SUPER, which a throttled FMA would not allow.
 */
export const stockThrottleByRow: Readonly<Record<string, StockThrottle>> = {
  'CMP 40HX': {
    fp32FmaFactor: 29.5,
    int8DotFactor: 25.9,
    source: `${SAME_FIRMWARE}, CMP 50HX; effects.csv e032`,
  },
  'CMP 50HX': {
    fp32FmaFactor: 29.5,
    int8DotFactor: 25.9,
    source: 'FASTCHIP gpu-envelope.jsonl: FMA 12.4 → 0.42 TFLOPS, DP4A 44 → 1.7 TOPS; effects.csv e032',
  },
  'CMP 70HX': {
    fp32FmaFactor: 14,
    int8DotFactor: 28.6,
    fp32ApartFactor: 14,
    source: `${SAME_FIRMWARE}, CMP 90HX; effects.csv e029, e030`,
  },
  'CMP 90HX': {
    fp32FmaFactor: 14,
    int8DotFactor: 28.6,
    matrixFactor: 17,
    fp32ApartFactor: 14,
    source:
      'latencies beside a card without throttle: all FP32 13 to 15 times, DP4A 28.6 times, tensor cores 17 to 200 ' +
      'times (the least is taken); half precision is not slowed; effects.csv e027, e029, e030',
  },
  'CMP 100-210': {
    fp32FmaFactor: 1,
    int8DotFactor: 1,
    matrixFactor: 16,
    source:
      'tensor cores and FP64 at a sixteenth, FP32, INT32 and FP16 at full rate, measured by an owner of sixteen cards ' +
      '(GPU Falcon Research, May 2026)',
  },
  'CMP 170HX': {
    fp32FmaFactor: 32,
    int8DotFactor: 34,
    matrixFactor: 17,
    fp32ApartFactor: 2,
    source:
      'FMA 0.395 of 12.63 TFLOPS, multiplication and addition apart 6.3 TFLOPS, DP4A 34 times the latency, tensor ' +
      'cores 17 to 200 times (the least is taken); effects.csv e027, e028, e031',
  },
};

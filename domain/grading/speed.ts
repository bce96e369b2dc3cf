import type { Evidence } from './evidence.ts';

/** A figure with its uncertainty: `low` to `high` is a 90 % interval, `mid` its median. */
export interface Interval {
  readonly low: number;
  readonly mid: number;
  readonly high: number;
}

/** How fast a card runs a language model, one stream. */
export interface ModelSpeed {
  readonly generateTokensPerSecond: Interval;
  readonly promptTokensPerSecond: Interval;
  /** The weaker of the two figures' evidence. */
  readonly evidence: Evidence;
  /** In words: by which figures, and how sure. */
  readonly why: string;
}

/** How widely a predicted speed strays from a measured one, as the logarithm of a factor that 90 % stay within. */
export interface SpeedSpread {
  readonly generate: Readonly<Record<SpreadClass, number>>;
  readonly prompt: Readonly<Record<SpreadClass, number>>;
}

/** Predictions that stray alike. `mixture`: of experts; `small`: dense, below 6e9 parameters. */
export type SpreadClass = 'cuda' | 'cuda small' | 'cuda mixture' | 'rocm' | 'vulkan';

/** What a fit gave, and from what. */
export interface SpeedFit {
  readonly generate: Readonly<Record<string, number>>;
  readonly prompt: Readonly<Record<string, number>>;
  readonly spread: SpeedSpread;
  /** Factors of card models that were measured, as logarithms, by `modelId route`: what the formula misses of them. */
  readonly generateByCard: Readonly<Record<string, number>>;
  readonly promptByCard: Readonly<Record<string, number>>;
  readonly generateRowCount: number;
  readonly promptRowCount: number;
  readonly cardModelCount: number;
  /** The day of the fit. */
  readonly fittedOn: string;
}

/** Speeds that others measured on a card model: one line a measurement. */
export type MeasuredSpeedRow = readonly [
  modelId: string,
  route: 'cuda' | 'rocm' | 'vulkan',
  modelName: string,
  quantization: string,
  parameterCount: number,
  activeParameterCount: number,
  weightsBytes: number,
  promptTokenCount: number,
  tokensPerSecond: number,
  sourceIndex: number,
];

import type { CardModel, RouteName } from '../cards.ts';

/** The routes that speed is predicted for: both CUDA generations run the same kernels. */
export type SpeedRoute = 'cuda' | 'rocm' | 'vulkan';

/** What a prediction uses of a card model. Rates are peaks as specified. */
export interface SpeedCard {
  readonly memoryBandwidthBytesPerSecond: number;
  /** At boost clock, counted as the maker does. */
  readonly fp32OperationsPerSecond: number;
  /** Chips whose kernels behave alike. */
  readonly architecture: SpeedArchitecture;
  readonly line: 'nvidia' | 'gcn' | 'rdna' | 'xe';
  /** By how much dot products of 8-bit numbers are slowed as shipped, 1 where they are not. */
  readonly throttleFactor: number;
}

/** What sets chips apart for language models. */
export interface ArchitectureTraits {
  readonly line: SpeedCard['line'];
  /** Stacked memory: one stream has too few reads under way to fill it. */
  readonly hasStackedMemory?: boolean;
  /** Its FP32 rate counts lanes that share their issue with integers, which unpacking weights needs. */
  readonly countsSharedLanes?: boolean;
  /** llama.cpp replays a token's kernels as one CUDA graph. Source: ggml-org/llama.cpp pull request 25749; effects.csv e056. */
  readonly hasGraphs?: boolean;
  /** Neither DP4A nor a like of it. */
  readonly lacksIntegerDot?: boolean;
  /** Matrix units that llama.cpp's kernels use, and FP16 matrix operations per FP32 operation as specified. */
  readonly matrixRatio?: number;
  /** Two FP16 operations a lane. */
  readonly hasPackedFp16?: boolean;
  /** Its compute capability claims tensor cores that it lacks. Source: effects.csv e041. */
  readonly claimsTensorCores?: boolean;
}

/** Every architecture that is told apart, with its traits. Ratios: the makers' white papers. */
export const architectureTraits = {
  kepler: { line: 'nvidia', lacksIntegerDot: true },
  maxwell: { line: 'nvidia', lacksIntegerDot: true },
  pascal: { line: 'nvidia' },
  'pascal-gp100': { line: 'nvidia', hasStackedMemory: true, lacksIntegerDot: true },
  volta: { line: 'nvidia', hasStackedMemory: true, matrixRatio: 8 },
  turing: { line: 'nvidia', matrixRatio: 8, hasPackedFp16: true },
  'turing-tu11x': { line: 'nvidia', claimsTensorCores: true, hasPackedFp16: true },
  'ampere-ga100': { line: 'nvidia', hasStackedMemory: true, hasGraphs: true, matrixRatio: 16 },
  ampere: { line: 'nvidia', countsSharedLanes: true, hasGraphs: true, matrixRatio: 4 },
  ada: { line: 'nvidia', countsSharedLanes: true, hasGraphs: true, matrixRatio: 4 },
  hopper: { line: 'nvidia', hasStackedMemory: true, hasGraphs: true, matrixRatio: 15 },
  blackwell: { line: 'nvidia', countsSharedLanes: true, hasGraphs: true, matrixRatio: 4 },
  gcn: { line: 'gcn', lacksIntegerDot: true },
  polaris: { line: 'gcn', lacksIntegerDot: true },
  'vega-10': { line: 'gcn', hasStackedMemory: true, lacksIntegerDot: true, hasPackedFp16: true },
  'vega-20': { line: 'gcn', hasStackedMemory: true, hasPackedFp16: true },
  cdna: { line: 'gcn', hasStackedMemory: true, hasPackedFp16: true, matrixRatio: 8 },
  'rdna-1': { line: 'rdna', lacksIntegerDot: true, hasPackedFp16: true },
  'rdna-2': { line: 'rdna', hasPackedFp16: true },
  'rdna-3': { line: 'rdna', countsSharedLanes: true, matrixRatio: 2 },
  'rdna-4': { line: 'rdna', countsSharedLanes: true, matrixRatio: 4 },
  /** Vulkan finds no matrix cores on it. Source: ggml-org/llama.cpp issue 17628. */
  alchemist: { line: 'xe', hasPackedFp16: true },
  /** Its matrix units gave Vulkan no gain: 621 prompt tokens/s of a 7B on a B580, and 1,074 on an A770 without any. */
  battlemage: { line: 'xe' },
} as const satisfies Readonly<Record<string, ArchitectureTraits>>;

/** An architecture's key. */
export type SpeedArchitecture = keyof typeof architectureTraits;

const byArchitecture: ReadonlyMap<string, SpeedArchitecture> = new Map([
  ['Kepler', 'kepler'],
  ['Maxwell', 'maxwell'],
  ['Pascal', 'pascal'],
  ['Volta', 'volta'],
  ['Turing', 'turing'],
  ['Ampere', 'ampere'],
  ['Ada Lovelace', 'ada'],
  ['Hopper', 'hopper'],
  ['Blackwell', 'blackwell'],
  ['GCN 1', 'gcn'],
  ['GCN 2', 'gcn'],
  ['GCN 3', 'gcn'],
  ['GCN 4 (Polaris)', 'polaris'],
  ['GCN 5 (Vega)', 'vega-10'],
  ['CDNA 1', 'cdna'],
  ['CDNA 2', 'cdna'],
  ['CDNA 3', 'cdna'],
  ['RDNA 1', 'rdna-1'],
  ['RDNA 2', 'rdna-2'],
  ['RDNA 3', 'rdna-3'],
  ['RDNA 4', 'rdna-4'],
  ['Xe-HPG (Alchemist)', 'alchemist'],
  ['Xe2-HPG (Battlemage)', 'battlemage'],
]);

/** Chips that differ from their architecture's others. */
const byChip: ReadonlyMap<string, SpeedArchitecture> = new Map([
  ['GP100', 'pascal-gp100'],
  ['TU116', 'turing-tu11x'],
  ['TU117', 'turing-tu11x'],
  ['GA100', 'ampere-ga100'],
  ['Vega 20', 'vega-20'],
]);

/** Which chips behave alike with a card model's; undefined for architectures that nothing is known of. */
export function speedArchitectureOf(model: CardModel): SpeedArchitecture | undefined {
  return byChip.get(model.chip) ?? byArchitecture.get(model.architecture);
}

/** What a prediction needs of a card model, as shipped or unlocked; undefined where the catalogue lacks a figure. */
export function speedCardOf(model: CardModel, isUnlocked = false): SpeedCard | undefined {
  const architecture = speedArchitectureOf(model);
  const { memoryBandwidthBytesPerSecond, fp32Tflops, stockThrottle } = model;
  if (architecture === undefined || memoryBandwidthBytesPerSecond === undefined || fp32Tflops === undefined) return;
  return {
    memoryBandwidthBytesPerSecond,
    fp32OperationsPerSecond: fp32Tflops * 1e12,
    architecture,
    line: architectureTraits[architecture].line,
    throttleFactor: isUnlocked ? 1 : (stockThrottle?.int8DotFactor ?? stockThrottle?.fp32FmaFactor ?? 1),
  };
}

/** The kernels of a route; undefined for the processor, whose speed is not predicted. */
export function speedRouteOf(route: RouteName): SpeedRoute | undefined {
  switch (route) {
    case 'cuda-12':
    case 'cuda-13':
      return 'cuda';
    case 'rocm':
    case 'vulkan':
      return route;
    case 'cpu':
      return undefined;
  }
}

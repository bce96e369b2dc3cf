import type { QuantizationClass } from './quantization.ts';
import type { SpreadClass } from './speed.ts';
import { type ArchitectureTraits, architectureTraits, type SpeedCard, type SpeedRoute } from './speed-card.ts';

/** A language model and a request to it, as speed depends on them. */
export interface SpeedRequest {
  readonly parameterCount: number;
  /** Of a mixture of experts: what one token uses. */
  readonly activeParameterCount: number;
  readonly weightsBytes: number;
  readonly quantizationClass: QuantizationClass;
  readonly promptTokenCount: number;
  readonly generateTokenCount: number;
}

/** How a figure was measured, where that is known to have moved it. Predictions are made for none of these. */
export interface SpeedConditions {
  /** By LocalScore: an older llama.cpp in llamafile, with settings that it does not state. */
  readonly isLocalScore?: boolean;
  /** The source says "rocm/vulkan" and not which. */
  readonly isRouteUnstated?: boolean;
  /** On one lane behind a small host, a Raspberry Pi: each token's launches wait for it. */
  readonly isNarrowHost?: boolean;
}

/** What speed is reckoned from. */
export interface SpeedCase {
  readonly card: SpeedCard;
  readonly route: SpeedRoute;
  readonly request: SpeedRequest;
  readonly conditions?: SpeedConditions;
}

/** Fitted numbers by term; a term that is absent counts as 0. All are natural logarithms of factors. */
export type SpeedCoefficients = Readonly<Record<string, number>>;

/** Tokens of a prompt that llama.cpp computes at once, its `n_ubatch`. */
const BATCH_TOKENS = 512;

/**
 * Stock CMP cards slow 8-bit dot products 28.6 to 34 times and were measured 6.6 to 17 times slower in the part that is
 * bound by them: about the factor to the power of 0.65. Sources: effects.csv e028 to e035; llm-bench.csv, CMP 90HX and 170HX.
 */
const THROTTLE_EXPONENT = 0.65;

/** Mixtures that use less than this share of their parameters are mixtures of experts. */
const MIXTURE_SHARE = 0.9;

/**
 * Layers of a model: 24 at 0.5e9 parameters, 28 at 3e9, 32 at 8e9, 36 to 48 at 14e9, 64 at 32e9, 80 at 70e9, by their
 * config.json; a mixture has those of a dense model between all of its parameters and the active ones (gpt-oss 20B: 24).
 */
function layerCountOf({ parameterCount, activeParameterCount }: SpeedRequest): number {
  return 32 * (Math.sqrt(parameterCount * activeParameterCount) / 8e9) ** 0.22;
}

/** Bytes of keys and values that one token of context holds: 131,072 at 8e9 parameters, FP16, grouped-query attention. */
export function kvBytesPerToken(parameterCount: number): number {
  return 131_072 * (parameterCount / 8.03e9) ** 0.6;
}

function isMixture({ activeParameterCount, parameterCount }: SpeedRequest): boolean {
  return activeParameterCount < parameterCount * MIXTURE_SHARE;
}

/** Names of the terms that take a card's and a route's part, and their sum. */
function placeTerms(card: SpeedCard, route: SpeedRoute, coefficients: SpeedCoefficients): number {
  const { architecture, line } = card;
  return (
    (coefficients[`line ${line}`] ?? 0) +
    (coefficients[`architecture ${architecture}`] ?? 0) +
    (coefficients[`architecture ${architecture} ${route}`] ?? 0)
  );
}

/**
 * Natural logarithm of generated tokens a second, one stream. The time of a token is a roofline's sum: the active
 * weights and half of the keys and values read at a share of the peak bandwidth, the work of unpacking each weight at a
 * share of the FP32 rate, and the launches of each layer; then a factor of the architecture.
 */
export function logGenerateSpeed({ card, route, request, conditions }: SpeedCase, c: SpeedCoefficients): number {
  const traits: ArchitectureTraits = architectureTraits[card.architecture];
  const mixture = isMixture(request);
  const { activeParameterCount, parameterCount, weightsBytes, quantizationClass } = request;
  const contextTokens = request.promptTokenCount + request.generateTokenCount / 2;
  const readBytes =
    (weightsBytes * activeParameterCount) / parameterCount + 0.4 * contextTokens * kvBytesPerToken(parameterCount);
  const share = (c[`share ${route}`] ?? 0) + (traits.hasStackedMemory === true ? (c['share stacked'] ?? 0) : 0);
  const readSeconds = readBytes / (card.memoryBandwidthBytesPerSecond * Math.exp(share));
  const work =
    (c[`work ${quantizationClass}`] ?? 0) +
    (c[`work ${route}`] ?? 0) +
    (traits.lacksIntegerDot === true && quantizationClass !== 'f16' ? (c['work no-dot'] ?? 0) : 0) +
    (traits.line === 'gcn' ? (c['work gcn'] ?? 0) : 0) -
    (traits.countsSharedLanes === true ? (c['rate shared-lanes'] ?? 0) : 0) +
    THROTTLE_EXPONENT * Math.log(card.throttleFactor);
  const workSeconds = (activeParameterCount * Math.exp(work)) / card.fp32OperationsPerSecond;
  const launch =
    (c[`launch ${route}`] ?? 0) +
    (traits.hasStackedMemory === true ? (c['launch stacked'] ?? 0) : 0) +
    (route === 'cuda' && traits.hasGraphs !== true ? (c['launch no-graphs'] ?? 0) : 0) +
    (conditions?.isLocalScore === true ? (c['launch localscore'] ?? 0) : 0) +
    (conditions?.isNarrowHost === true ? (c[`launch narrow-host ${route}`] ?? 0) : 0);
  const mixtureLaunches = mixture ? 1 + Math.exp(c['launch mixture'] ?? 0) : 1;
  const launchSeconds = layerCountOf(request) * Math.exp(launch) * mixtureLaunches;
  const factors =
    placeTerms(card, route, c) +
    (mixture ? (c.mixture ?? 0) : 0) +
    (conditions?.isLocalScore === true ? (c.localscore ?? 0) : 0) +
    (conditions?.isRouteUnstated === true ? (c['route unstated'] ?? 0) : 0);
  return factors - Math.log(readSeconds + workSeconds + launchSeconds);
}

/**
 * Natural logarithm of prompt tokens a second. A token costs two operations an active parameter at a share of the FP32
 * rate (raised by matrix units, lowered where there are no dot products), and its part of what each batch of up to 512
 * tokens costs once: reading the weights, and the launches of each layer.
 */
export function logPromptSpeed({ card, route, request, conditions }: SpeedCase, c: SpeedCoefficients): number {
  const traits: ArchitectureTraits = architectureTraits[card.architecture];
  const mixture = isMixture(request);
  const { activeParameterCount, weightsBytes, quantizationClass } = request;
  const share =
    (c[`compute ${route}`] ?? 0) +
    (c[`compute ${quantizationClass}`] ?? 0) +
    matrixTerms(traits, route, c) +
    (traits.lacksIntegerDot === true && quantizationClass !== 'f16' ? (c['compute no-dot'] ?? 0) : 0) +
    (c['compute chip-size'] ?? 0) * Math.log(card.fp32OperationsPerSecond / 15e12) +
    (c['compute model-size'] ?? 0) * Math.log(activeParameterCount / 7e9) +
    placeTerms(card, route, c) +
    (mixture ? (c.mixture ?? 0) : 0) +
    (conditions?.isLocalScore === true ? (c[`localscore ${route}`] ?? 0) : 0) -
    THROTTLE_EXPONENT * Math.log(card.throttleFactor);
  const computeSeconds = (2 * activeParameterCount) / (card.fp32OperationsPerSecond * Math.exp(share));
  const launchSeconds = layerCountOf(request) * Math.exp(c[`launch ${route}`] ?? 0);
  const batchSeconds = weightsBytes / (0.8 * card.memoryBandwidthBytesPerSecond) + launchSeconds;
  const batchTokens = Math.min(Math.max(1, request.promptTokenCount), BATCH_TOKENS);
  return -Math.log(computeSeconds + batchSeconds / batchTokens);
}

/**
 * Vulkan's matrix units were not in use on Turing where it was measured (llm-bench.csv, RTX 2070); ROCm's rate shows those
 * of CDNA and RDNA 4, not RDNA 3's.
 */
function matrixTerms(traits: ArchitectureTraits, route: SpeedRoute, c: SpeedCoefficients): number {
  const { matrixRatio, hasPackedFp16, claimsTensorCores } = traits;
  switch (route) {
    case 'cuda':
      if (claimsTensorCores === true) return c['compute claimed-tensor'] ?? 0;
      return matrixRatio === undefined
        ? 0
        : (c['compute matrix'] ?? 0) + (c['compute matrix-ratio'] ?? 0) * Math.log(matrixRatio / 4);
    case 'vulkan':
      if (hasPackedFp16 === true) return c['compute packed-fp16'] ?? 0;
      return matrixRatio === undefined ? 0 : (c['compute matrix'] ?? 0);
    case 'rocm':
      return matrixRatio === undefined || matrixRatio < 4 ? 0 : (c['compute rocm-matrix'] ?? 0);
  }
}

/** Below this many active parameters launches and host weigh as much as memory, and predictions stray further. */
const SMALL_PARAMETERS = 6e9;

/** Which predictions a prediction strays like: by route, and of CUDA, where enough was measured, by the kind of model. */
export function spreadClassOf({ route, request }: Pick<SpeedCase, 'route' | 'request'>): SpreadClass {
  if (route !== 'cuda') return route;
  if (isMixture(request)) return 'cuda mixture';
  return request.activeParameterCount < SMALL_PARAMETERS ? 'cuda small' : 'cuda';
}

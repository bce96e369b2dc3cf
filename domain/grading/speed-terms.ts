import { architectureTraits } from './speed-card.ts';

/** A term of a formula: what is believed of it before any measurement, and how firmly. */
export interface SpeedTerm {
  readonly name: string;
  /** Natural logarithm of a factor, its prior mean. */
  readonly prior: number;
  /** Its prior standard deviation, in the same measure. */
  readonly priorDeviation: number;
}

const routes = ['cuda', 'rocm', 'vulkan'] as const;
const lines = ['nvidia', 'gcn', 'rdna', 'xe'] as const;
const architectures = Object.keys(architectureTraits);

function term(name: string, prior: number, priorDeviation: number): SpeedTerm {
  return { name, prior, priorDeviation };
}

/**
 * Intel's cards are in no table that is fitted: an Arc A770 gave 53 tokens/s of an 8B at Q4_K_M by Vulkan (46 % of its
 * bandwidth, ggml-org/llama.cpp issue 17628, 2025-11), a B580 66 of a 7B by SYCL (68 %, intel/ipex-llm issue 12991).
 */
const knownPriors: Readonly<Record<string, number>> = { 'line xe': -0.25, 'architecture alchemist': -0.25 };

function placeTerms(lineDeviation: number, architectureDeviation: number, pairDeviation: number): readonly SpeedTerm[] {
  const place = (name: string, deviation: number) => term(name, knownPriors[name] ?? 0, deviation);
  return [
    ...lines.map((line) => place(`line ${line}`, lineDeviation)),
    ...architectures.map((architecture) => place(`architecture ${architecture}`, architectureDeviation)),
    ...architectures.flatMap((architecture) =>
      routes.map((route) => term(`architecture ${architecture} ${route}`, 0, pairDeviation)),
    ),
  ];
}

/**
 * Terms of generation. Priors are round physical guesses: 85 % of the peak bandwidth, 20 µs of launches a layer (a dozen
 * kernels), two to eight operations to unpack a weight, half of Ampere's counted FP32 lanes.
 */
export const generateTerms: readonly SpeedTerm[] = [
  ...routes.map((route) => term(`share ${route}`, Math.log(0.85), 0.15)),
  term('share stacked', 0, 0.25),
  ...routes.map((route) => term(`launch ${route}`, Math.log(20e-6), 0.6)),
  term('launch no-graphs', Math.log(1.5), 0.4),
  // Chips with stacked memory are large and clocked low: each kernel waits longer.
  term('launch stacked', Math.log(1.3), 0.3),
  term('launch mixture', 0, 0.7),
  term('launch localscore', Math.log(2), 0.7),
  ...routes.map((route) => term(`launch narrow-host ${route}`, Math.log(1.5), 0.7)),
  term('work legacy', Math.log(2), 0.6),
  term('work k-quant', Math.log(3), 0.6),
  term('work f16', Math.log(2), 0.6),
  term('work q8', Math.log(3), 0.6),
  term('work i-quant', Math.log(8), 0.6),
  term('work vulkan', 0, 0.4),
  term('work rocm', 0, 0.4),
  term('work no-dot', Math.log(2), 0.5),
  term('work gcn', 0, 0.4),
  term('rate shared-lanes', Math.log(0.5), 0.4),
  term('mixture', 0, 0.3),
  term('localscore', 0, 0.4),
  term('route unstated', 0, 0.5),
  ...placeTerms(0.15, 0.1, 0.08),
];

/**
 * Terms of prompts. Priors: one FP32 operation's worth a lane; matrix units about double it, more where the chip has more
 * of them to each lane; TU116 and TU117 take tensor cores' kernels without having them (effects.csv e041: a third).
 */
export const promptTerms: readonly SpeedTerm[] = [
  ...routes.map((route) => term(`compute ${route}`, 0, 0.5)),
  term('compute legacy', 0, 0.3),
  term('compute k-quant', -0.1, 0.3),
  term('compute f16', 0, 0.3),
  term('compute q8', 0, 0.3),
  term('compute i-quant', 0, 0.3),
  term('compute matrix', 0.6, 0.4),
  term('compute matrix-ratio', 0.3, 0.15),
  term('compute rocm-matrix', 0.5, 0.3),
  term('compute packed-fp16', 0.5, 0.3),
  term('compute claimed-tensor', -1.2, 0.5),
  term('compute no-dot', -0.4, 0.4),
  term('compute chip-size', -0.1, 0.1),
  term('compute model-size', 0, 0.1),
  term('mixture', 0, 0.5),
  ...routes.map((route) => term(`launch ${route}`, Math.log(100e-6), 0.7)),
  ...routes.map((route) => term(`localscore ${route}`, 0, 0.5)),
  ...placeTerms(0.4, 0.2, 0.2),
];

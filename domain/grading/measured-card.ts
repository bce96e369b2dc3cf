import { type Route, routesReadOn, type Vendor } from '../cards.ts';
import { type Measurement, type ObservedCard, tokensRefusal } from '../inventory.ts';
import type { ChatWorkload } from './reference-workloads.ts';
import type { Interval, ModelSpeed } from './speed.ts';

type TokensMeasurement = Extract<Measurement, { readonly kind: 'tokens' }>;

/** A model of another size than the measured one: overheads and quantisation move its speed off the plain ratio. */
const SCALED_SPREAD = 0.35;

/** How fast a card of no known model runs a chat, scaled from what was measured on it: by bytes read a token, and by operations. */
export function scaledSpeed({ measurements = [] }: ObservedCard, workload: ChatWorkload): ModelSpeed | undefined {
  const tokens = measurements.filter(
    (measured): measured is TokensMeasurement =>
      measured.kind === 'tokens' && tokensRefusal(measured, {}) === undefined,
  );
  const generate = tokens.find(({ phase, weightsBytes }) => phase === 'generate' && weightsBytes !== undefined);
  const prompt = tokens.find(({ phase, parameterCount }) => phase === 'prompt' && parameterCount !== undefined);
  if (generate?.weightsBytes === undefined) return undefined;
  const { weightsBytes, parameterCount, activeParameterCount } = workload;
  const readBytes = (weightsBytes * activeParameterCount) / parameterCount;
  const generated = (generate.tokensPerSecond * generate.weightsBytes) / readBytes;
  const prompted =
    prompt?.parameterCount === undefined
      ? generated
      : (prompt.tokensPerSecond * prompt.parameterCount) / activeParameterCount;
  return {
    generateTokensPerSecond: around(generated),
    promptTokensPerSecond: around(prompted),
    evidence: 'measured-card',
    why: `Scaled from ${generate.modelName} measured on this card (${generate.source}): ${generate.tokensPerSecond} tokens/s.`,
  };
}

function around(mid: number): Interval {
  return { low: mid * Math.exp(-SCALED_SPREAD), mid, high: mid * Math.exp(SCALED_SPREAD) };
}

/** By which route a card is driven whose model no catalogue has: Vulkan, which is common to all vendors' drivers. */
export function unknownModelRoute(vendor: Vendor | undefined): Route {
  return {
    name: 'vulkan',
    status: 'unofficial',
    note: `The ${vendor ?? 'unknown'} card's model is not known; it was measured, so some driver runs it.`,
    source: `the measurement itself, as of ${routesReadOn}`,
  };
}

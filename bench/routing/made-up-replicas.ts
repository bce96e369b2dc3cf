import type { Replica } from '@rerig/gateway/gateway';
import { Agent } from 'undici';

/** A generator of numbers of 0 or more and below 1: the same seed gives the same numbers (mulberry32, Tommy Ettinger). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const CONTEXTS_TOKENS = [2048, 4096, 8192, 16_384] as const;
const REGIONS = ['eu-north', 'eu-central', 'us-east', 'kz'] as const;

/** Replicas by model: cards of all speeds, prices, contexts and places. They are chosen among and never asked. */
export function madeUpReplicas(
  replicaCount: number,
  modelCount: number,
  random: () => number,
): readonly (readonly Replica[])[] {
  const dispatcher = new Agent();
  const pick = <Value>(values: readonly Value[], fallback: Value) =>
    values[Math.floor(random() * values.length)] ?? fallback;
  const replicaOf = (model: number, index: number): Replica => ({
    replicaId: `replica-${model}-${index}`,
    model: `model-${model}`,
    contextTokens: pick(CONTEXTS_TOKENS, 4096),
    parallelCount: 1 + Math.floor(random() * 16),
    doors: ['chat', 'completions'],
    kind: 'ours',
    operatorId: `operator-${Math.floor(random() * 100)}`,
    cardModel: 'RX 580 8 GB',
    region: pick(REGIONS, 'kz'),
    isolation: random() < 0.5 ? 'process' : 'container',
    tokensPerSecond: random() < 0.1 ? null : 10 + random() * 90,
    priceMicroUsdPerMillionCompletionTokens: BigInt(100_000 + Math.floor(random() * 200_000)),
    isDraining: random() < 0.02,
    dispatcher,
    upstreamModel: null,
    pathPrefix: '',
  });
  return Array.from({ length: modelCount }, (_, model) =>
    Array.from({ length: replicaCount / modelCount }, (_unused, index) => replicaOf(model, index)),
  );
}

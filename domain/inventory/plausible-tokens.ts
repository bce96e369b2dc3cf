import { type CardModel, matchCard } from '../cards.ts';
import { type Bytes, formatBytes, MIB } from '../quantity.ts';
import type { Measurement, ObservedCard } from './farm.ts';

/** What someone says a language model's generation ran at. */
export interface GenerationClaim {
  readonly tokensPerSecond: number;
  readonly weightsBytes: Bytes;
  /** Of a mixture of experts, the share of the weights that one token needs; 1 for a dense model. */
  readonly activeShare: number;
}

/**
 * So far above its maker's figure may a card's memory run: owners of mining cards raise its clock by up to a tenth, and
 * a model's input embedding, a few percent of its weights, is not read whole for each token.
 */
export const BANDWIDTH_TOLERANCE = 1.1;

/** Weights that a card's own cache may hold are not read from memory each time: the largest of 2026 has 256 MiB. */
const LARGEST_CACHE_BYTES = 300 * MIB;

/** The fastest memory of any card of 2026, 8 TB/s (NVIDIA B200 and AMD MI355X, makers' data sheets). */
const FASTEST_BYTES_PER_SECOND = 8e12;

/**
 * Whether a generation speed can be: each token of one stream reads all weights that it needs from the card's memory,
 * so weights × tokens a second is at most the memory's bandwidth. Batched, speculative and made-up figures break it.
 */
export function isPlausibleGeneration(claim: GenerationClaim, memoryBandwidthBytesPerSecond: number): boolean {
  if (claim.weightsBytes <= LARGEST_CACHE_BYTES) return true;
  return readBytesPerSecond(claim) <= BANDWIDTH_TOLERANCE * memoryBandwidthBytesPerSecond;
}

function readBytesPerSecond({ tokensPerSecond, weightsBytes, activeShare }: GenerationClaim): number {
  return tokensPerSecond * weightsBytes * activeShare;
}

/**
 * The least share of its weights that a token of this model needs, by its printed name: `30B.A3B` → 0.1, `8x7B` → 0.25
 * (two of eight), 1 for a name that tells no mixture; undefined for a mixture whose name tells no share.
 */
export function activeShareOf(modelName: string): number | undefined {
  const name = modelName.slice(0, 200);
  const [, total, active] = /(\d{1,4}(?:\.\d{1,3})?)B[.\-_ ]A(\d{1,3}(?:\.\d{1,3})?)B/i.exec(name) ?? [];
  if (total !== undefined && Number(total) > 0) return Math.min(1, Number(active) / Number(total));
  const experts = /\b(\d{1,3})x\d{1,3}(?:\.\d{1,3})?B\b/i.exec(name)?.[1];
  if (experts !== undefined) return Math.min(1, 2 / Math.max(2, Number(experts)));
  return MIXTURE.test(name) ? undefined : 1;
}

/** Families of mixtures of experts that do not always say so in their size. */
const MIXTURE =
  /moe|mixtral|deepseek-?[v2-4]|gpt-?oss|llama-?4|scout|maverick|qwen-?3-?next|kimi|grok|dbrx|glm-?4\.[5-9]|ernie|granite.*tiny|\blfm2.*a\d|jamba|hunyuan-?a|minimax/i;

type TokensMeasurement = Extract<Measurement, { readonly kind: 'tokens' }>;

/**
 * Why a measured speed cannot be of this card, in a sentence; undefined where nothing speaks against it. A card that is
 * not known is held to the fastest memory there is, one that may be several models to the fastest of them.
 */
export function tokensRefusal(
  measurement: TokensMeasurement,
  card: Pick<ObservedCard, 'name' | 'pciId'>,
): string | undefined {
  const { phase, tokensPerSecond, weightsBytes, modelName } = measurement;
  const activeShare = activeShareOf(modelName);
  if (phase !== 'generate' || weightsBytes === undefined || activeShare === undefined) return undefined;
  const { text, bytesPerSecond } = fastestMemoryOf(modelsOf(card));
  const claim = { tokensPerSecond, weightsBytes, activeShare };
  if (isPlausibleGeneration(claim, bytesPerSecond)) return undefined;
  const read = rateText(readBytesPerSecond(claim));
  return (
    `At ${tokensPerSecond} tokens a second a model of ${formatBytes(weightsBytes)} would read ${read} from memory, and ` +
    `${text} reads at most ${rateText(bytesPerSecond)}.`
  );
}

function modelsOf(card: Pick<ObservedCard, 'name' | 'pciId'>): readonly CardModel[] {
  const match = matchCard(card);
  if (match.kind === 'matched') return [match.model];
  return match.kind === 'ambiguous' ? match.models : [];
}

function fastestMemoryOf(models: readonly CardModel[]): { readonly text: string; readonly bytesPerSecond: number } {
  const known = models.flatMap(({ name, memoryBandwidthBytesPerSecond: bytesPerSecond }) =>
    bytesPerSecond === undefined ? [] : [{ text: `the ${name}`, bytesPerSecond }],
  );
  const [fastest] = known.toSorted((one, other) => other.bytesPerSecond - one.bytesPerSecond);
  const isComplete = known.length > 0 && known.length === models.length;
  return isComplete && fastest !== undefined
    ? fastest
    : { text: 'the fastest card there is', bytesPerSecond: FASTEST_BYTES_PER_SECOND };
}

function rateText(bytesPerSecond: number): string {
  return bytesPerSecond >= 1e12
    ? `${(bytesPerSecond / 1e12).toFixed(1)} TB/s`
    : `${Math.round(bytesPerSecond / 1e9)} GB/s`;
}

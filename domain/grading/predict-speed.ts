import type { CardModel } from '../cards.ts';
import { type Measurement, tokensRefusal } from '../inventory.ts';
import { formatBytes } from '../quantity.ts';
import type { Evidence } from './evidence.ts';
import { measuredGeneration, measuredGenerationSources } from './measured-generation.ts';
import { measuredPrompts, measuredPromptsSources } from './measured-prompts.ts';
import type { Interval, MeasuredSpeedRow, ModelSpeed } from './speed.ts';
import { type SpeedCard, type SpeedRoute, speedCardOf } from './speed-card.ts';
import { speedFit } from './speed-fit.ts';
import { logGenerateSpeed, logPromptSpeed, type SpeedCase, type SpeedRequest, spreadClassOf } from './speed-formula.ts';

/** A measured figure of one stream, on this very card or on its model. */
interface Known {
  readonly tokensPerSecond: number;
  readonly text: string;
}

/** What is known of a card in hand beyond its model. */
export interface KnownOfCard {
  readonly measurements?: readonly Measurement[];
  /** Whether a mining card's throttle is as shipped or lifted; absent: it may be either. */
  readonly firmware?: 'stock' | 'unlocked';
}

interface Asked {
  readonly model: CardModel;
  readonly speedCase: SpeedCase;
  readonly known: KnownOfCard;
}

/** One phase's figure, how it is known, and in words. */
interface PhaseSpeed {
  readonly interval: Interval;
  readonly evidence: Evidence;
  readonly why: string;
}

type Phase = 'generate' | 'prompt';

/** Models of the same size within this share are taken for one another: Llama 3 and 3.1 have the same shape. */
const SAME_PARAMETERS = 0.04;
const SAME_WEIGHTS = 0.08;

/** A prompt of up to so many tokens was measured like one of 512. */
const SHORT_PROMPT_TOKENS = 1024;

/** How far a repeat of a measurement strays: versions of llama.cpp and settings differ. Source: llm-bench.csv, same card and model. */
const MEASURED_MODEL_SPREAD = 0.18;
const MEASURED_CARD_SPREAD = 0.08;

/**
 * How fast a card model runs a language model by a route, one stream: by a measurement of this very card where one is
 * given, else by one of its model, else predicted. Undefined where the catalogue lacks a figure that predictions need.
 */
export function speedOf(
  model: CardModel,
  route: SpeedRoute,
  request: SpeedRequest,
  known: KnownOfCard = {},
): ModelSpeed | undefined {
  const card = speedCardOf(model, known.firmware === 'unlocked');
  if (card === undefined) return undefined;
  const asked: Asked = { model, speedCase: { card, route, request }, known };
  const generate = phaseSpeed('generate', asked);
  const prompt = phaseSpeed('prompt', asked);
  return {
    generateTokensPerSecond: generate.interval,
    promptTokensPerSecond: prompt.interval,
    evidence: weakerOf(generate.evidence, prompt.evidence),
    why: generate.why === prompt.why ? generate.why : `Generation: ${generate.why} Prompt: ${prompt.why}`,
  };
}

/** The speed of a card that may be any of several models: the first one's middle, from the slowest's low to the fastest's high. */
export function speedOfAny(speeds: readonly ModelSpeed[]): ModelSpeed | undefined {
  const [first, ...others] = speeds;
  if (first === undefined || others.length === 0) return first;
  return {
    generateTokensPerSecond: spanOf(speeds.map((speed) => speed.generateTokensPerSecond)),
    promptTokensPerSecond: spanOf(speeds.map((speed) => speed.promptTokensPerSecond)),
    evidence: speeds.map((speed) => speed.evidence).reduce(weakerOf),
    why: `It may be any of ${speeds.length} models: low and high span them, the middle is the first’s. ${first.why}`,
  };
}

const evidenceRank: Readonly<Record<Evidence, number>> = { 'measured-card': 0, 'measured-model': 1, predicted: 2 };

function weakerOf(one: Evidence, other: Evidence): Evidence {
  return evidenceRank[one] >= evidenceRank[other] ? one : other;
}

function spanOf(intervals: readonly Interval[]): Interval {
  return {
    low: Math.min(...intervals.map(({ low }) => low)),
    mid: intervals[0]?.mid ?? Number.NaN,
    high: Math.max(...intervals.map(({ high }) => high)),
  };
}

function phaseSpeed(phase: Phase, asked: Asked): PhaseSpeed {
  const { model, speedCase } = asked;
  const onCard = measuredOnCard(phase, asked);
  if (onCard !== undefined) return measuredSpeed(onCard, MEASURED_CARD_SPREAD, 'measured-card');
  // Of a throttled model others measured stock and unlocked cards alike: which of them this is, is not known.
  const onModel = model.stockThrottle === undefined ? measuredOnModel(phase, model, speedCase) : undefined;
  if (onModel !== undefined) return measuredSpeed(onModel, MEASURED_MODEL_SPREAD, 'measured-model');
  return predictedSpeed(phase, asked);
}

function measuredSpeed({ tokensPerSecond, text }: Known, spread: number, evidence: Evidence): PhaseSpeed {
  return { interval: intervalAround(Math.log(tokensPerSecond), spread), evidence, why: text };
}

function intervalAround(logMid: number, spread: number): Interval {
  return { low: Math.exp(logMid - spread), mid: Math.exp(logMid), high: Math.exp(logMid + spread) };
}

/** What is impossible of the card's memory is no measurement: batched, speculative and made-up figures are left out. */
function measuredOnCard(phase: Phase, { model, speedCase, known }: Asked): Known | undefined {
  const { route, request } = speedCase;
  const own = (known.measurements ?? []).flatMap((measured): readonly Known[] => {
    if (measured.kind !== 'tokens' || measured.phase !== phase || !isRouteOf(measured.routeName, route)) return [];
    if (tokensRefusal(measured, { name: model.name }) !== undefined) return [];
    const { parameterCount, weightsBytes, tokensPerSecond, modelName, source } = measured;
    if (parameterCount === undefined || !isSame(parameterCount, weightsBytes, request)) return [];
    return [{ tokensPerSecond, text: `Measured on this card: ${modelName}, ${source}.` }];
  });
  return medianOf(own);
}

function isRouteOf(routeName: string | undefined, route: SpeedRoute): boolean {
  return routeName === undefined || routeName.startsWith(route);
}

function isSame(parameterCount: number, weightsBytes: number | undefined, request: SpeedRequest): boolean {
  const isNear = (one: number, other: number, share: number) => Math.abs(one / other - 1) <= share;
  return (
    isNear(parameterCount, request.parameterCount, SAME_PARAMETERS) &&
    (weightsBytes === undefined || isNear(weightsBytes, request.weightsBytes, SAME_WEIGHTS))
  );
}

const generationByCard = rowsByCard(measuredGeneration);
const promptsByCard = rowsByCard(measuredPrompts);

function rowsByCard(rows: readonly MeasuredSpeedRow[]): ReadonlyMap<string, readonly MeasuredSpeedRow[]> {
  return Map.groupBy(rows, ([modelId, route]) => `${modelId} ${route}`);
}

function measuredOnModel(phase: Phase, model: CardModel, { route, request }: SpeedCase): Known | undefined {
  const byCard = phase === 'generate' ? generationByCard : promptsByCard;
  const sources = phase === 'generate' ? measuredGenerationSources : measuredPromptsSources;
  const rows = byCard.get(`${model.modelId} ${route}`) ?? [];
  const same = rows.flatMap((row): readonly Known[] => {
    const [, , modelName, quantization, parameterCount, activeCount, weightsBytes, promptTokens, tokensPerSecond] = row;
    const isAlike =
      isSame(parameterCount, weightsBytes, request) &&
      Math.abs(activeCount / request.activeParameterCount - 1) <= SAME_PARAMETERS &&
      promptTokens <= SHORT_PROMPT_TOKENS === request.promptTokenCount <= SHORT_PROMPT_TOKENS;
    if (!isAlike) return [];
    const text = `Measured on a ${model.name}: ${modelName} ${quantization}, ${sources[row[9]] ?? 'source unknown'}.`;
    return [{ tokensPerSecond, text }];
  });
  return medianOf(same);
}

function medianOf(known: readonly Known[]): Known | undefined {
  const sorted = known.toSorted((one, other) => one.tokensPerSecond - other.tokensPerSecond);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

function predictedSpeed(phase: Phase, { model, speedCase, known }: Asked): PhaseSpeed {
  const isThrottled = model.stockThrottle !== undefined;
  const key = `${model.modelId} ${speedCase.route}`;
  const byCard = phase === 'generate' ? speedFit.generateByCard : speedFit.promptByCard;
  const ofCard = isThrottled ? undefined : byCard[key];
  const logMid = logSpeed(phase, speedCase) + (ofCard ?? 0);
  const spread = speedFit.spread[phase][spreadClassOf(speedCase)];
  const interval = intervalAround(logMid, spread);
  const unlocked = isThrottled && known.firmware === undefined ? speedCardOf(model, true) : undefined;
  if (unlocked === undefined) return { interval, evidence: 'predicted', why: why(phase, speedCase, ofCard, spread) };
  const high = Math.exp(logSpeed(phase, { ...speedCase, card: unlocked }) + spread);
  const throttle =
    'As shipped it is throttled; unlocked cards print the same name and reach the high figure: measure it.';
  return {
    interval: { ...interval, high: Math.max(interval.high, high) },
    evidence: 'predicted',
    why: `${why(phase, speedCase, ofCard, spread)} ${throttle}`,
  };
}

function logSpeed(phase: Phase, speedCase: SpeedCase): number {
  return phase === 'generate'
    ? logGenerateSpeed(speedCase, speedFit.generate)
    : logPromptSpeed(speedCase, speedFit.prompt);
}

function why(phase: Phase, { card, request }: SpeedCase, ofCard: number | undefined, spread: number): string {
  const rowCount = phase === 'generate' ? speedFit.generateRowCount : speedFit.promptRowCount;
  const basis = phase === 'generate' ? bandwidthBasis(card, request) : computeBasis(card);
  const own = ofCard === undefined ? '' : ', shifted by what was measured of this model';
  const percent = Math.round(100 * Math.expm1(spread));
  return `Predicted from ${basis}, by a fit of ${rowCount} measurements${own}; 90 % of unseen cards stay within a factor of ${(1 + percent / 100).toFixed(2)}.`;
}

function bandwidthBasis(card: SpeedCard, request: SpeedRequest): string {
  const { weightsBytes, activeParameterCount, parameterCount } = request;
  const read = formatBytes((weightsBytes * activeParameterCount) / parameterCount);
  return `${Math.round(card.memoryBandwidthBytesPerSecond / 1e9)} GB/s and ${read} read a token`;
}

function computeBasis(card: SpeedCard): string {
  return `${Number((card.fp32OperationsPerSecond / 1e12).toPrecision(3))} TFLOPS of FP32 and its architecture`;
}

import { type CardMatch, type CardModel, cpuRoute, matchCard, type Route, routesOf } from '../cards.ts';
import type { Farm, ObservedCard, Rig } from '../inventory.ts';
import type { AssessedCard, AssessedFarm, AssessedRig, AssessedVram } from './assessed.ts';
import { cardFindings } from './card-findings.ts';
import { type FarmFindingOptions, farmFindings } from './farm-findings.ts';
import { largestFit, type WorkloadFit, workloadFits } from './fit.ts';
import { type Grade, gradeOf } from './grade.ts';
import { scaledSpeed, unknownModelRoute } from './measured-card.ts';
import { type KnownOfCard, speedOf, speedOfAny } from './predict-speed.ts';
import { parseQuantization } from './quantization.ts';
import { type ChatWorkload, standardWorkloads } from './reference-workloads.ts';
import { rigFindings } from './rig-findings.ts';
import type { ModelSpeed } from './speed.ts';
import { speedRouteOf } from './speed-card.ts';
import type { SpeedRequest } from './speed-formula.ts';
import { totalsOf } from './totals.ts';
import { usableVramBytes } from './usable-vram.ts';

/**
 * Grades every card of a farm, and finds what is only seen of all rigs together. The same farm at the same time gives the
 * same answer; totals are the sums of what is listed. Without a time nothing is said of how old readings are.
 */
export function gradeFarm(farm: Farm, options: FarmFindingOptions = {}): AssessedFarm {
  const known: KnownPredictions = new Map();
  const rigs = farm.rigs.map((rig) => gradeRig(rig, known));
  const findings = farmFindings(farm.rigs, options);
  return { rigs, findings, totals: totalsOf(rigs, findings) };
}

/** Grades a rig's cards, and finds what limits all of them. */
export function gradeRig(rig: Rig, known: KnownPredictions = new Map()): AssessedRig {
  const cards = rig.cards.map((card) => gradeCard(card, known));
  const findings = rigFindings(rig, cards);
  return { rig, cards, findings, totals: totalsOf([{ cards, findings }]) };
}

/**
 * Grades one card by what was observed of it and what its catalogue model is. Where several models remain, a grade is
 * given only if all of them have the same one. A card that no catalogue knows is graded by what was measured of it, if
 * anything was. The evidence of a grade is that of the speed of the workload that decides it.
 */
export function gradeCard(card: ObservedCard, known: KnownPredictions = new Map()): AssessedCard {
  if (card.kind === 'cpu') return gradeProcessor(card);
  const match = matchCard(card);
  const assessed = {
    card,
    match,
    modelNames: modelNamesOf(match),
    ...(predictionOf(card, match, known) ?? nothingPredicted(card)),
  };
  return { ...assessed, findings: cardFindings(assessed) };
}

function predictionOf(card: ObservedCard, match: CardMatch, known: KnownPredictions): Prediction | undefined {
  switch (match.kind) {
    case 'matched':
      return predictKnown(card, match.model, match.firmware, known);
    case 'ambiguous':
      return agreedPrediction(match.models.map((model) => predictKnown(card, model, undefined, known)));
    case 'unknown':
      return measuredPrediction(card);
  }
}

const namesByMatch = new WeakMap<CardMatch, readonly string[]>();

function modelNamesOf(match: CardMatch): readonly string[] {
  const known = namesByMatch.get(match);
  if (known !== undefined) return known;
  const names = modelsOf(match).map(({ name }) => name);
  namesByMatch.set(match, names);
  return names;
}

type Prediction = Pick<AssessedCard, 'grade' | 'evidence' | 'route' | 'vram' | 'fits' | 'largestFit'>;

/** Predictions by card model and reported VRAM: a farm has many cards of few models. */
export type KnownPredictions = Map<string, Prediction>;

function nothingPredicted(card: ObservedCard): Prediction {
  const none = { grade: null, evidence: null, route: null, fits: [], largestFit: null };
  const bytes = card.vramBytes;
  return bytes === undefined ? none : { ...none, vram: { bytes, basis: 'reported', usableBytes: bytes } };
}

function gradeProcessor(card: ObservedCard): AssessedCard {
  const vramBytes = card.vramBytes;
  const prediction =
    vramBytes === undefined
      ? nothingPredicted(card)
      : predictWith({ bytes: vramBytes, basis: 'reported', usableBytes: vramBytes }, cpuRoute);
  const assessed = { card, modelNames: [], ...prediction, route: cpuRoute };
  return { ...assessed, findings: cardFindings(assessed) };
}

function modelsOf(match: CardMatch): readonly CardModel[] {
  if (match.kind === 'matched') return [match.model];
  return match.kind === 'ambiguous' ? match.models : [];
}

/** The first route that the vendor supports: the list is in order of preference. */
function bestRoute(model: CardModel): Route | null {
  return routesOf(model).find(({ status }) => status === 'supported') ?? null;
}

function predictKnown(
  card: ObservedCard,
  model: CardModel,
  firmware: KnownOfCard['firmware'],
  known: KnownPredictions,
): Prediction {
  if (card.measurements !== undefined) return predict(card, model, firmware);
  const key = `${model.modelId} ${card.vramBytes ?? ''} ${firmware ?? ''}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const fresh = predict(card, model, firmware);
  known.set(key, fresh);
  return fresh;
}

function predict(card: ObservedCard, model: CardModel, firmware: KnownOfCard['firmware']): Prediction {
  const route = bestRoute(model);
  const bytes = card.vramBytes ?? model.vramBytes;
  if (route === null || bytes === undefined) return { ...nothingPredicted(card), route };
  const basis = card.vramBytes === undefined ? 'model' : 'reported';
  const usableBytes = usableVramBytes(bytes, model);
  const speedRoute = speedRouteOf(route.name);
  const knownOfCard: KnownOfCard = {
    ...(card.measurements === undefined ? {} : { measurements: card.measurements }),
    ...(firmware === undefined ? {} : { firmware }),
  };
  const speedFor = (workload: ChatWorkload) =>
    speedRoute === undefined ? undefined : speedOf(model, speedRoute, requestOf(workload), knownOfCard);
  return predictWith({ bytes, basis, usableBytes }, route, speedFor, model.matrixUnits);
}

/** A chat as grades ask it: a prompt of 512 tokens, or one that fills half of a long context, and an answer of 128. */
function requestOf(workload: ChatWorkload): SpeedRequest {
  const { parameterCount, activeParameterCount, weightsBytes, quantization, contextTokenCount } = workload;
  return {
    ...{ parameterCount, activeParameterCount, weightsBytes },
    quantizationClass: parseQuantization(quantization)?.class ?? 'k-quant',
    promptTokenCount: contextTokenCount > 4096 ? contextTokenCount / 2 : 512,
    generateTokenCount: 128,
  };
}

type SpeedFor = (workload: ChatWorkload) => ModelSpeed | undefined;

function predictWith(
  vram: AssessedVram,
  route: Route,
  speedFor: SpeedFor = () => undefined,
  matrixUnits: CardModel['matrixUnits'] = 'none',
): Prediction {
  const fits = workloadFits(vram.usableBytes, route.name).map((fit): WorkloadFit => {
    const speed = fit.isFitting && fit.workload.kind === 'chat' ? speedFor(fit.workload) : undefined;
    return speed === undefined ? fit : { ...fit, speed };
  });
  const grade: Grade = gradeOf({ vramBytes: vram.usableBytes, fits, route, matrixUnits });
  const largest = largestFit(fits);
  return {
    ...{ grade, route, vram, fits },
    evidence: largest?.speed?.evidence ?? 'predicted',
    largestFit: largest?.workload.name ?? null,
  };
}

/** Several models agree where grade, route and largest fit are the same; what they span is then told of each speed. */
function agreedPrediction(predictions: readonly Prediction[]): Prediction | undefined {
  const [first, ...others] = predictions;
  if (first === undefined || !others.every((other) => isSamePrediction(first, other))) return undefined;
  if (others.length === 0) return first;
  const fits = first.fits.map((fit, index): WorkloadFit => {
    const { speed: _, ...rest } = fit;
    const speeds = predictions.flatMap((other) => other.fits[index]?.speed ?? []);
    const speed = speeds.length === predictions.length ? speedOfAny(speeds) : undefined;
    return speed === undefined ? rest : { ...rest, speed };
  });
  return { ...first, fits };
}

function isSamePrediction(one: Prediction, other: Prediction): boolean {
  const isSameRoute = one.route?.name === other.route?.name;
  return isSameRoute && one.grade === other.grade && one.largestFit === other.largestFit;
}

/**
 * What a card of no known model can do, from its VRAM and a language model measured on it: a model of other size runs as
 * much faster or slower as it is smaller or larger. By Vulkan, which is common to all cards.
 */
function measuredPrediction(card: ObservedCard): Prediction | undefined {
  const { vramBytes, vendor } = card;
  if (vramBytes === undefined) return undefined;
  const speedFor: SpeedFor = (workload) => scaledSpeed(card, workload);
  if (standardWorkloads.every((workload) => speedFor(workload) === undefined)) return undefined;
  const vram = { bytes: vramBytes, basis: 'reported', usableBytes: vramBytes } as const;
  return predictWith(vram, unknownModelRoute(vendor), speedFor);
}

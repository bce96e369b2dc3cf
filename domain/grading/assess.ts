import { type CardMatch, type CardModel, cpuRoute, matchCard, type Route, routesOf } from '../cards.ts';
import type { Farm, ObservedCard, Rig } from '../inventory.ts';
import type { AssessedCard, AssessedFarm, AssessedRig, AssessedVram } from './assessed.ts';
import { cardFindings } from './card-findings.ts';
import { type FarmFindingOptions, farmFindings } from './farm-findings.ts';
import { largestFit, type WorkloadFit, workloadFits } from './fit.ts';
import { type Grade, gradeOf } from './grade.ts';
import { rigFindings } from './rig-findings.ts';
import { totalsOf } from './totals.ts';
import { usableVramBytes } from './usable-vram.ts';

/**
 * Grades every card of a farm, and finds what is only seen of all rigs together. The same farm at the same time gives the
 * same answer; totals are the sums of what is listed. Without a time nothing is said of how old readings are.
 */
export function gradeFarm(farm: Farm, options: FarmFindingOptions = {}): AssessedFarm {
  const rigs = farm.rigs.map(gradeRig);
  const findings = farmFindings(farm.rigs, options);
  return { rigs, findings, totals: totalsOf(rigs, findings) };
}

/** Grades a rig's cards, and finds what limits all of them. */
export function gradeRig(rig: Rig): AssessedRig {
  const cards = rig.cards.map(gradeCard);
  const assessed = { rig, cards, findings: rigFindings(rig, cards) };
  return { ...assessed, totals: totalsOf([assessed]) };
}

/**
 * Grades one card by what was observed of it and what its catalogue model is. Where several models remain, a grade is
 * given only if all of them have the same one; for an unknown card none is. The evidence of every such grade is
 * `predicted`: nothing here is measured.
 */
export function gradeCard(card: ObservedCard): AssessedCard {
  if (card.kind === 'cpu') return gradeProcessor(card);
  const match = matchCard(card);
  const models = modelsOf(match);
  const predictions = models.map((model) => predict(card, model));
  const [first] = predictions;
  const isAgreed = first !== undefined && predictions.every((other) => isSamePrediction(first, other));
  const prediction = isAgreed ? first : undefined;
  const assessed = {
    card,
    match,
    modelNames: models.map(({ name }) => name),
    ...(prediction ?? nothingPredicted(card)),
    evidence: prediction === undefined || prediction.grade === null ? null : ('predicted' as const),
  };
  return { ...assessed, findings: cardFindings(assessed) };
}

type Prediction = Pick<AssessedCard, 'grade' | 'route' | 'vram' | 'fits' | 'largestFit'>;

function nothingPredicted(card: ObservedCard): Prediction {
  const none = { grade: null, route: null, fits: [], largestFit: null };
  const bytes = card.vramBytes;
  return bytes === undefined ? none : { ...none, vram: { bytes, basis: 'reported', usableBytes: bytes } };
}

function gradeProcessor(card: ObservedCard): AssessedCard {
  const vramBytes = card.vramBytes;
  const prediction =
    vramBytes === undefined
      ? nothingPredicted(card)
      : predictWith({ bytes: vramBytes, basis: 'reported', usableBytes: vramBytes }, cpuRoute);
  const evidence = prediction.grade === null ? null : ('predicted' as const);
  const assessed = { card, modelNames: [], ...prediction, route: cpuRoute, evidence };
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

function predict(card: ObservedCard, model: CardModel): Prediction {
  const route = bestRoute(model);
  const bytes = card.vramBytes ?? model.vramBytes;
  if (route === null || bytes === undefined) return { ...nothingPredicted(card), route };
  const basis = card.vramBytes === undefined ? 'model' : 'reported';
  return predictWith({ bytes, basis, usableBytes: usableVramBytes(bytes, model) }, route, model.matrixUnits);
}

function predictWith(vram: AssessedVram, route: Route, matrixUnits: CardModel['matrixUnits'] = 'none'): Prediction {
  const fits: readonly WorkloadFit[] = workloadFits(vram.usableBytes, route.name);
  const grade: Grade = gradeOf({ vramBytes: vram.usableBytes, fits, route, matrixUnits });
  return { grade, route, vram, fits, largestFit: largestFit(fits)?.workload.name ?? null };
}

function isSamePrediction(one: Prediction, other: Prediction): boolean {
  const isSameRoute = one.route?.name === other.route?.name;
  return isSameRoute && one.grade === other.grade && one.largestFit === other.largestFit;
}

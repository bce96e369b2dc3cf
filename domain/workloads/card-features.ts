import { type RouteName, routesOf } from '../cards.ts';
import { type AssessedCard, linkBytesPerSecond, measuredLinkBytesPerSecond, standardWorkloads } from '../grading.ts';
import type { CardFeatures } from './card-demand.ts';

/** The smallest of the standard workloads: nearly every card fits it, so that all can be compared by it. */
const COMPARED_WORKLOAD = standardWorkloads[0]?.name;

/**
 * What a graded card can do, for whoever chooses one. Where it may be several models, it has the routes that all of them
 * have, and no model. A card with a finding that blocks it is driven by nothing.
 */
export function cardFeaturesOf(assessed: AssessedCard): CardFeatures {
  const { card, match, modelNames, grade, vram, fits } = assessed;
  const [name, ...otherNames] = modelNames;
  const linkRate = linkRateOf(assessed);
  const speed = fits.find(({ workload }) => workload.name === COMPARED_WORKLOAD)?.speed;
  return {
    ...(match?.kind === 'matched' ? { cardModelId: match.model.modelId } : {}),
    cardModelName: name !== undefined && otherNames.length === 0 ? name : (card.name ?? card.cardId),
    vramBytes: card.kind === 'cpu' ? 0 : (vram?.bytes ?? 0),
    routes: drivingRoutes(assessed),
    ...(grade === null ? {} : { grade }),
    ...(linkRate === undefined ? {} : { linkBytesPerSecond: linkRate }),
    ...(speed === undefined ? {} : { tokensPerSecond: speed.generateTokensPerSecond.mid }),
  };
}

function drivingRoutes({ card, match, findings }: AssessedCard): readonly RouteName[] {
  if (findings.some(({ severity }) => severity === 'blocking')) return [];
  if (card.kind === 'cpu') return ['cpu'];
  if (match === undefined || match.kind === 'unknown') return ['vulkan'];
  const models = match.kind === 'matched' ? [match.model] : match.models;
  const [first = [], ...others] = models.map((model) =>
    routesOf(model).flatMap(({ name, status }) => (status === 'ended' ? [] : [name])),
  );
  return first.filter((name) => others.every((names) => names.includes(name)));
}

/** As measured, else by lanes and generation; the fastest that the card's link can, for at rest it is slowed down. */
function linkRateOf({ card }: AssessedCard): number | undefined {
  const measured = measuredLinkBytesPerSecond(card);
  if (measured !== undefined) return measured;
  const { pcieLink, pcieLinkMost } = card;
  if (pcieLink === undefined) return undefined;
  const generation = Math.max(pcieLink.generation, pcieLinkMost?.generation ?? 1);
  return linkBytesPerSecond({ generation, laneCount: pcieLink.laneCount });
}

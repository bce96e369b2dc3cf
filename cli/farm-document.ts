import type { Fault } from '@rerig/domain/fault';
import type { AssessedCard, AssessedFarm, AssessedRig, WorkloadFit } from '@rerig/domain/grading';

/** A graded farm as every `--json` has it: numbers have their unit in the key, what is not known is null. */
export function toFarmDocument(assessed: AssessedFarm, faults: readonly Fault[]) {
  const { rigs, findings, totals } = assessed;
  return { rigs: rigs.map(toRigDocument), findings, totals, faults };
}

function toRigDocument(assessed: AssessedRig) {
  const { cards, totals } = assessed;
  return { ...toRigFields(assessed), cards: cards.map(toCardDocument), totals };
}

/** A rig without its cards and sums. */
export function toRigFields({ rig, findings }: AssessedRig) {
  const { rigId, name, source, host, contradictions, observedAt = null } = rig;
  return { rigId, name, source, observedAt, host, contradictions, findings };
}

/** A card with its grade and what it is known by. */
export function toCardDocument(assessed: AssessedCard) {
  const { card, match, modelNames, grade, evidence, route, vram, fits, largestFit, findings } = assessed;
  return {
    ...{ cardId: card.cardId, kind: card.kind, busId: card.busId ?? null, name: card.name ?? null },
    ...{ pciId: card.pciId ?? null, uuid: card.uuid ?? null, serial: card.serial ?? null },
    ...{ match: match?.kind ?? null, modelNames, grade, evidence },
    ...{ route: route?.name ?? null, routeSupportedUntil: route?.supportedUntil ?? null },
    ...{ vramBytes: vram?.bytes ?? null, vramBasis: vram?.basis ?? null },
    ...{ usableVramBytes: vram?.usableBytes ?? null, largestFit },
    fits: fits.map(toFitDocument),
    pcieLink: card.pcieLink ?? null,
    reading: card.reading ?? null,
    findings,
  };
}

function toFitDocument({ workload, needs, isFitting, leftBytes, refusal, speed }: WorkloadFit) {
  const { name, kind, sourceModel, contextTokenCount } = workload;
  const fields = { workload: name, kind, sourceModel, contextTokenCount, needs, isFitting, leftBytes };
  return { ...fields, refusal: refusal ?? null, speed: speed ?? null };
}

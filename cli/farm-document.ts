import type { Fault } from '@rerig/domain/fault';
import type { AssessedCard, AssessedFarm, AssessedRig } from '@rerig/domain/grading';

/** A graded farm as every `--json` has it: numbers have their unit in the key, what is not known is null. */
export function toFarmDocument(assessed: AssessedFarm, faults: readonly Fault[]) {
  const { rigs, findings, totals } = assessed;
  return { rigs: rigs.map(toRigDocument), findings, totals, faults };
}

function toRigDocument({ rig, cards, findings, totals }: AssessedRig) {
  const { rigId, name, source, host, contradictions, observedAt = null } = rig;
  return { rigId, name, source, observedAt, host, contradictions, findings, cards: cards.map(toCardDocument), totals };
}

function toCardDocument(assessed: AssessedCard) {
  const { card, match, modelNames, grade, evidence, route, vram, fits, largestFit, findings } = assessed;
  return {
    ...{ cardId: card.cardId, kind: card.kind, busId: card.busId ?? null, name: card.name ?? null },
    ...{ match: match?.kind ?? null, modelNames, grade, evidence },
    ...{ route: route?.name ?? null, routeSupportedUntil: route?.supportedUntil ?? null },
    ...{ vramBytes: vram?.bytes ?? null, vramBasis: vram?.basis ?? null },
    ...{ usableVramBytes: vram?.usableBytes ?? null, largestFit },
    fits: fits.map(({ workload, needs, isFitting, leftBytes }) => ({
      workload: workload.name,
      sourceModel: workload.sourceModel,
      contextTokenCount: workload.contextTokenCount,
      needs,
      isFitting,
      leftBytes,
    })),
    reading: card.reading ?? null,
    findings,
  };
}

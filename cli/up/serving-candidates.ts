import type { AssessedCard, AssessedRig, Grade } from '@rerig/domain/grading';

/** A card of this machine that may serve a model, and by which of the model server's routes. */
export interface ServingCandidate {
  readonly cardId: string;
  readonly name: string;
  readonly route: 'cpu' | 'vulkan';
}

const gradeRank: Readonly<Record<Grade, number>> = { A: 0, B: 1, C: 2, D: 3, E: 4 };
const UNGRADED_RANK = 5;

/**
 * This machine's cards in the order in which they are tried: by grade, then VRAM, without those with a blocking
 * finding; the processor last. Cards are driven by Vulkan, the one route that all of them have.
 */
export function servingCandidates({ cards }: AssessedRig): readonly ServingCandidate[] {
  const usable = cards.filter(({ findings }) => findings.every(({ severity }) => severity !== 'blocking'));
  return usable.toSorted(byWorth).map(({ card, modelNames }) => {
    const [modelName, ...others] = modelNames;
    return {
      cardId: card.cardId,
      name: modelName !== undefined && others.length === 0 ? modelName : (card.name ?? card.cardId),
      route: card.kind === 'cpu' ? 'cpu' : 'vulkan',
    };
  });
}

function byWorth(one: AssessedCard, other: AssessedCard): number {
  if (one.card.kind !== other.card.kind) return one.card.kind === 'cpu' ? 1 : -1;
  const rankOf = ({ grade }: AssessedCard) => (grade === null ? UNGRADED_RANK : gradeRank[grade]);
  return rankOf(one) - rankOf(other) || (other.vram?.bytes ?? 0) - (one.vram?.bytes ?? 0);
}

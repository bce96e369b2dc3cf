import type { CardFeatures } from '@rerig/domain/workloads';
import type { SlurmRig } from './slurm-rig.ts';

const GIB = 1024 ** 3;

/** From the best; a card without a grade comes after them. */
const GRADES = ['A', 'B', 'C', 'D', 'E'] as const;

/** What separates the weights of two grades: more than any speed adds within one. */
const WEIGHT_STEP = 1000;

/**
 * A rig's features in Slurm's words, for those who ask by `--constraint`: `nvidia`, `vram8` (whole GiB), `grade_a`, the
 * routes, and the models. Of a mixed rig, what any of its cards has: which card is meant is told by its type.
 */
export function rigFeatures({ cards }: SlurmRig): readonly string[] {
  const words = cards.flatMap(({ gresType, vendor, features }) => [
    ...(vendor === undefined ? [] : [vendor]),
    `vram${Math.round(features.vramBytes / GIB)}`,
    features.grade === undefined ? 'ungraded' : `grade_${features.grade.toLowerCase()}`,
    ...features.routes.map((route) => `route_${route.replace(/[^a-z0-9]+/gi, '_')}`),
    gresType,
  ]);
  return [...new Set(words)].toSorted();
}

/** Slurm takes the rig of the least weight first: that of the best grade, then of the most tokens a second. 1 to 6000. */
export function rigWeight({ cards }: SlurmRig): number {
  return Math.min(GRADES.length * WEIGHT_STEP + WEIGHT_STEP, ...cards.map(({ features }) => cardWeight(features)));
}

function cardWeight({ grade, tokensPerSecond = 0 }: CardFeatures): number {
  const rank = grade === undefined ? GRADES.length : GRADES.indexOf(grade);
  const fast = Math.min(WEIGHT_STEP - 1, Math.max(0, Math.round(tokensPerSecond)));
  return rank * WEIGHT_STEP + (WEIGHT_STEP - fast);
}

import type { RouteName } from '../cards.ts';
import type { Grade } from '../grading.ts';

/** What kinds of work run on cards. `replica`: a model server; `job`: runs to its end; `fallback`: what an idle card does. */
export const workloadKinds = ['replica', 'job', 'fallback'] as const;
export type WorkloadKind = (typeof workloadKinds)[number];

/**
 * Who gives way to whom, the lowest first. A higher one takes cards from `fallback` and `interruptible`, in that order;
 * nothing takes them from `guaranteed`.
 */
export const workloadPriorities = ['fallback', 'interruptible', 'guaranteed'] as const;
export type WorkloadPriority = (typeof workloadPriorities)[number];

/** What a card can do, for whoever chooses one. */
export interface CardFeatures {
  /** An id of the catalogue; absent for a card that it does not know. */
  readonly cardModelId?: string;
  /** The name of it for people. */
  readonly cardModelName: string;
  /** 0 for a processor. */
  readonly vramBytes: number;
  /** Stacks that drive it. */
  readonly routes: readonly RouteName[];
  /** Absent: not graded. */
  readonly grade?: Grade;
  /** Of its PCIe link, one way; absent: not known. */
  readonly linkBytesPerSecond?: number;
  /** Predicted or measured for the grading's reference model; absent: not known. Faster cards are preferred for guaranteed work. */
  readonly tokensPerSecond?: number;
}

/** The least that each card must have. What is absent is not asked for. */
export interface CardNeeds {
  readonly vramBytesMin?: number;
  /** One of these must drive it. */
  readonly routes?: readonly RouteName[];
  /** Ids of the catalogue: one of them. */
  readonly cardModelIds?: readonly string[];
  /** At least as good as this. */
  readonly gradeMin?: Grade;
  readonly linkBytesPerSecondMin?: number;
}

/**
 * The cards of one rank: exactly these (of a workload of one rank alone; none for what computes elsewhere), or so many on
 * one rig that each can do what is needed.
 */
export type CardDemand =
  | { readonly kind: 'these'; readonly cardIds: readonly string[] }
  | {
      readonly kind: 'any';
      /** On one rig, 0 to 64. */
      readonly count: number;
      readonly needs: CardNeeds;
      /** Only on these rigs; absent: on any. */
      readonly rigIds?: readonly string[];
    };

/** From the best. */
const GRADES: readonly Grade[] = ['A', 'B', 'C', 'D', 'E'];

/** Why a card does not do for what is needed, in a few words for a person; null where it does. */
export function unmetNeed(card: CardFeatures, needs: CardNeeds): string | null {
  const { vramBytesMin = 0, routes, cardModelIds, gradeMin, linkBytesPerSecondMin } = needs;
  if (card.vramBytes < vramBytesMin) return 'too little VRAM';
  if (routes !== undefined && !routes.some((route) => card.routes.includes(route))) return 'no route that drives it';
  if (cardModelIds !== undefined && !cardModelIds.some((id) => id === card.cardModelId)) return 'another card model';
  if (gradeMin !== undefined && (card.grade === undefined || GRADES.indexOf(card.grade) > GRADES.indexOf(gradeMin))) {
    return 'a lower grade';
  }
  if (linkBytesPerSecondMin !== undefined && (card.linkBytesPerSecond ?? 0) < linkBytesPerSecondMin) {
    return 'too slow a link';
  }
  return null;
}

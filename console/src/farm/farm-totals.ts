import type { CardState, FarmView } from '@rerig/api/exchange';
import { CARD_STATES, GRADE_KEYS, type GradeKey, gradeKeyOf } from './card-words.ts';

/** What the farm has, counted over all its cards. */
export interface FarmTotals {
  readonly cardCount: number;
  readonly rigCount: number;
  readonly liveRigCount: number;
  readonly servingCount: number;
  readonly vramBytes: number;
  /** GPUs whose VRAM is not known, so that it is missing from the sum. */
  readonly vramUnknownCount: number;
  readonly countByGrade: ReadonlyMap<GradeKey, number>;
  readonly countByState: ReadonlyMap<CardState, number>;
}

/** Counts a farm's cards by grade and by state, and adds up the VRAM that is known. */
export function farmTotals(farm: FarmView): FarmTotals {
  const cards = farm.rigs.flatMap((rig) => rig.cards);
  const gpus = cards.filter((card) => card.kind === 'gpu');
  const countByState = new Map(
    CARD_STATES.map((state) => [state, cards.filter((card) => card.state === state).length]),
  );
  return {
    cardCount: cards.length,
    rigCount: farm.rigs.length,
    liveRigCount: farm.rigs.filter((rig) => rig.source === 'live').length,
    servingCount: countByState.get('serving') ?? 0,
    vramBytes: gpus.reduce((sumBytes, card) => sumBytes + (card.vramBytes ?? 0), 0),
    vramUnknownCount: gpus.filter((card) => card.vramBytes === undefined).length,
    countByGrade: new Map(GRADE_KEYS.map((key) => [key, cards.filter((card) => gradeKeyOf(card) === key).length])),
    countByState,
  };
}

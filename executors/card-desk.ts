import type { CardArbiter } from './card-arbiter.ts';
import { type CardView, decidePlace, type Holder, KEPT_FOR_OTHERS, type PlaceDecision } from './card-choice.ts';
import { isBefore, priorityOf, type Waiting, type WaitLine, wishOf } from './wait-line.ts';

/** What is to be done for those that wait: in this order. */
export interface Served {
  readonly waiting: Waiting;
  readonly decision: PlaceDecision;
}

/**
 * Decides who of those that wait gets which cards: nobody takes what one before could use, so that a gang that needs many
 * cards gets them in the end. The fallback alone is put on cards that others wait for, as it gives way to them at once.
 */
export class CardDesk {
  readonly #arbiter: CardArbiter;
  readonly #holders: () => ReadonlyMap<string, Holder>;

  constructor(arbiter: CardArbiter, holders: () => ReadonlyMap<string, Holder>) {
    this.#arbiter = arbiter;
    this.#holders = holders;
  }

  view(): CardView {
    return {
      cards: this.#arbiter.capacities(),
      holders: this.#holders(),
      rigIds: this.#arbiter.openRigIds(),
    };
  }

  /**
   * Serves the line from its head: gives to `act` what is to be done for each, which does it before the next is decided on.
   */
  serve(line: WaitLine, act: (served: Served) => void): void {
    const reserved = new Set<string>();
    const wanted = new Set<string>();
    for (const waiting of line.inOrder()) {
      const decision = this.#decide(waiting, reserved, wanted);
      act({ waiting, decision });
      keepFree(decision, reserved, wanted);
    }
  }

  /** What is to be done for one that comes to the line. */
  decideLast(line: WaitLine, last: Waiting): PlaceDecision {
    const reserved = new Set<string>();
    const wanted = new Set<string>();
    for (const waiting of line.inOrder().filter((each) => isBefore(each, last))) {
      keepFree(this.#decide(waiting, reserved, wanted), reserved, wanted);
    }
    return this.#decide(last, reserved, wanted);
  }

  #decide({ spec }: Waiting, reserved: ReadonlySet<string>, wanted: ReadonlySet<string>): PlaceDecision {
    const isKept = (cardId: string) => reserved.has(cardId) || (priorityOf(spec) !== 'fallback' && wanted.has(cardId));
    const view = this.view();
    const cards = view.cards.map((card) =>
      isKept(card.cardId) && card.standing === 'in-service'
        ? { ...card, standing: 'drained' as const, standingWhy: KEPT_FOR_OTHERS }
        : card,
    );
    return decidePlace(spec.workloadId, wishOf(spec), { ...view, cards });
  }
}

/** Cards that one will have are `reserved` against all behind it; those that it could use are `wanted`. */
function keepFree(decision: PlaceDecision, reserved: Set<string>, wanted: Set<string>): void {
  if (decision.kind === 'busy') for (const cardId of decision.usableIds) wanted.add(cardId);
  else for (const cardId of decision.places.flatMap((place) => place.cardIds)) reserved.add(cardId);
}

import { InvariantError } from '@rerig/domain/fault';
import type { CardFeatures } from '@rerig/domain/workloads';
import { type ExecutorFault, executorFault } from './faults.ts';
import type { CardCapacity, CardStanding, DrainTarget } from './port.ts';

/** A card that work can be put on. */
export interface ArbiterCard {
  readonly cardId: string;
  readonly rigId: string;
  readonly features: CardFeatures;
}

/**
 * One arbiter per card: whoever wants cards claims them here first, all or none. Claims are made in one turn of the
 * event loop, so that of two starts at once one gets them.
 */
export class CardArbiter {
  readonly #cards: ReadonlyMap<string, ArbiterCard>;
  readonly #rigIds: readonly string[];
  readonly #holders = new Map<string, string>();
  /** Why a card, or a whole rig, is out of service. */
  readonly #drainedCards = new Map<string, string>();
  readonly #drainedRigs = new Map<string, string>();

  /** `rigIds`: rigs beside those of the cards, which take work that needs none. */
  constructor(cards: readonly ArbiterCard[], rigIds: readonly string[] = []) {
    this.#rigIds = [...new Set([...rigIds, ...cards.map(({ rigId }) => rigId)])];
    this.#cards = new Map(cards.map((card) => [card.cardId, card]));
    if (this.#cards.size !== cards.length) {
      throw new InvariantError(`a card is named twice: ${cards.map(({ cardId }) => cardId).join(', ')}`);
    }
  }

  /** Gives free cards to a workload. Whoever claims has looked: a card with an owner is never given to another. */
  claim(cardIds: readonly string[], workloadId: string): void {
    for (const cardId of cardIds) {
      const holder = this.#holders.get(cardId);
      if (!this.#cards.has(cardId) || (holder !== undefined && holder !== workloadId)) {
        throw new InvariantError(`${workloadId} claims ${cardId}, which ${holder ?? 'nobody'} holds`);
      }
    }
    for (const cardId of cardIds) this.#holders.set(cardId, workloadId);
  }

  /** Gives back every card of a workload; none where it holds none. */
  release(workloadId: string): void {
    for (const [cardId, holder] of this.#holders) {
      if (holder === workloadId) this.#holders.delete(cardId);
    }
  }

  capacities(): readonly CardCapacity[] {
    return [...this.#cards.values()].map(({ cardId, rigId, features }) => {
      const workloadId = this.#holders.get(cardId) ?? null;
      const why = this.#drainedCards.get(cardId) ?? this.#drainedRigs.get(rigId);
      return { cardId, rigId, workloadId, features, ...standingOf(why, workloadId) };
    });
  }

  /** Rigs on which work that needs no card may start. */
  openRigIds(): readonly string[] {
    return this.#rigIds.filter((rigId) => !this.#drainedRigs.has(rigId));
  }

  /** Takes a card or a rig out of service; a Fault where it is not known. */
  drain(target: DrainTarget, why: string): ExecutorFault | null {
    const unknown = this.#unknown(target);
    if (unknown !== null) return unknown;
    if (target.kind === 'card') this.#drainedCards.set(target.cardId, why);
    else this.#drainedRigs.set(target.rigId, why);
    return null;
  }

  /** Brings a card, or a rig with all its cards, back into service. Of a drained rig, the other cards stay out. */
  resume(target: DrainTarget): ExecutorFault | null {
    const unknown = this.#unknown(target);
    if (unknown !== null) return unknown;
    const rigId = target.kind === 'rig' ? target.rigId : (this.#cards.get(target.cardId)?.rigId ?? '');
    const rigWhy = this.#drainedRigs.get(rigId);
    this.#drainedRigs.delete(rigId);
    for (const card of this.#cards.values()) {
      if (card.rigId !== rigId) continue;
      if (target.kind === 'rig' || target.cardId === card.cardId) this.#drainedCards.delete(card.cardId);
      else if (rigWhy !== undefined && !this.#drainedCards.has(card.cardId)) {
        this.#drainedCards.set(card.cardId, rigWhy);
      }
    }
    return null;
  }

  /** Everything out of service, for a record of it. */
  drained(): readonly { readonly target: DrainTarget; readonly why: string }[] {
    return [
      ...[...this.#drainedRigs].map(([rigId, why]) => ({ target: { kind: 'rig', rigId } as const, why })),
      ...[...this.#drainedCards].map(([cardId, why]) => ({ target: { kind: 'card', cardId } as const, why })),
    ];
  }

  #unknown(target: DrainTarget): ExecutorFault | null {
    const cards = [...this.#cards.values()];
    if (target.kind === 'card') return this.#cards.has(target.cardId) ? null : unknownCard(target.cardId, cards);
    return this.#rigIds.includes(target.rigId) ? null : unknownRig(target.rigId, this.#rigIds);
  }
}

function standingOf(
  why: string | undefined,
  workloadId: string | null,
): { readonly standing: CardStanding; readonly standingWhy?: string } {
  if (why === undefined) return { standing: 'in-service' };
  return { standing: workloadId === null ? 'drained' : 'draining', standingWhy: why };
}

/** The refusal of a card that is not here. */
export function unknownCard(cardId: string, cards: readonly Pick<ArbiterCard, 'cardId'>[]): ExecutorFault {
  const known = cards.map((card) => card.cardId).join(', ');
  return executorFault('card-unknown', {
    what: `There is no card ${cardId} here.`,
    why: known === '' ? 'This machine has no cards that work can run on.' : `The cards are ${known}.`,
    mend: 'Choose one of the cards that "rerig cards" shows.',
  });
}

function unknownRig(rigId: string, rigIds: readonly string[]): ExecutorFault {
  return executorFault('rig-unknown', {
    what: `There is no rig ${rigId} here.`,
    why: rigIds.length === 0 ? 'There is no rig here.' : `The rigs are ${rigIds.join(', ')}.`,
    mend: 'Choose one of these.',
  });
}

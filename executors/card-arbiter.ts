import { InvariantError } from '@rerig/domain/fault';
import { type ExecutorFault, executorFault } from './faults.ts';
import type { CardHolding } from './port.ts';

/**
 * One arbiter per card: whoever wants cards claims them here first, all or none. Claims are made in one turn of the
 * event loop, so that of two starts at once one is refused.
 */
export class CardArbiter {
  readonly #holders: Map<string, string | null>;

  constructor(cardIds: readonly string[]) {
    this.#holders = new Map(cardIds.map((cardId) => [cardId, null]));
    if (this.#holders.size !== cardIds.length) throw new InvariantError(`a card is named twice: ${cardIds.join(', ')}`);
  }

  /** Gives the cards to a workload, or a Fault that names the one in the way. */
  claim(cardIds: readonly string[], workloadId: string): ExecutorFault | null {
    for (const cardId of cardIds) {
      const holder = this.#holders.get(cardId);
      if (holder === undefined) return this.#unknown(cardId);
      if (holder !== null) return busy(cardId, holder);
    }
    for (const cardId of cardIds) this.#holders.set(cardId, workloadId);
    return null;
  }

  /** Gives back every card of a workload; none where it holds none. */
  release(workloadId: string): void {
    for (const [cardId, holder] of this.#holders) {
      if (holder === workloadId) this.#holders.set(cardId, null);
    }
  }

  holdings(): readonly CardHolding[] {
    return [...this.#holders].map(([cardId, workloadId]) => ({ cardId, workloadId }));
  }

  #unknown(cardId: string): ExecutorFault {
    const known = [...this.#holders.keys()].join(', ');
    return executorFault('card-unknown', {
      what: `There is no card ${cardId} here.`,
      why: known === '' ? 'This machine has no cards that work can run on.' : `The cards are ${known}.`,
      mend: 'Choose one of the cards that "rerig probe" shows.',
    });
  }
}

function busy(cardId: string, holder: string): ExecutorFault {
  return executorFault('card-busy', {
    what: `The card ${cardId} is not free.`,
    why: `The workload ${holder} holds it.`,
    mend: 'Stop that workload first, or choose another card.',
  });
}

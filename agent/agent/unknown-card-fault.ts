import type { ObservedCard } from '@rerig/domain/inventory';
import { type AgentFault, agentFault } from './faults.ts';

/** Refuses a card that this machine does not have. */
export function unknownCardFault(replicaId: string, cardId: string, cards: readonly ObservedCard[]): AgentFault {
  return agentFault('replica-card-unknown', {
    what: `The replica ${replicaId} is not started: there is no card ${cardId} here.`,
    why: `The probe found ${cards.map((each) => each.cardId).join(', ') || 'none'}.`,
    mend: 'Choose one of those; for a card that was put in since, start the agent again.',
  });
}

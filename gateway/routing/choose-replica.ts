import type { Replica } from '../ports.ts';

/** The replica with the fewest outstanding tokens, the first of equals; null where there is none. */
export function chooseReplica(replicas: readonly Replica[]): Replica | null {
  return replicas.reduce<Replica | null>(
    (best, replica) => (best === null || replica.outstandingTokens < best.outstandingTokens ? replica : best),
    null,
  );
}

import type { Replica } from '../ports.ts';

/** The first replica that takes new work; null where there is none. */
export function chooseReplica(replicas: readonly Replica[]): Replica | null {
  return replicas.find(({ isDraining }) => !isDraining) ?? null;
}

import type { Constraints, Isolation, Replica, ReplicaDoor } from '../ports.ts';
import type { ReplicaLoad } from './replica-load.ts';

/** Sets of constraints that one index remembers the candidates of; past it they are forgotten and made again. */
const FILTERS_MAX = 64;

const isolationRanks: Readonly<Record<Isolation, number>> = { process: 0, container: 1, vm: 2 };

/** A replica with what is under way on it. */
export interface Candidate {
  readonly replica: Replica;
  readonly load: ReplicaLoad;
  /** How many times the price of the cheapest replica of the model it costs; ≥ 1. */
  readonly priceRatio: number;
}

/** Replicas that a kind of request may go to, by context, shortest first. None of them drains. */
export interface Candidates {
  readonly byContext: readonly Candidate[];
  readonly byId: ReadonlyMap<string, Candidate>;
}

/** What can be sent where, derived once from a list of replicas that stays the same until something changes. */
export class ReplicaIndex {
  readonly #candidates: readonly Candidate[];
  readonly #filtered = new Map<string, Candidates>();
  #lastFilter: { readonly door: ReplicaDoor; readonly constraints: Constraints; readonly found: Candidates } | null =
    null;

  constructor(replicas: readonly Replica[], loadOf: (replicaId: string) => ReplicaLoad) {
    const cheapest = replicas.reduce((least, replica) => Math.min(least, priceOf(replica)), Number.POSITIVE_INFINITY);
    this.#candidates = replicas
      .filter(({ isDraining }) => !isDraining)
      .map((replica) => ({
        replica,
        load: loadOf(replica.replicaId),
        priceRatio: cheapest > 0 ? priceOf(replica) / cheapest : 1,
      }))
      .sort((a, b) => a.replica.contextTokens - b.replica.contextTokens);
  }

  /** Whether nothing is served by any replica, whatever the door and the constraints. */
  get isEmpty(): boolean {
    return this.#candidates.length === 0;
  }

  /** The replicas that serve a door within a customer's constraints. */
  candidates(door: ReplicaDoor, constraints: Constraints): Candidates {
    const last = this.#lastFilter;
    if (last !== null && last.door === door && last.constraints === constraints) return last.found;
    const { regions, operatorIds, isolation } = constraints;
    const name = JSON.stringify([door, isolation, regions, operatorIds]);
    const found = this.#filtered.get(name) ?? this.#filter(door, constraints);
    if (this.#filtered.size >= FILTERS_MAX) this.#filtered.clear();
    this.#filtered.set(name, found);
    this.#lastFilter = { door, constraints, found };
    return found;
  }

  #filter(door: ReplicaDoor, constraints: Constraints): Candidates {
    const byContext = this.#candidates.filter(
      ({ replica }) => replica.doors.includes(door) && meets(replica, constraints),
    );
    return { byContext, byId: new Map(byContext.map((candidate) => [candidate.replica.replicaId, candidate])) };
  }
}

/** Whether a replica may do a customer's work. */
export function meets(replica: Replica, { regions, operatorIds, isolation }: Constraints): boolean {
  if (regions.length > 0 && (replica.region === null || !regions.includes(replica.region))) return false;
  if (operatorIds.length > 0 && !operatorIds.includes(replica.operatorId)) return false;
  return isolationRanks[replica.isolation] >= isolationRanks[isolation];
}

function priceOf({ priceMicroUsdPerMillionCompletionTokens }: Replica): number {
  return Number(priceMicroUsdPerMillionCompletionTokens);
}

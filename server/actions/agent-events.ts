import type { AgentEvent, ReplicaStateEvent } from '@rerig/api/agent';
import type { CardState } from '@rerig/api/exchange';
import type { WorkloadState } from '@rerig/domain/workloads';
import type { FarmBoard } from './farm-board.ts';
import type { ReplicaRegistry, ReplicaReport } from './replicas.ts';

/** Starts of agents whose place in their events is remembered: more than can be under way at once. */
const REMEMBERED_BOOTS_MAX = 1000;

/**
 * Applies what agents tell, each event once and in its order: one that comes again, or after a later one of the same
 * start, changes nothing. What is applied is in memory, as agents tell all of it anew when the exchange starts.
 */
export class AgentEvents {
  readonly #replicas: ReplicaRegistry;
  readonly #farm: FarmBoard;
  readonly #lastSequences = new Map<string, number>();

  constructor(replicas: ReplicaRegistry, farm: FarmBoard) {
    this.#replicas = replicas;
    this.#farm = farm;
  }

  apply(event: AgentEvent): void {
    const { agentBootId, sequence } = event;
    if (sequence <= (this.#lastSequences.get(agentBootId) ?? 0)) return;
    this.#remember(agentBootId, sequence);
    if (event.kind === 'rig-probed') this.#farm.setLiveRig(event.rig);
    else this.#replicas.report(toReport(event));
  }

  /** The start that was heard of last is kept longest. */
  #remember(agentBootId: string, sequence: number): void {
    this.#lastSequences.delete(agentBootId);
    this.#lastSequences.set(agentBootId, sequence);
    const [oldest] = this.#lastSequences.keys();
    if (this.#lastSequences.size > REMEMBERED_BOOTS_MAX && oldest !== undefined) this.#lastSequences.delete(oldest);
  }
}

/** What a card does while a replica on it is in a state: from `stopping` on it takes nothing new. */
const cardStates: Readonly<Record<WorkloadState, CardState>> = {
  queued: 'starting',
  starting: 'starting',
  ready: 'serving',
  running: 'serving',
  preempted: 'starting',
  stopping: 'ready',
  stopped: 'ready',
  failed: 'failed',
  lost: 'failed',
};

function toReport(event: ReplicaStateEvent): ReplicaReport {
  const { replicaId, cardId, state, model = null, listen = null, contextTokens = 0, fault = null } = event;
  return { replicaId, cardId, state: cardStates[state], model, listen, contextTokens, fault };
}

import type { AgentEvent, ReplicaStateEvent } from '@rerig/api/agent';
import type { CardState } from '@rerig/api/exchange';
import type { WorkloadState } from '@rerig/domain/workloads';
import type { FarmBoard } from './farm-board.ts';
import type { ReplicaReport } from './replica-report.ts';
import type { ReplicaRegistry } from './replicas.ts';

/** Starts of agents whose place in their events is remembered: more than can be under way at once. */
const REMEMBERED_BOOTS_MAX = 1000;

/**
 * Applies what agents tell, each event once and in its order: one that comes again, or after a later one of the same
 * start, changes nothing. What is applied is in memory, as agents tell all of it anew when the exchange starts.
 */
export class AgentEvents {
  readonly #replicas: ReplicaRegistry;
  readonly #farm: Pick<FarmBoard, 'setLiveRig'>;
  readonly #lastSequences = new Map<string, number>();

  constructor(replicas: ReplicaRegistry, farm: Pick<FarmBoard, 'setLiveRig'>) {
    this.#replicas = replicas;
    this.#farm = farm;
  }

  apply(event: AgentEvent): void {
    const { agentBootId, sequence } = event;
    if (sequence <= (this.#lastSequences.get(agentBootId) ?? 0)) return;
    this.#remember(agentBootId, sequence);
    if (event.kind === 'rig-probed') {
      this.#replicas.cards.setRig(event.rig);
      this.#farm.setLiveRig(event.rig);
    } else this.#replicas.report(toReport(event));
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

/** What a replica answers at once, and which doors, where its agent does not say. */
const PARALLEL_COUNT = 8;
const DOORS: ReplicaReport['doors'] = ['chat'];

function toReport(event: ReplicaStateEvent): ReplicaReport {
  return {
    replicaId: event.replicaId,
    cardId: event.cardId,
    moreCardIds: event.moreCardIds ?? [],
    state: cardStates[event.state],
    workloadState: event.state,
    model: event.model ?? null,
    listen: event.listen ?? null,
    contextTokens: event.contextTokens ?? 0,
    parallelCount: event.parallelCount ?? PARALLEL_COUNT,
    doors: event.doors ?? DOORS,
    serverKind: event.serverKind ?? 'ours',
    // What gives vectors writes no tokens: 0 is no speed to reckon with.
    tokensPerSecond: event.tokensPerSecond === 0 ? null : (event.tokensPerSecond ?? null),
    upstreamModel: event.upstreamModel ?? null,
    pathPrefix: event.pathPrefix ?? '',
    fault: event.fault ?? null,
  };
}

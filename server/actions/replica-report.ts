import type { CardState } from '@rerig/api/exchange';
import type { Fault } from '@rerig/domain/fault';
import type { WorkloadState } from '@rerig/domain/workloads';
import type { ReplicaDoor } from '@rerig/gateway/gateway';

/** What is known of a replica, by the agent's word. `listen` is where its server listens: `unix:/path`, or an origin. */
export interface ReplicaReport {
  readonly replicaId: string;
  readonly cardId: string;
  /** Further cards over which it is split. */
  readonly moreCardIds: readonly string[];
  /** What its card does. */
  readonly state: CardState;
  /** The state of its workload, from which the card's is made. */
  readonly workloadState: WorkloadState;
  /** What it was ordered to serve, or serves; null where neither is known. */
  readonly model: string | null;
  /** Null while it is not ready. */
  readonly listen: string | null;
  /** Of one request, prompt and answer; 0 while it is not ready. */
  readonly contextTokens: number;
  /** Requests answered at once. */
  readonly parallelCount: number;
  readonly doors: readonly ReplicaDoor[];
  readonly serverKind: 'ours' | 'other';
  readonly tokensPerSecond: number | null;
  readonly upstreamModel: string | null;
  readonly pathPrefix: string;
  /** Why it failed, or waits to be started again. */
  readonly fault: Fault | null;
}

import type { AgentEvent } from '@rerig/api/agent';
import type { Fault } from '@rerig/domain/fault';
import type { Executor } from '@rerig/executors/port';
import type { ProbeReport } from '../probe.ts';

/** The way to the exchange. It may deliver an event twice; it resolves once the exchange has it, and rejects otherwise. */
export interface ServerLink {
  deliver(event: AgentEvent): Promise<void>;
}

/** The time and waiting, passed in so that tests need not wait. */
export interface AgentClock {
  /** Ms since the epoch. */
  nowMs(): number;
  /** Calls `then` once after a wait in ms, unless what it gives back is called before. */
  after(waitMs: number, then: () => void): () => void;
}

/** What an agent is made of. */
export interface AgentOptions {
  readonly executor: Executor;
  readonly server: ServerLink;
  readonly probe: () => Promise<ProbeReport>;
  /** Where replicas run; made where it is not there. */
  readonly dataFolder: string;
  /** Where replicas' sockets are: short, as a socket's whole path has at most 103 bytes. Made where it is not there. */
  readonly socketFolder: string;
  /** The model server's main.ts. */
  readonly modelServerPath: string;
  /** The program that watches other servers, foreign-server/main.ts; absent: replicas of kind `server` are refused. */
  readonly foreignServerPath?: string;
  /** What runs them: this process's own Node where absent. */
  readonly nodePath?: string;
  /** New for each start, as by `randomUUID`. */
  readonly agentBootId: string;
  /** The machine's own where absent. */
  readonly clock?: AgentClock;
}

/** A replica to be started: a model file in our model server, or another server. */
export type ReplicaOrder = ModelReplicaOrder | ServerReplicaOrder;

/** A model file, served by our model server on a card. */
export interface ModelReplicaOrder {
  readonly kind?: 'model';
  /** 1 to 60 letters, digits, `.`, `_` and `-`. */
  readonly replicaId: string;
  readonly cardId: string;
  /** Further cards, of the same route, over which whole layers are split. */
  readonly moreCardIds?: readonly string[];
  /** A GGUF file. */
  readonly modelPath: string;
  /** The name that requests must ask for; absent: the model server serves any. */
  readonly modelName?: string;
  readonly route: 'cpu' | 'vulkan' | 'cuda';
  /** Requests answered at once: 8 where absent. */
  readonly parallelCount?: number;
  /** Tokens of one request, prompt and answer: 1024 where absent. */
  readonly contextTokens?: number;
}

/** Any OpenAI-compatible server: one that runs at an address, or one that a command starts. */
export interface ServerReplicaOrder {
  readonly kind: 'server';
  /** As above. */
  readonly replicaId: string;
  /** The card that it computes on, which is held for it; null where it is none of this machine's. */
  readonly cardId: string | null;
  /** The name that customers ask for. */
  readonly modelName: string;
  /** Where it listens, `http://127.0.0.1:11434`; with `command` absent or one in which `{port}` is replaced. */
  readonly address?: string;
  /** Starts it: the program and its arguments, in which `{port}` becomes a free port. */
  readonly command?: readonly string[];
  /** Its own name for the model; absent: it is found by `modelName`, or is the only one. */
  readonly upstreamModel?: string;
  /** Requests answered at once; absent: as it says itself, else 8. */
  readonly parallelCount?: number;
  /** Tokens of one request; absent: as it says itself, else 4096. */
  readonly contextTokens?: number;
}

/** One farm's agent, running. */
export interface Agent {
  /** The rig as probed when the agent started. */
  readonly report: ProbeReport;
  /**
   * Starts a replica and keeps it running: one that fails is started again as `domain/workloads` decides, at once where
   * it was ready, and given up at the fifth failure in a row within 10 minutes, or at once where it was never ready and
   * its fault says that it must be mended first. How it fares is told by events. Gives the Fault, and sends no event, where it can't be started at all; null where it is being started.
   */
  startReplica(order: ReplicaOrder): Promise<Fault | null>;
  /** Stops a replica and gives null once it has ended; a Fault for one that was never started here. */
  stopReplica(replicaId: string): Promise<Fault | null>;
  /** How events get on: how many the exchange has not got yet, and why the last try failed, if it did. */
  delivery(): { readonly waitingCount: number; readonly problem: string | null };
  /** Resolves once the exchange has every event until now, `true`, or after `limitMs`, `false`. */
  delivered(limitMs: number): Promise<boolean>;
  /** Stops every replica, tries for a few seconds to deliver what is left, and ends. The executor stays open. */
  close(): Promise<void>;
}

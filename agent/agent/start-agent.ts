import { mkdirSync } from 'node:fs';
import type { ReplicaStateEvent } from '@rerig/api/agent';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { Unsubscribe } from '@rerig/executors/port';
import type { ProbeReport } from '../probe.ts';
import type { Agent, AgentClock, AgentOptions, ReplicaOrder } from './agent-options.ts';
import { type AgentFault, agentFault } from './faults.ts';
import { Outbox } from './outbox.ts';
import { Replica } from './replica.ts';
import { planReplica } from './replica-spec.ts';

/** Most characters of a card's id in an event. */
const CARD_ID_CHARACTERS_MAX = 200;
/** What is left to deliver when the agent ends gets so long. */
const LAST_DELIVERY_MS_MAX = 5000;

/**
 * Starts an agent: probes its machine, reports the rig, and then waits to be told what to run. A Fault where its
 * folders can't be made.
 */
export async function startAgent(options: AgentOptions): Promise<Agent | Fault> {
  const unusable = makeFolders([options.dataFolder, options.socketFolder]);
  if (unusable !== null) return unusable;
  const report = await options.probe();
  return new FarmAgent(options, report);
}

class FarmAgent implements Agent {
  readonly report: ProbeReport;
  readonly #options: AgentOptions;
  readonly #clock: AgentClock;
  readonly #outbox: Outbox;
  readonly #replicas = new Map<string, Replica>();
  readonly #unsubscribe: Unsubscribe;
  #workloadCount = 0;
  #closing: Promise<void> | undefined;

  constructor(options: AgentOptions, report: ProbeReport) {
    this.report = report;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#outbox = new Outbox(options.server, this.#clock, options.agentBootId);
    this.#unsubscribe = options.executor.watch(({ workload }) => {
      for (const replica of this.#replicas.values()) replica.hear(workload);
    });
    this.#outbox.add({ kind: 'rig-probed', rig: report.rig });
  }

  async startReplica(order: ReplicaOrder): Promise<Fault | null> {
    const { replicaId } = order;
    if (this.#closing !== undefined) return closedFault(replicaId);
    const { nodePath = process.execPath, ...place } = this.#options;
    const plan = planReplica(order, this.report.rig.cards, { nodePath, ...place });
    if (isFault(plan)) return plan;
    if (this.#replicas.get(replicaId)?.isOver === false) return existsFault(replicaId);
    const replica = new Replica(plan, {
      executor: this.#options.executor,
      clock: this.#clock,
      tell: (news) => this.#outbox.add({ kind: 'replica-state', replicaId, ...subjectOf(order), ...news }),
      makeWorkloadId: () => this.#makeWorkloadId(replicaId),
    });
    this.#replicas.set(replicaId, replica);
    const fault = await replica.start();
    if (fault !== null && this.#replicas.get(replicaId) === replica) this.#replicas.delete(replicaId);
    return fault;
  }

  async stopReplica(replicaId: string): Promise<Fault | null> {
    const replica = this.#replicas.get(replicaId);
    if (replica === undefined) return unknownFault(replicaId);
    await replica.stop();
    return null;
  }

  delivery() {
    return { waitingCount: this.#outbox.waitingCount, problem: this.#outbox.problem };
  }

  delivered(limitMs: number): Promise<boolean> {
    return this.#outbox.drained(limitMs);
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    await Promise.all([...this.#replicas.values()].map((replica) => replica.stop()));
    this.#unsubscribe();
    await this.#outbox.drained(LAST_DELIVERY_MS_MAX);
    this.#outbox.close();
  }

  /** New for each start of each replica in each start of the agent: an executor knows the ids of earlier ones. */
  #makeWorkloadId(replicaId: string): string {
    this.#workloadCount += 1;
    return `${replicaId}-${this.#options.agentBootId.slice(0, 8)}-${this.#workloadCount}`;
  }
}

/** What every event of a replica says of it: where it is, and what it is to serve. */
function subjectOf(order: ReplicaOrder): Pick<ReplicaStateEvent, 'cardId' | 'moreCardIds' | 'model'> {
  const model = order.modelName === undefined ? {} : { model: order.modelName };
  if (order.kind !== 'server') {
    const { cardId, moreCardIds } = order;
    return { cardId, ...(moreCardIds === undefined ? {} : { moreCardIds }), ...model };
  }
  return {
    cardId: order.cardId ?? `server/${order.address ?? order.modelName}`.slice(0, CARD_ID_CHARACTERS_MAX),
    ...model,
  };
}

const systemClock: AgentClock = {
  nowMs: () => Date.now(),
  after: (waitMs, then) => {
    const timer = setTimeout(then, waitMs);
    return () => clearTimeout(timer);
  },
};

function makeFolders(paths: readonly string[]): AgentFault | null {
  for (const path of paths) {
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
    } catch (error) {
      return agentFault('agent-folder-unusable', {
        what: `The agent can't use the folder ${path}.`,
        why: `The system says: ${error instanceof Error ? error.message : String(error)}.`,
        mend: 'Give a folder that can be written.',
      });
    }
  }
  return null;
}

function existsFault(replicaId: string): AgentFault {
  return agentFault('replica-exists', {
    what: `The replica ${replicaId} is not started again.`,
    why: 'A replica of this id is kept running here.',
    mend: 'Stop it first, or give another id.',
  });
}

function unknownFault(replicaId: string): AgentFault {
  return agentFault('replica-unknown', {
    what: `There is no replica ${replicaId}.`,
    why: 'It was never started here, or its start was refused.',
    mend: 'Give the id of a replica of this farm.',
  });
}

function closedFault(replicaId: string): AgentFault {
  return agentFault('agent-closed', {
    what: `The replica ${replicaId} is not started.`,
    why: 'The agent has ended.',
    mend: 'Start Rerig again.',
  });
}

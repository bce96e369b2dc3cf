import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Agent, startAgent } from '@rerig/agent/agent';
import { type Door, openDoor } from '@rerig/agent/door';
import { loadFarm } from '@rerig/agent/farm';
import type { ProbeReport } from '@rerig/agent/probe';
import { type Fault, isFault } from '@rerig/domain/fault';
import { openLocalExecutor } from '@rerig/executors/local';
import type { Executor } from '@rerig/executors/port';
import type { Exchange, ReplicaReport } from '@rerig/server/server';
import { cardsOfFarm, cardsOfFarmFault } from '../door/cards-of-farm.ts';
import { localCards } from '../door/open-executor.ts';
import { doorPath, takeOverFromAgent } from '../door/reach-agent.ts';
import { cliFault } from '../faults.ts';
import { printFault } from '../terminal.ts';
import { version } from '../version.ts';
import type { ServingCandidate } from './serving-candidates.ts';

/** This machine as a farm of one rig: its agent and its executor. */
export interface OpenFarm {
  readonly agent: Agent;
  /** Workloads that a crash had left running and that were ended at this start. */
  readonly orphanCount: number;
  /** Stops every replica, then ends both. */
  close(): Promise<void>;
}

const MODEL_SERVER_PATH = join(import.meta.dirname, '../../model-server/main.ts');
const FOREIGN_SERVER_PATH = join(import.meta.dirname, '../../model-server/foreign-server/main.ts');
/** The exchange is in this process: it has the news at once, or something is wrong. */
const DELIVERY_LIMIT_MS = 10_000;

/**
 * Opens this machine's executor and agent, and its door for "rerig run"; what happens is told to `exchange`. An agent that
 * runs in the background gives the executor up, and its jobs go on under this one. Where a farm of Slurm was made here, jobs
 * stay with its own agent, and this machine's cards are no rig of it.
 */
export async function openFarm(report: ProbeReport, dataFolder: string, exchange: Exchange): Promise<OpenFarm | Fault> {
  const made = await loadFarm(dataFolder);
  if (isFault(made)) return made;
  const refusal = 'Rerig does not serve models on this machine’s cards.';
  const refused =
    made?.rigs.some(({ rigId }) => rigId === report.rig.rigId) === true
      ? cardsOfFarmFault(refusal)
      : cardsOfFarm(refusal);
  if (refused !== null) return refused;
  const kept = made === null ? await takeOverFromAgent(dataFolder) : null;
  if (kept !== null) return kept;
  const executor = await openLocalExecutor({ ...localCards(report), dataFolder });
  if (isFault(executor)) return executor;
  const agent = await startAgent({
    executor,
    server: { deliver: async (event) => exchange.applyAgentEvent(event) },
    probe: async () => report,
    dataFolder,
    // Not where the agent's door is: who serves strangers is given none to it.
    socketFolder: join(dataFolder, 'sockets'),
    modelServerPath: MODEL_SERVER_PATH,
    foreignServerPath: FOREIGN_SERVER_PATH,
    agentBootId: randomUUID(),
  });
  if (isFault(agent)) {
    await executor.close();
    return agent;
  }
  const door = made === null ? await openDoorOf(executor, dataFolder) : null;
  await agent.delivered(DELIVERY_LIMIT_MS);
  return {
    agent,
    orphanCount: executor.orphans.length,
    close: async () => {
      await door?.close();
      await agent.close();
      await executor.close();
    },
  };
}

/** Models are served without a door: where it can't be opened, only "rerig run" and its like have to wait. */
async function openDoorOf(executor: Executor, dataFolder: string): Promise<Door | null> {
  const door = await openDoor({
    executor,
    executorKind: 'local',
    socketPath: doorPath(dataFolder),
    askedFolder: join(dataFolder, 'asked'),
    version: version(),
  });
  if (!isFault(door)) return door;
  printFault(door);
  return null;
}

/** What is to be served: a GGUF file under a name, with so much context for each request. */
export interface ServedFile {
  readonly modelName: string;
  readonly modelPath: string;
  readonly contextTokens: number;
}

/** Starts a replica on a card and waits until it serves. A Fault where it gives up, or where the wish to stop comes first. */
export async function serveOn(
  candidate: ServingCandidate,
  file: ServedFile,
  farm: OpenFarm,
  exchange: Exchange,
  stop: AbortSignal,
): Promise<ReplicaReport | Fault> {
  const replicaId = `${candidate.route}-${randomUUID().slice(0, 8)}`;
  const concluded = Promise.withResolvers<ReplicaReport | Fault>();
  const look = () => {
    const report = exchange.replicas.all().find((each) => each.replicaId === replicaId);
    if (report?.state === 'serving') concluded.resolve(report);
    if (report?.state === 'failed') concluded.resolve(report.fault ?? notReady(candidate));
  };
  const giveUp = () => concluded.resolve(stopped());
  exchange.replicas.on('change', look);
  stop.addEventListener('abort', giveUp, { once: true });
  try {
    const { cardId, route } = candidate;
    const refused = await farm.agent.startReplica({ replicaId, cardId, route, ...file });
    if (refused !== null) return refused;
    if (stop.aborted) giveUp();
    return await concluded.promise;
  } finally {
    exchange.replicas.off('change', look);
    stop.removeEventListener('abort', giveUp);
  }
}

/** What a command ends with when it was told to stop before it was done. */
export function stopped(): Fault {
  return cliFault('stopped', {
    what: 'Rerig was stopped before it was ready.',
    why: 'Ctrl-C was pressed, or a supervisor asked for it.',
    mend: 'Start it again: it goes on from what was stored.',
  });
}

function notReady({ name }: ServingCandidate): Fault {
  return cliFault('replica-not-ready', {
    what: `The model server on ${name} did not become ready.`,
    why: 'It gave no reason.',
    mend: 'Look into the log folder below the data folder, then start again.',
  });
}

import { resolve } from 'node:path';
import type { ObservedCard } from '@rerig/domain/inventory';
import type { WorkloadSpec } from '@rerig/executors/port';
import type { ServerReplicaOrder } from './agent-options.ts';
import { type AgentFault, agentFault } from './faults.ts';
import { replicaHeapFlags } from './replica-heap-flags.ts';
import type { ReplicaPlace } from './replica-place.ts';
import { unknownCardFault } from './unknown-card-fault.ts';

/** One that is watched may come back at any time; the executor's longest. */
const WATCHED_READY_WITHIN_MS = 24 * 3_600_000;
/** A container's image may have to be fetched, and its weights read. */
const STARTED_READY_WITHIN_MS = 3_600_000;
/** It ends what it started within 5 s of being asked to. */
const STOP_WITHIN_MS = 10_000;

/** What every start of another server's watcher has in common. A Fault for an order that can't be met. */
export function planServerReplica(
  order: ServerReplicaOrder,
  cards: readonly ObservedCard[],
  { nodePath, foreignServerPath, dataFolder }: ReplicaPlace,
): Omit<WorkloadSpec, 'workloadId'> | AgentFault {
  const { replicaId, cardId, address, command } = order;
  if (foreignServerPath === undefined) return invalid(replicaId, 'This agent was started without what watches others.');
  if (address === undefined && (command === undefined || command.length === 0)) {
    return invalid(replicaId, 'It names neither the address of a server nor a command that starts one.');
  }
  if (cardId !== null && cards.every((card) => card.cardId !== cardId)) {
    return unknownCardFault(replicaId, cardId, cards);
  }
  return {
    kind: 'replica',
    command: [nodePath, ...replicaHeapFlags, foreignServerPath, ...argumentsOf(order)],
    environment: {},
    cards: { kind: 'these', cardIds: cardId === null ? [] : [cardId] },
    readyWithinMs: command === undefined ? WATCHED_READY_WITHIN_MS : STARTED_READY_WITHIN_MS,
    stopWithinMs: STOP_WITHIN_MS,
    // It may drive a container engine, whose socket a sandbox hides.
    confinement: { tier: 'process', sandbox: 'none' },
    workingFolder: resolve(dataFolder),
  };
}

function argumentsOf(order: ServerReplicaOrder): readonly string[] {
  const { modelName, address, command, upstreamModel, parallelCount, contextTokens } = order;
  return [
    ...['--name', modelName],
    ...(address === undefined ? [] : ['--server', address]),
    ...(upstreamModel === undefined ? [] : ['--upstream-model', upstreamModel]),
    ...(parallelCount === undefined ? [] : ['--parallel', String(parallelCount)]),
    ...(contextTokens === undefined ? [] : ['--context', String(contextTokens)]),
    '--exit-with-parent',
    ...(command === undefined ? [] : ['--', ...command]),
  ];
}

function invalid(replicaId: string, why: string): AgentFault {
  return agentFault('replica-invalid', {
    what: `The replica ${replicaId} is not started.`,
    why,
    mend: 'Ask for it again with that put right.',
  });
}

import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ObservedCard } from '@rerig/domain/inventory';
import type { WorkloadSpec } from '@rerig/executors/port';
import type { ModelReplicaOrder, ReplicaOrder } from './agent-options.ts';
import { type AgentFault, agentFault } from './faults.ts';
import { replicaHeapFlags } from './replica-heap-flags.ts';
import type { ReplicaPlace } from './replica-place.ts';
import { planServerReplica } from './server-replica-spec.ts';
import { unknownCardFault } from './unknown-card-fault.ts';

const PARALLEL_COUNT = 8;
const CONTEXT_TOKENS = 1024;
/** An 8B model of 5 GB takes three minutes from a USB stick. */
const READY_WITHIN_MS = 600_000;
/** The model server ends within 5 s of being asked to. */
const STOP_WITHIN_MS = 7000;
/** Linux has 108 bytes for a socket's path, its end included, and other systems 104. Source: unix(7). */
const SOCKET_PATH_BYTES_MAX = 103;

/** What every start of a replica has in common: all of its workload but the id. A Fault for an order that can't be met. */
export function planReplica(
  order: ReplicaOrder,
  cards: readonly ObservedCard[],
  place: ReplicaPlace,
): Omit<WorkloadSpec, 'workloadId'> | AgentFault {
  const invalid = idFault(order) ?? countFault(order);
  if (invalid !== null) return invalid;
  if (order.kind === 'server') return planServerReplica(order, cards, place);
  const cardIds = [order.cardId, ...(order.moreCardIds ?? [])];
  const socketPath = join(resolve(place.socketFolder), `${order.replicaId}.sock`);
  const fault = cardFault(order, cardIds, cards) ?? pathFault(order, socketPath);
  if (fault !== null) return fault;
  return {
    kind: 'replica',
    command: [
      place.nodePath,
      ...replicaHeapFlags,
      place.modelServerPath,
      ...argumentsOf(order, cardIds, cards, socketPath),
    ],
    environment: tracesEnvironment(),
    cards: { kind: 'these', cardIds },
    readyWithinMs: READY_WITHIN_MS,
    stopWithinMs: STOP_WITHIN_MS,
    confinement: { tier: 'process', readablePaths: readablePaths(order, place) },
    // The folder of its socket, which is all that it writes to.
    workingFolder: resolve(place.socketFolder),
  };
}

/** What a model server reads though its sandbox hides what it may lie in: Rerig itself, and models wherever links lead. */
function readablePaths({ modelPath }: ModelReplicaOrder, { nodePath, modelServerPath, dataFolder }: ReplicaPlace) {
  const path = resolve(modelPath);
  const models = [join(resolve(dataFolder), 'models'), dirname(path), dirname(realpathSync(path))];
  return [nodePath, modelServerPath, installationFolder(modelServerPath), ...models];
}

/** The outermost folder in which a program's packages are looked for: all of Rerig lies in it. None as wide as /tmp. */
function installationFolder(programPath: string): string {
  let found = dirname(programPath);
  for (let folder = found; dirname(dirname(folder)) !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'node_modules'))) found = folder;
  }
  return found;
}

/** What tells our own model server of a collector for traces. Its headers may hold a key: a stranger's program gets none of it. */
function tracesEnvironment(): Readonly<Record<string, string>> {
  const entries = Object.entries(process.env).filter(([name]) => name.startsWith('OTEL_EXPORTER_OTLP_'));
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']));
}

function argumentsOf(
  order: ModelReplicaOrder,
  cardIds: readonly string[],
  cards: readonly ObservedCard[],
  socketPath: string,
): readonly string[] {
  const { parallelCount = PARALLEL_COUNT, contextTokens = CONTEXT_TOKENS } = order;
  return [
    ...['--model', resolve(order.modelPath)],
    ...['--listen', `unix:${socketPath}`],
    ...(order.modelName === undefined ? [] : ['--name', order.modelName]),
    ...['--parallel', String(parallelCount)],
    ...['--context', String(contextTokens)],
    ...['--route', order.route],
    ...cardIds.flatMap((id) => {
      const busId = cards.find(({ cardId }) => cardId === id)?.busId;
      return busId === undefined ? [] : ['--device', pciAddressOf(busId)];
    }),
    '--exit-with-parent',
  ];
}

/** `0a:00.0` → `0000:0a:00.0`, as the model server names cards. */
function pciAddressOf(busId: string): string {
  return /^[0-9a-f]{2}:/.test(busId) ? `0000:${busId}` : busId;
}

function idFault({ replicaId }: ReplicaOrder): AgentFault | null {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/.test(replicaId)) return null;
  return agentFault('replica-invalid', {
    what: `The replica ${JSON.stringify(replicaId.slice(0, 100))} is not started.`,
    why: 'Its id is not 1 to 60 letters, digits, ".", "_" and "-", the first a letter or digit.',
    mend: 'Give it another id.',
  });
}

function countFault({ replicaId, parallelCount = 1, contextTokens = 1 }: ReplicaOrder): AgentFault | null {
  if ([parallelCount, contextTokens].every((count) => Number.isSafeInteger(count) && count >= 1)) return null;
  return agentFault('replica-invalid', {
    what: `The replica ${replicaId} is not started.`,
    why: `It is to answer ${parallelCount} requests of ${contextTokens} tokens: both must be whole numbers from 1 on.`,
    mend: 'Ask for it with other numbers.',
  });
}

function cardFault(
  { replicaId, route }: ModelReplicaOrder,
  cardIds: readonly string[],
  cards: readonly ObservedCard[],
): AgentFault | null {
  for (const cardId of cardIds) {
    const card = cards.find((each) => each.cardId === cardId);
    if (card === undefined) return unknownCardFault(replicaId, cardId, cards);
    if ((card.kind === 'cpu') !== (route === 'cpu')) return unfitFault(replicaId, route, card);
  }
  return null;
}

function unfitFault(replicaId: string, route: string, { cardId, kind }: ObservedCard): AgentFault {
  return agentFault('replica-route-unfit', {
    what: `The replica ${replicaId} is not started.`,
    why: `The route ${route} does not drive the card ${cardId}, which is a ${kind}.`,
    mend: kind === 'cpu' ? 'Use the route cpu.' : 'Use the route vulkan or cuda.',
  });
}

function pathFault({ replicaId, modelPath }: ModelReplicaOrder, socketPath: string): AgentFault | null {
  const byteCount = Buffer.byteLength(socketPath);
  if (byteCount > SOCKET_PATH_BYTES_MAX) {
    return agentFault('socket-path-too-long', {
      what: `The replica ${replicaId} can't listen on ${socketPath}.`,
      why: `That path has ${byteCount} bytes, and the system takes ${SOCKET_PATH_BYTES_MAX}.`,
      mend: 'Give a shorter folder for sockets, or a shorter id.',
    });
  }
  if (existsSync(modelPath)) return null;
  return agentFault('model-file-missing', {
    what: `The replica ${replicaId} is not started.`,
    why: `Its model file ${resolve(modelPath)} is not there.`,
    mend: 'Give the path of a GGUF file.',
  });
}

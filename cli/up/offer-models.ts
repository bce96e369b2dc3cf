import type { RouteName } from '@rerig/domain/cards';
import { type Fault, isFault } from '@rerig/domain/fault';
import { vramNeedOf } from '@rerig/domain/grading';
import type { Lease } from '@rerig/domain/market';
import { chatWorkloadOf } from '@rerig/models/fit';
import { type Exchange, ensureDemoTenants, type OfferedModel } from '@rerig/server/server';
import type { ChosenModel } from '../chosen-model.ts';
import type { OpenFarm, ServedFile } from './open-farm.ts';
import type { WatchedServer } from './watched-server.ts';

/** Tokens of one request, and requests at once: as the agent starts replicas where it is not told otherwise. */
const CONTEXT_TOKENS = 1024;
const PARALLEL_COUNT = 8;
/** More replicas of one model than this farm's machine can have cards. */
const REPLICAS_MAX = 64;

/** Makes the demonstration's offer and lease for a name, and tells the exchange whose it is; gives the lease. */
export async function leaseName(exchange: Exchange, model: string): Promise<Lease | Fault> {
  const lease = await ensureDemoTenants(exchange.database, model);
  if (isFault(lease)) return lease;
  const { operatorId, terms } = lease;
  const { priceMicroUsdPerMillionCompletionTokens } = terms;
  exchange.replicas.setTerms(model, { operatorId, region: null, priceMicroUsdPerMillionCompletionTokens });
  return lease;
}

/** Lets models start and end by demand on the farm's cards. */
export function offerModels(
  exchange: Exchange,
  { agent }: OpenFarm,
  models: readonly ChosenModel[],
  keepWarmMs: number,
): void {
  for (const model of models) exchange.autoscaler.offer(toOffered(model, keepWarmMs));
  exchange.autoscaler.connect({
    startReplica: async ({ model, ...order }) => {
      const chosen = models.find(({ modelName }) => modelName === model);
      const file = chosen === undefined ? { modelPath: '' } : servedFile(chosen);
      return agent.startReplica({ ...order, ...file, modelName: model });
    },
    stopReplica: (replicaId) => agent.stopReplica(replicaId),
  });
}

/** Has another server watched; null once it is. How it fares is told by events. */
export function watchServer({ agent }: OpenFarm, { modelName, address }: WatchedServer, id: string) {
  return agent.startReplica({ kind: 'server', replicaId: `server-${id}`, cardId: null, modelName, address });
}

/** A model as its replicas are started: with no more context than it was trained for. */
export function servedFile({ modelName, modelPath, facts }: ChosenModel): ServedFile {
  return { modelName, modelPath, contextTokens: Math.min(CONTEXT_TOKENS, facts.contextTokenCount ?? CONTEXT_TOKENS) };
}

function toOffered(model: ChosenModel, keepWarmMs: number): OfferedModel {
  const { modelName, facts } = model;
  const { contextTokens } = servedFile(model);
  // The cache holds the whole context of every request at once.
  const workload = chatWorkloadOf(facts, contextTokens * PARALLEL_COUNT);
  const need = (route: RouteName) => vramNeedOf(workload, route);
  const needBytes = (route: RouteName) => need(route).totalBytes;
  const perCardBytes = (route: RouteName) => need(route).computeBufferBytes + need(route).driverBytes;
  return {
    model: modelName,
    fileBytes: facts.fileBytes,
    contextTokens,
    vramNeedBytes: { cpu: needBytes('cpu'), vulkan: needBytes('vulkan'), cuda: needBytes('cuda-12') },
    split: {
      sharedBytes: need('vulkan').weightsBytes + need('vulkan').kvCacheBytes,
      perCardBytes: { vulkan: perCardBytes('vulkan'), cuda: perCardBytes('cuda-12') },
    },
    replicasMin: 0,
    replicasMax: REPLICAS_MAX,
    keepWarmMs,
  };
}

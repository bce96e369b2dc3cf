import { type Fault, isFault } from '@rerig/domain/fault';
import { answerLine, type GatewayStores, type OpenedGateway } from '@rerig/gateway/gateway';
import type pg from 'pg';
import { BatchLoop } from './batch-loop.ts';
import type { Directory } from './directory.ts';
import { StoredBatches } from './stored-batches.ts';
import { StoredFiles } from './stored-files.ts';
import { StoredResponses } from './stored-responses.ts';

/** What the stores of files, batches and responses are opened over. */
export interface BatchWorkParts {
  readonly pool: pg.Pool;
  readonly directory: Directory;
  /** Why nothing can be kept now; null where it can. */
  readonly refusal: () => Fault | null;
  readonly onError: (error: unknown) => void;
}

/** Stores for the gateway's doors, and the loop that works on their batches once the gateway is open. */
export interface BatchWork {
  readonly stores: GatewayStores;
  start(opened: OpenedGateway): BatchLoop;
}

/** Opens the stores. Nothing is worked on before `start`. */
export function openBatchWork({ pool, directory, refusal, onError }: BatchWorkParts): BatchWork {
  const files = new StoredFiles(pool, refusal);
  const responses = new StoredResponses(pool);
  let loop: BatchLoop | null = null;
  const batches = new StoredBatches(pool, () => loop?.kick());
  return {
    stores: { files, batches, responses },
    start: ({ gateway, demand }) => {
      const { ports } = gateway;
      const started: BatchLoop = new BatchLoop({
        ...{ pool, files, onError },
        callerOf: async (apiKeyId) => {
          const key = await directory.key(apiKeyId);
          return isFault(key) ? key : key.caller;
        },
        modelRefusal: async (caller, model) => {
          const replicas = await ports.replicas(caller, model);
          return isFault(replicas) ? replicas : null;
        },
        load: async (caller, model) => {
          const replicas = await ports.replicas(caller, model);
          if (isFault(replicas)) return replicas;
          const taking = replicas.filter(({ isDraining }) => !isDraining);
          const asked = demand().get(model);
          const askedCount = (asked?.waitingCount ?? 0) + (asked?.queuedCount ?? 0) + (asked?.answeringCount ?? 0);
          const slotCount = taking.reduce((sum, { parallelCount }) => sum + parallelCount, 0);
          // What batches ask is in the gateway's count too.
          return { slotCount, liveCount: Math.max(0, askedCount - started.runningCountOf(model)) };
        },
        awaitReplica: (caller, model, signal) => ports.awaitReplica(caller, model, signal, 'batch'),
        answer: (line) => answerLine({ gateway, responses }, line),
        sweep: () => Promise.all([files.sweep(), responses.sweep()]),
      });
      loop = started;
      started.start();
      return started;
    },
  };
}

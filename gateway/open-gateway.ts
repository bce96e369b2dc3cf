import type { FastifyInstance } from 'fastify';
import type { BatchStore } from './batches/batch-store.ts';
import type { FileStore } from './batches/file-store.ts';
import { Demand, type ModelDemand } from './demand.ts';
import { openBatchesDoor } from './doors/batches.ts';
import { openChatDoor } from './doors/chat.ts';
import { openCompletionsDoor } from './doors/completions.ts';
import { openEmbeddingsDoor } from './doors/embeddings.ts';
import { openFilesDoor } from './doors/files.ts';
import { openModelsDoor } from './doors/models.ts';
import { openResponsesDoor } from './doors/responses.ts';
import { gatewayFault } from './faults.ts';
import { Idempotency } from './idempotency/idempotency.ts';
import { readJsonBodies } from './json-body.ts';
import { Crowd } from './limits/crowd.ts';
import { RateLimits } from './limits/rate-limits.ts';
import type { GatewayPorts } from './ports.ts';
import type { Gateway } from './relay/run.ts';
import type { ResponseStore } from './responses/response-store.ts';
import { refuse, toRimFault } from './rim.ts';
import { Router } from './routing/router.ts';
import { usualWaits, type Waits } from './waits.ts';

/** What an open gateway shows of itself. */
export interface OpenedGateway {
  /** What its doors answer with: for who asks on behalf of a customer, as batches do. */
  readonly gateway: Gateway;
  /** By model, what is asked of it now: cheap, for who starts and stops replicas. */
  demand(): ReadonlyMap<string, ModelDemand>;
}

/** Where the doors that keep something keep it. */
export interface GatewayStores {
  readonly files: FileStore;
  readonly batches: BatchStore;
  readonly responses: ResponseStore;
}

/** What a gateway may be opened with. */
export interface GatewayOptions {
  /** Chance, 0 or more and below 1; given in a test. */
  readonly random?: () => number;
  /** Other waits than the usual ones; given in a test. */
  readonly waits?: Partial<Waits>;
  /** Without it, there is no door of responses, files and batches. */
  readonly stores?: GatewayStores;
}

const DOORS = ['models', 'chat/completions', 'completions', 'embeddings'] as const;
const KEEPING_DOORS = ['responses', 'files', 'batches'] as const;

/** Opens every door under `/v1` in a scope of its own, where every refusal has OpenAI's shape. */
export async function openGateway(
  app: FastifyInstance,
  ports: GatewayPorts,
  options: GatewayOptions = {},
): Promise<OpenedGateway> {
  const random = options.random ?? Math.random;
  const gateway: Gateway = {
    ports,
    random,
    router: new Router({ random, onHealth: (replicaId, health) => ports.reportReplica(replicaId, health) }),
    limits: new RateLimits(),
    crowd: new Crowd(),
    demand: new Demand(),
    waits: { ...usualWaits, ...options.waits },
  };
  const parts = { gateway, idempotency: new Idempotency(ports) };
  await app.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => {
      const fault = toRimFault(error);
      if (fault.code === 'internal_error') request.log.error({ err: error }, 'a gateway request broke');
      return refuse(reply, fault);
    });
    readJsonBodies(scope);
    openModelsDoor(scope, ports);
    openChatDoor(scope, parts);
    openCompletionsDoor(scope, parts);
    openEmbeddingsDoor(scope, parts);
    const { stores } = options;
    if (stores !== undefined) {
      const keeping = { ports, idempotency: parts.idempotency };
      openResponsesDoor(scope, { gateway, responses: stores.responses }, parts.idempotency);
      await openFilesDoor(scope, { ...keeping, files: stores.files });
      openBatchesDoor(scope, { ...keeping, ...stores });
    }
    scope.all('/v1/*', async (request, reply) =>
      refuse(
        reply,
        gatewayFault('unknown_path', {
          what: `There is no ${request.method} ${request.url.split('?')[0]}.`,
          why: `This gateway serves /v1/${[...DOORS, ...(options.stores === undefined ? [] : KEEPING_DOORS)].join(', /v1/')}.`,
          mend: 'Set the base URL to end in /v1, and use one of these.',
        }),
      ),
    );
  });
  return { gateway, demand: () => gateway.demand.view(ports.now()) };
}

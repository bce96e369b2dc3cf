import { randomUUID } from 'node:crypto';
import { isFault } from '@rerig/domain/fault';
import type { Lease } from '@rerig/domain/market';
import { type GatewayPorts, gatewayFault } from '@rerig/gateway/gateway';
import type { Database } from '../store/database.ts';
import { readOpenLeases } from '../store/market.ts';
import { admitRequest } from './admit-request.ts';
import { authenticate } from './api-keys.ts';
import type { DiskGuard } from './disk-guard.ts';
import type { ReplicaRegistry } from './replicas.ts';
import { settleRequest } from './settle-request.ts';
import { orUnavailable } from './unavailable.ts';

/** What the ports are filled from. `onChange` is called when totals have changed. */
export interface GatewayParts {
  readonly database: Database;
  readonly replicas: ReplicaRegistry;
  readonly disk: DiskGuard;
  readonly onChange: () => void;
}

/** Fills the gateway's ports from the store and the replicas.  */
export function gatewayPorts({ database, replicas, disk, onChange }: GatewayParts): GatewayPorts {
  const startedAtUnixSeconds = Math.floor(Date.now() / 1000);
  const leaseFor = async (customerId: string, model: string): Promise<Lease | undefined> =>
    (await readOpenLeases(database, customerId)).find((lease) => lease.model === model);
  return {
    authenticate: async (secret) => {
      const found = await authenticate(database, secret);
      return isFault(found) ? found : { ...found, ...unlimited };
    },
    models: async ({ organisationId }) =>
      (await readOpenLeases(database, organisationId)).map(({ model, operatorId, terms }) => ({
        model,
        ownedBy: operatorId,
        createdAtUnixSeconds: startedAtUnixSeconds,
        status: replicas.serving(model).length > 0 ? ('ready' as const) : ('unavailable' as const),
        coldStartMs: null,
        contextTokens: replicas.serving(model)[0]?.contextTokens ?? null,
        priceMicroUsdPerMillionPromptTokens: terms.priceMicroUsdPerMillionPromptTokens,
        priceMicroUsdPerMillionCompletionTokens: terms.priceMicroUsdPerMillionCompletionTokens,
      })),
    replicas: ({ organisationId }, model) =>
      orUnavailable(async () =>
        (await leaseFor(organisationId, model)) === undefined ? noLease(model) : replicas.serving(model),
      ),
    awaitReplica: async (_caller, model) => noReplica(model),
    admit: async (caller, { requestId, model, bounds }) => {
      const full = disk.refusal();
      if (full !== null) return full;
      const lease = await orUnavailable(() => leaseFor(caller.organisationId, model));
      if (isFault(lease)) return lease;
      if (lease === undefined) return noLease(model);
      const refused = await admitRequest(database, caller, lease, requestId, bounds);
      onChange();
      return refused;
    },
    settle: async (requestId, { outcome, usage, durationMs, firstTokenMs }) => {
      const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = usage;
      const used = { outcome, promptTokens, completionTokens, durationMs, firstTokenMs };
      const refused = await settleRequest(database, requestId, used);
      onChange();
      return refused;
    },
    reportReplica: () => undefined,
    now: () => performance.now(),
    makeRequestId: () => `chatcmpl-${randomUUID()}`,
  };
}

const unlimited = {
  keyLimit: { requestsPerMinute: null, tokensPerMinute: null },
  organisationLimit: { requestsPerMinute: null, tokensPerMinute: null },
  constraints: { regions: [], operatorIds: [], isolation: 'process' },
} as const;

function noReplica(model: string) {
  return gatewayFault('no_replica', {
    what: `"${model}" can't answer now.`,
    why: 'No replica of it is ready: it is starting, or it failed.',
    mend: 'Send the request again in some seconds. Nothing was charged.',
  });
}

function noLease(model: string) {
  return gatewayFault('model_not_found', {
    what: `There is no model "${model}" for this key.`,
    why: 'Its organisation has no open lease for a model of that name.',
    mend: 'Take a lease for it first, or ask for a model of GET /v1/models.',
  });
}

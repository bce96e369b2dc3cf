import { FaultError, isFault } from '@rerig/domain/fault';
import type { Lease } from '@rerig/domain/market';
import { type GatewayPorts, gatewayFault, type Observation } from '@rerig/gateway/gateway';
import type { Accounting } from './accounting.ts';
import type { Autoscaler } from './autoscale.ts';
import type { Directory } from './directory.ts';
import type { DiskGuard } from './disk-guard.ts';
import type { KeptAnswers } from './kept-answers.ts';
import type { ReplicaRegistry } from './replicas.ts';
import { timeOrderedId } from './time-ordered-id.ts';

/** What the ports are filled from. `onChange` is called when totals have changed. */
export interface GatewayParts {
  readonly accounting: Accounting;
  readonly directory: Directory;
  readonly answers: KeptAnswers;
  readonly replicas: ReplicaRegistry;
  readonly autoscaler: Autoscaler;
  readonly disk: DiskGuard;
  readonly onChange: () => void;
  /** Told of each request that has ended. */
  readonly onObservation: (observation: Observation) => void;
  /** As `GatewayPorts` has it. */
  readonly traceHex: GatewayPorts['traceHex'];
}

/** Fills the gateway's ports from the books, the directory of keys and leases, and the replicas. */
export function gatewayPorts(parts: GatewayParts): GatewayPorts {
  const { accounting, directory, answers, replicas, autoscaler, disk, onChange, onObservation, traceHex } = parts;
  const startedAtUnixSeconds = Math.floor(Date.now() / 1000);
  const leasesOf = async (customerId: string) =>
    directory.rememberedLeases(customerId) ?? (await directory.leases(customerId));
  return {
    authenticate: async (secret) => {
      const key = await directory.authenticate(secret);
      return isFault(key) ? key : key.caller;
    },
    models: async ({ organisationId }) => {
      const leases = await leasesOf(organisationId);
      if (isFault(leases)) throw new FaultError(leases);
      return [...leases.values()].map(({ model, operatorId, terms }) => ({
        model,
        ownedBy: operatorId,
        createdAtUnixSeconds: startedAtUnixSeconds,
        ...autoscaler.standing(model),
        priceMicroUsdPerMillionPromptTokens: terms.priceMicroUsdPerMillionPromptTokens,
        priceMicroUsdPerMillionCompletionTokens: terms.priceMicroUsdPerMillionCompletionTokens,
      }));
    },
    replicas: async ({ organisationId }, model) => {
      const leases = await leasesOf(organisationId);
      if (isFault(leases)) return leases;
      return leases.has(model) ? replicas.serving(model) : noLease(model);
    },
    awaitReplica: (_caller, model, signal, priority) => autoscaler.awaitReplica(model, signal, priority),
    admit: async ({ apiKeyId, organisationId }, admission) => {
      const full = disk.refusal();
      if (full !== null) return full;
      const key = directory.rememberedKey(apiKeyId) ?? (await directory.key(apiKeyId));
      if (isFault(key)) return key;
      const leases = directory.rememberedLeases(organisationId) ?? (await directory.leases(organisationId));
      if (isFault(leases)) return leases;
      const lease: Lease | undefined = leases.get(admission.model);
      if (lease === undefined) return noLease(admission.model);
      const refused = await accounting.admit(key, lease, admission);
      onChange();
      return refused;
    },
    settle: async (requestId, delivery) => {
      const refused = await accounting.settle(requestId, delivery);
      onChange();
      return refused;
    },
    findAnswer: ({ organisationId }, idempotencyKey) => answers.find(organisationId, idempotencyKey),
    keepAnswer: ({ organisationId }, idempotencyKey, answer) => answers.keep(organisationId, idempotencyKey, answer),
    reportReplica: (replicaId, health) => autoscaler.reportHealth(replicaId, health),
    observe: onObservation,
    traceHex,
    now: () => performance.now(),
    makeUniqueId: timeOrderedId,
  };
}

function noLease(model: string) {
  return gatewayFault('model_not_found', {
    what: `There is no model "${model}" for this key.`,
    why: 'Its organisation has no open lease for a model of that name.',
    mend: 'Take a lease for it first, or ask for a model of GET /v1/models.',
  });
}
